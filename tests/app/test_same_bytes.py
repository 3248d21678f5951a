"""The files of a sweep are the same bytes, whatever executor, workers and block size made them; on a real day."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.daycache import ChainDay
from nfops.market import DayFacts, Market
from nfops.packing import pack
from sweeps import run
from sweeps.home import folder
from sweeps.ports import Outcome, Task
from sweeps.sweep import FEW
from sweeps.work import evaluate, failed
from tests.shared import shared

TABLES = ("trials", "daily", "fills")
AXES = ("strategy.entry.at=10:00,11:00", "strategy.exit.stop_pct=5,12.5,null", "fills.latency_s=0,1,5")
TRIALS = 18

Run = Callable[..., tuple[int, Path]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the real day 2021-06-11."""
    made = tmp_path_factory.mktemp("data")
    source = shared("data", "nse", "options_1min_kite_2021")
    pack([source], "kite_bars_csv", "NIFTY", made, Market.load(folder("meta")))
    return made


@pytest.fixture
def sweep(root: Path, tmp_path: Path) -> Run:
    """Run a sweep with further words; return the exit code and the folder."""

    def call(*words: str) -> tuple[int, Path]:
        into = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.rmtree(root / "cache" / "results", ignore_errors=True)  # what is known would not be computed
        span = ("symbol=NIFTY", "span.start=2021-06-11", "span.end=2021-06-11", "record=none", "executor=local")
        return run.main(["-m", *span, f"paths.data={root}", f"paths.sweep={into}", *AXES, *words]), into

    return call


def digests(into: Path) -> dict[str, str]:
    """Hash of each table."""
    return {name: hashlib.sha256((into / f"{name}.parquet").read_bytes()).hexdigest() for name in TABLES}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "few"),
    [
        (("block_size=1",), FEW),
        (("block_size=7",), FEW),
        (("executor=ray", "executor.workers=1", "block_size=7"), 0),  # its fills come from workers, too
        (("executor=ray", "executor.workers=2", "block_size=1"), FEW),
        (("executor=ray", "executor.workers=2", "block_size=2000"), 0),
    ],
    ids=str,
)
def test_bytes_do_not_depend_on_how_the_work_is_cut(
    sweep: Run, words: tuple[str, ...], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, whole = sweep()
    assert code == run.DONE
    assert pl.read_parquet(whole / "trials.parquet")["n_trades"].sum() > 0

    monkeypatch.setattr("sweeps.sweep.FEW", few)
    other, into = sweep(*words)

    assert other == run.DONE
    assert digests(into) == digests(whole)


@pytest.mark.slow
def test_the_files_are_those_promised(sweep: Run) -> None:
    code, into = sweep("record.top=2", "objective=total")

    assert code == run.DONE
    summary = json.loads((into / "sweep.json").read_text())
    assert (summary["status"], summary["trials"]) == ("ok", TRIALS)
    trials = pl.read_parquet(into / "trials.parquet")
    assert trials["trial_id"].to_list() == list(range(TRIALS))
    assert trials.columns[1:4] == [axis.partition("=")[0] for axis in AXES]
    best = trials.sort("total", "trial_id", descending=[True, False]).head(2)["trial_id"].to_list()
    assert pl.read_parquet(into / "fills.parquet")["trial_id"].unique().sort().to_list() == sorted(best)
    assert pl.read_parquet(into / "status.parquet")["state"].to_list() == ["ok"]


@pytest.mark.slow
def test_several_sweeps_and_one_folder_start_nothing(sweep: Run) -> None:
    code, into = sweep("strategy=short_straddle,iron_condor")

    assert code == run.WRONG
    assert not into.exists()


@pytest.mark.slow
def test_a_crash_exits_3_and_is_not_mistaken_for_a_result(sweep: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr("sweeps.sweep._Work._fills", broken)

    code, into = sweep()

    assert code == run.FAILED
    summary = json.loads((into / "sweep.json").read_text())
    assert summary["status"] == "failed"
    assert "the disk is on fire" in summary["error"]
    assert not list(into.glob("*.parquet"))


@pytest.mark.slow
def test_a_worker_lost_while_fills_are_written_changes_nothing(sweep: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = sweep("record.top=2")

    def lost(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        return failed(task, day.date, OSError("lost"), 0.0) if task.fills else evaluate(task, facts, day)

    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", lost)
    code, into = sweep("record.top=2")

    assert code == run.DONE
    assert digests(into) == digests(whole)
    assert len(pl.read_parquet(into / "fills.parquet")) >= 8


@pytest.mark.slow
def test_a_stopped_sweep_says_so_and_keeps_what_is_whole(sweep: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        os.kill(os.getpid(), signal.SIGINT)
        return evaluate(task, facts, day)

    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", interrupted)
    code, into = sweep("block_size=7")

    assert code == run.INTERRUPTED
    assert json.loads((into / "sweep.json").read_text())["status"] == "interrupted"
    assert pl.read_parquet(into / "status.parquet")["state"].to_list() == ["failed"]
    fills = pl.read_parquet(into / "fills.parquet")
    assert (len(fills), fills.columns[0]) == (0, "trial_id")
