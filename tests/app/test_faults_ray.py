"""Workers that die, days that kill them, signals to the driver and a small object store change no number."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import ray
from ray.cluster_utils import Cluster

from nfops.daycache import ChainDay
from nfops.types import Events, sealed
from sweeps import run
from sweeps.adapters import ray_executor
from sweeps.adapters.flights import size
from sweeps.adapters.parcels import Parcel, opened
from sweeps.days import Days
from sweeps.gather import Gathering
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate
from tests.sweeping import digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ON_RAY = ("executor=ray", "executor.workers=2")
DATES = [dt.date(2024, 1, day) for day in (1, 2, 3, 4, 5, 8)]
BAD = DATES[3]
MEGABYTE = 1_000_000


def dying_of(number: int, places: Callable[[Task], Path | None]) -> Any:
    """Give what workers run instead: in the middle of a task they get a signal, once for each place that is named."""

    def dying(task: Task, parcel: Parcel, names: list[str], *days: ChainDay) -> list[Outcome]:
        del names
        whole, outcomes = replace(task, values=opened(parcel)), []
        for facts, day in zip(task.facts, days, strict=True):
            outcomes.append(evaluate(whole, facts, day))
            mark = places(replace(task, facts=(facts,)))
            if mark is not None and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), number)
                signal.pause()
        return outcomes

    return ray.remote(dying)


def test_a_worker_that_is_killed_in_the_middle_of_its_task_changes_nothing(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, marks = tmp_path / "sweep", tmp_path / "marks"
    marks.mkdir()
    dying = dying_of(signal.SIGKILL, lambda task: marks / f"{task.start}" if task.start in {6, 18} else None)
    monkeypatch.setattr(ray_executor, "_evaluate", dying)

    assert run.main(words(root, into, *ON_RAY)) == run.DONE

    assert sorted(mark.name for mark in marks.iterdir()) == ["18", "6"]
    assert pl.read_parquet(into / "status.parquet")["state"].unique().to_list() == ["ok"]
    assert digests(into) == undisturbed


def test_a_day_that_ends_every_worker_fails_alone_and_can_be_retried(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, deaths = tmp_path / "sweep", tmp_path / "deaths"
    deaths.mkdir()

    def always(task: Task) -> Path | None:
        return deaths / f"{time.monotonic_ns()}" if task.facts[0].session.date == BAD else None

    with monkeypatch.context() as patched:
        patched.setattr("sweeps.plan.Pace.days", 3)
        patched.setattr(ray_executor, "_evaluate", dying_of(signal.SIGKILL, always))
        assert run.main(words(root, into, *ON_RAY, "block_size=2000")) == run.PARTIAL

    status = pl.read_parquet(into / "status.parquet")
    failed = status.filter(pl.col("state") == "failed")
    assert failed["date"].to_list() == [BAD]
    assert failed["error_type"].to_list() == ["WorkerCrashedError"]
    assert pl.read_parquet(into / "daily.parquet")["date"].n_unique() == 5
    assert len(list(deaths.iterdir())) == 8  # four times with the days beside it, four times alone
    assert nfops("retry", into).exit_code == run.DONE
    assert digests(into) == undisturbed


def test_a_driver_that_is_told_to_end_writes_what_is_whole_and_is_resumed(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, seen, add = tmp_path / "sweep", [], Gathering.add

    def told(self: Gathering, outcome: Outcome) -> None:
        seen.append(outcome.date)
        if len(seen) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        add(self, outcome)

    with monkeypatch.context() as patched:
        patched.setattr(Gathering, "add", told)
        assert run.main(words(root, into, *ON_RAY)) == run.INTERRUPTED

    assert 5 <= len(seen) < 36
    assert nfops("resume", into).exit_code == run.DONE
    assert digests(into) == undisturbed


def heavier(day: ChainDay, megabytes: int) -> ChainDay:
    """Make a day larger, by events of no contract."""
    more = np.zeros((megabytes * MEGABYTE - size(day)) // 8, np.int32)
    second, value = (sealed(np.concatenate([known, more])) for known in (day.arrays.oi.second, day.arrays.oi.value))
    heavy = replace(day, arrays=day.arrays._replace(oi=Events(day.arrays.oi.start, second, value)))
    assert abs(size(heavy) - megabytes * MEGABYTE) < 16
    return heavy


@pytest.fixture
def with_sizes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[int]], None]:
    """Let the days of a sweep have so many megabytes each."""
    load = Days.load

    def arrange(sizes: Sequence[int]) -> None:
        by_date = dict(zip(DATES, sizes, strict=True))
        monkeypatch.setattr(Days, "load", lambda self, date: heavier(load(self, date), by_date[date]))

    return arrange


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[dt.date]:
    """The days that went into the object store, in order."""
    dates: list[dt.date] = []
    really = ray.put

    def noting(value: Any) -> Any:
        if isinstance(value, ChainDay):
            dates.append(value.date)
        return really(value)

    monkeypatch.setattr(ray, "put", noting)
    return dates


def once_for_each_pass(put: list[dt.date]) -> bool:
    """Say whether each day was put for all of its blocks at once, and again only for the fills; begin anew.

    A day that a slow worker still has in hand lies there when the fills are described, and is not put again.
    """
    times = Counter(put)
    put.clear()
    return times.keys() == set(DATES) and max(times.values()) <= 2


def test_days_larger_than_the_budget_of_a_small_store_run_and_one_that_cannot_fit_is_named(
    root: Path,
    tmp_path: Path,
    undisturbed: dict[str, str],
    with_sizes: Callable[[Sequence[int]], None],
    put: list[dt.date],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sweeps.sweep.FEW", 0)  # fills are described by workers, too
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "object_store_memory": 100 * MEGABYTE})
    try:
        on_it = ("executor=ray", f"executor.address={cluster.address}")
        with_sizes([20] * 6)  # together more than the store
        assert run.main(words(root, tmp_path / "light", *on_it)) == run.DONE
        assert digests(tmp_path / "light") == undisturbed
        assert once_for_each_pass(put)

        shutil.rmtree(root / "cache" / "results")
        with_sizes([60] * 6)  # the budget is half of the store
        assert run.main(words(root, tmp_path / "heavy", *on_it)) == run.DONE
        assert digests(tmp_path / "heavy") == undisturbed
        assert once_for_each_pass(put)

        with_sizes([60, 60, 120, 60, 60, 60])
        (tmp_path / "b").mkdir()
        shorter = [word for word in words(root, tmp_path / "b", *on_it) if not word.startswith("fills")]
        assert run.main([*shorter, "fills.latency_s=2"]) == run.PARTIAL
        failed = pl.read_parquet(tmp_path / "b" / "status.parquet").filter(pl.col("state") == "failed")
        assert failed["date"].to_list() == [dt.date(2024, 1, 3)]
        assert "a day of 120 MB does not fit into Ray's object store of 100 MB" in failed["error"].item()
        assert pl.read_parquet(tmp_path / "b" / "daily.parquet")["date"].n_unique() == 5
    finally:
        ray.shutdown()
        cluster.shutdown()


def test_an_address_where_no_cluster_answers_is_one_error(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(words(root, tmp_path / "a", "executor=ray", "executor.address=127.0.0.1:1")) == run.FAILED

    told = capsys.readouterr().out
    assert "no Ray cluster can be used at 127.0.0.1:1" in told
    assert "Traceback" not in told
    assert not (tmp_path / "a").exists()
