"""A clock that is set back or forward under way changes neither numbers nor the time to go."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from nfops.daycache import ChainDay
from nfops.market import DayFacts
from sweeps import run
from sweeps.hold import progress_of
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate
from tests.sweeping import BLOCKS, DAYS, digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JUMPS = (0, -86_400, 3_600, -5, 400 * 86_400)
"""Seconds by which the clock is off, one after the other."""


@pytest.fixture
def jumps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the clock of every look be off by another jump; give what it said."""
    real, off, said = time.time, itertools.cycle(JUMPS), list[float]()

    def now() -> float:
        said.append(real() + next(off))
        return said[-1]

    class Jumping(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.fromtimestamp(now(), tz)

    monkeypatch.setattr(time, "time", now)
    for module in ("sweeps.hold", "sweeps.sweep"):
        monkeypatch.setattr(f"{module}.dt", SimpleNamespace(datetime=Jumping, UTC=dt.UTC))
    return said


def test_a_jumping_clock_changes_neither_numbers_nor_the_time_to_go(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], jumps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, told = tmp_path / "sweep", []

    def watched(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        told.append(progress_of(into))
        return evaluate(task, facts, day)

    monkeypatch.setattr("sweeps.hold.EVERY_S", -1.0)
    monkeypatch.setattr("sweeps.gather.EVERY_S", 0.0)
    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", watched)

    assert run.main(words(root, into)) == run.DONE

    assert digests(into) == undisturbed
    seen = [state for state in told[: DAYS * BLOCKS] if state]
    assert len(seen) == DAYS * BLOCKS - 1
    assert len({state["updated"][:10] for state in seen}) >= 3  # the clock was on several days
    seconds = [state["seconds"] for state in seen]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0
    assert all(0 <= state["eta_s"] < 120 for state in seen)
    assert max(jumps) - min(jumps) > 400 * 86_400


def test_what_is_known_stays_known_however_the_clock_was_set(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], jumps: list[float]
) -> None:
    assert run.main(words(root, tmp_path / "a")) == run.DONE
    assert nfops("resume", tmp_path / "a").exit_code == run.DONE

    known = progress_of(tmp_path / "a")
    assert known is not None
    assert (known["known"], known["done"]) == (DAYS * BLOCKS, 0)
    assert digests(tmp_path / "a") == undisturbed
    assert jumps
