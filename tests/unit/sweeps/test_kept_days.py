"""Blocks that follow one another on the same days find the days as the block before left them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nfops.daycache import ChainDay, build_day
from nfops.errors import CacheError
from nfops.market import DayFacts
from sweeps.adapters import local_executor, ray_executor
from sweeps.adapters.parcels import packed
from sweeps.options import market
from sweeps.ports import Task
from tests.packed_rows import MINUTE, frame, row

DATES = [dt.date(2024, 1, at) for at in (23, 24, 25)]
FACTS = {date: market().facts("NIFTY", date) for date in DATES}


def day_of(date: dt.date) -> ChainDay:
    return build_day("NIFTY", replace(MINUTE, date=date), frame([row(1, 100.0, date=date)]), None, None, str(date))


def task(start: int, *dates: dt.date) -> Task:
    facts = tuple(FACTS[date] for date in dates)
    return Task(facts, start, ("short_straddle", "clock", "pair"), np.zeros((1, 1), np.int64))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, DayFacts, ChainDay]]:
    """What was evaluated: block, facts, day."""
    found: list[tuple[int, DayFacts, ChainDay]] = []

    def note(task: Task, facts: DayFacts, day: ChainDay) -> Any:
        found.append((task.start, facts, day))
        return task.start, day.date

    monkeypatch.setattr(local_executor, "evaluate", note)
    monkeypatch.setattr(ray_executor, "evaluate", note)
    monkeypatch.setattr(ray_executor, "_KEPT", {})
    return found


def test_a_local_run_loads_a_day_once_for_blocks_in_a_row(seen: list[tuple[int, DayFacts, ChainDay]]) -> None:
    first, second, third = DATES
    loaded: list[dt.date] = []

    def load(date: dt.date) -> ChainDay:
        loaded.append(date)
        return day_of(date)

    tasks = [task(0, first, second), task(1, first, second), task(0, third), task(1, third), task(2, first)]
    outcomes = list(local_executor.LocalExecutor().run(tasks, load))
    assert outcomes == [(0, first), (0, second), (1, first), (1, second), (0, third), (1, third), (2, first)]
    # the first day was let go when a task came without it
    assert loaded == [first, second, third, first]
    assert seen[0][2] is seen[2][2]
    assert seen[0][2] is not seen[6][2]


def test_a_day_that_cannot_be_loaded_is_tried_again_by_the_next_block(
    seen: list[tuple[int, DayFacts, ChainDay]],
) -> None:
    faults = [CacheError("not yet")]

    def load(date: dt.date) -> ChainDay:
        if faults:
            raise faults.pop()
        return day_of(date)

    lost, found = local_executor.LocalExecutor().run([task(0, DATES[0]), task(1, DATES[0])], load)
    assert (lost.error, found) == ("not yet", (1, DATES[0]))
    assert len(seen) == 1


def test_a_worker_keeps_the_days_of_its_last_task_by_their_references(
    seen: list[tuple[int, DayFacts, ChainDay]],
) -> None:
    run, (first, second, _) = ray_executor._evaluate._function, DATES
    nothing = packed(np.zeros((1, 1), np.int64))

    def sent(start: int, names: list[str], *dates: dt.date) -> None:
        """Send what Ray sends: copies of facts and days each time."""
        facts = tuple(replace(FACTS[date]) for date in dates)
        done = run(replace(task(start), facts=facts), nothing, names, *map(day_of, dates))
        assert done == [(start, date) for date in dates]

    sent(0, ["a", "b"], first, second)
    sent(1, ["b", "a"], second, first)
    assert [(seen[3][at] is seen[0][at], seen[2][at] is seen[1][at]) for at in (1, 2)] == [(True, True)] * 2
    sent(2, [], first)
    assert seen[4][2] is not seen[0][2]
    assert ray_executor._KEPT == {}, "days too large to be kept are let go"
