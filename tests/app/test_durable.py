"""Sweeps that are killed, cancelled, damaged and resumed end in the bytes of one that nobody touched."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from nfops.daycache import ChainDay
from nfops.market import DayFacts
from sweeps import run
from sweeps.follow import state_of
from sweeps.hold import held, progress_of
from sweeps.ports import Outcome, Task
from sweeps.stop import CANCEL
from sweeps.work import evaluate, failed
from tests.sweeping import BLOCKS, DAYS, digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DYING: Final = """
import os, signal, sys
from sweeps import gather, run
from sweeps.adapters import local_executor
gather.EVERY_S = 0.0
whole, left = local_executor.evaluate, int(sys.argv[1])
def dying(task, facts, day):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(task, facts, day)
local_executor.evaluate = dying
run.main(sys.argv[2:])
"""
"""Runs a sweep whose process is killed after so many days of blocks, each of which is written at once."""


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[dt.date]:
    """Dates of the days of blocks that were computed, and not only to describe fills."""
    seen: list[dt.date] = []

    def counted(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        if not task.fills:
            seen.append(day.date)
        return evaluate(task, facts, day)

    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", counted)
    return seen


@pytest.mark.parametrize("survived", [0, 1, 17, 35])
def test_a_killed_sweep_is_known_as_such_and_resumed_to_the_same_bytes(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], evaluated: list[dt.date], survived: int
) -> None:
    shutil.rmtree(root / "cache" / "results", ignore_errors=True)
    into = tmp_path / "sweep"
    subprocess.run([sys.executable, "-c", DYING, str(survived), *words(root, into)], check=False, capture_output=True)

    assert state_of(into) == "killed"
    assert not list(into.glob("*.parquet"))
    seen = nfops("status", into)
    assert (seen.exit_code, "killed" in seen.output) == (3, True)

    assert nfops("resume", into).exit_code == run.DONE
    assert len(evaluated) == DAYS * BLOCKS - survived
    assert digests(into) == undisturbed
    assert nfops("status", into).exit_code == 0


def test_what_is_known_is_not_computed_again_also_not_by_another_sweep(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], evaluated: list[dt.date]
) -> None:
    shutil.rmtree(root / "cache" / "results", ignore_errors=True)
    shorter = ["span.end=2024-01-04" if word.startswith("span.end") else word for word in words(root, tmp_path / "a")]
    assert run.main(shorter) == run.DONE
    assert len(evaluated) == 4 * BLOCKS

    assert run.main(words(root, tmp_path / "b")) == run.DONE
    assert len(evaluated) == DAYS * BLOCKS
    assert digests(tmp_path / "b") == undisturbed

    assert run.main(words(root, tmp_path / "c")) == run.DONE
    assert len(evaluated) == DAYS * BLOCKS
    assert digests(tmp_path / "c") == undisturbed
    assert progress_of(tmp_path / "c")["known"] == DAYS * BLOCKS  # type: ignore[index]


def test_damaged_results_are_noticed_and_computed_anew(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], evaluated: list[dt.date]
) -> None:
    assert run.main(words(root, tmp_path / "a")) == run.DONE
    (part,) = (root / "cache" / "results").rglob("*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 1
    part.write_bytes(content)
    evaluated.clear()

    assert run.main(words(root, tmp_path / "b")) == run.DONE

    assert len(evaluated) == DAYS * BLOCKS
    assert digests(tmp_path / "b") == undisturbed


def test_a_changed_parameter_that_no_axis_names_is_another_result(
    root: Path, tmp_path: Path, evaluated: list[dt.date]
) -> None:
    run.main(words(root, tmp_path / "a"))
    run.main(words(root, tmp_path / "b", "fills.latency_s=2"))

    assert len(evaluated) == 2 * DAYS * BLOCKS
    assert digests(tmp_path / "a") != digests(tmp_path / "b")


def test_failed_days_are_retried_a_bounded_number_of_times(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, bad = tmp_path / "sweep", dt.date(2024, 1, 3)

    def failing(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        return failed(task, day.date, OSError("lost"), 0.0) if day.date == bad else evaluate(task, facts, day)

    with monkeypatch.context() as patched:
        patched.setattr("sweeps.adapters.local_executor.evaluate", failing)
        assert run.main(words(root, into)) == run.PARTIAL
        assert nfops("retry", into).exit_code == run.PARTIAL
        status = pl.read_parquet(into / "status.parquet").filter(pl.col("date") == bad)
        assert (status["state"].item(), status["attempt"].item()) == ("failed", 2)
        given_up = nfops("retry", into, "--attempts", 2)
        assert (given_up.exit_code, "1 failed days, 0 of them" in given_up.output) == (1, True)

    assert nfops("retry", into).exit_code == run.DONE
    assert digests(into) == undisturbed
    assert nfops("retry", into).exit_code == 1


def test_cancelling_writes_what_is_whole_and_resuming_finishes(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    into, seen = tmp_path / "sweep", []

    def cancelled(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        seen.append(day.date)
        if len(seen) == 2 * BLOCKS:
            assert nfops("cancel", into).exit_code == 0
            assert (into / CANCEL).exists()
            time.sleep(0.6)
        return evaluate(task, facts, day)

    with monkeypatch.context() as patched:
        patched.setattr("sweeps.adapters.local_executor.evaluate", cancelled)
        assert run.main(words(root, into)) == run.INTERRUPTED

    assert state_of(into) == "interrupted"
    assert nfops("status", into).exit_code == 1
    assert 0 < pl.read_parquet(into / "daily.parquet")["date"].n_unique() < DAYS
    again = nfops("cancel", into)
    assert (again.exit_code, "is not running: interrupted" in str(again.exception)) == (1, True)
    assert nfops("resume", into).exit_code == run.DONE
    assert digests(into) == undisturbed


def test_two_processes_do_not_write_one_folder(root: Path, tmp_path: Path) -> None:
    into = tmp_path / "sweep"
    with held(into):
        holder = subprocess.run(
            [sys.executable, "-m", "sweeps.run", *words(root, into)], check=False, capture_output=True, text=True
        )

    assert holder.returncode == run.WRONG
    assert "is being written by another process" in holder.stdout.replace("\n", " ")
    assert not (into / "sweep.json").exists()


def test_a_detached_sweep_goes_on_by_itself_and_can_be_followed(
    root: Path, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    into = tmp_path / "sweep"

    assert run.main([*words(root, into), "--detach"]) == run.DONE
    assert json.loads((into / "sweep.json").read_text())["status"] in {"queued", "running", "ok"}

    _wait(lambda: "files:" in (into / "sweep.log").read_text())
    assert state_of(into) == "ok"
    assert digests(into) == undisturbed
    assert "Best 10 of 36" in (into / "sweep.log").read_text()


def test_status_says_where_no_sweep_is(tmp_path: Path) -> None:
    seen = nfops("status", tmp_path)
    assert (seen.exit_code, "no sweep is under" in str(seen.exception)) == (1, True)


def _wait(done: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)
