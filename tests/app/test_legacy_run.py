"""A run on files of the old scripts: refused, or marked wherever its results are read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import pack
from nfops.report import SweepFolder, write_report
from nfops.report.neighbours import Surroundings
from sweeps import run
from sweeps.home import folder
from sweeps.record import tags
from tests import legacy_files as old
from tests.unit.packing.raw import ticks

DAY = "2023-11-06"
Run = Callable[..., tuple[int, Path]]

pytestmark = pytest.mark.slow


def clock(second: int) -> str:
    """Wall clock of a second after the open."""
    at = 9 * 3600 + 15 * 60 + second
    return f"{DAY} {at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A straddle at the money that falls by half a rupee a minute, and its index."""
    minutes = range(0, 22_500, 60)
    for right in ("CE", "PE"):
        rows = [(clock(second), 250.0 - second / 120, 50) for second in minutes]
        old.option(tmp_path, "NIFTY", "2023-11-09", right, 19400, rows, old.TEXT)
    old.spot(tmp_path, "NIFTY", DAY, [(clock(second), 19400.0) for second in minutes])
    return tmp_path


@pytest.fixture
def sweep(root: Path) -> Run:
    def call(*words: str) -> tuple[int, Path]:
        into = root / "sweep"
        fixed = ("symbol=NIFTY", f"span.start={DAY}", f"span.end={DAY}", "record=none", "executor=local")
        return run.main([*fixed, "strategy=short_straddle", f"paths.data={root}", f"paths.sweep={into}", *words]), into

    return call


def test_a_run_on_legacy_options_fails_and_says_what_to_do(
    root: Path, sweep: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    code, into = sweep()
    assert code == run.FAILED
    (day,) = pl.read_parquet(into / "status.parquet").to_dicts()
    assert (day["ok"], day["state"], day["error_type"]) == (False, "failed", "legacy_close")
    assert not list(root.glob("cache/NIFTY/*.days"))  # nothing is built in vain
    told = " ".join(capfd.readouterr().out.split())
    assert f"1 failed with legacy_close, first {DAY}: NIFTY {DAY} was packed by the old scripts" in told
    assert "set data.allow_legacy_close=true" in told


def test_a_run_that_is_allowed_is_marked_everywhere(sweep: Run, capfd: pytest.CaptureFixture[str]) -> None:
    code, into = sweep("data.allow_legacy_close=true")
    assert code == run.DONE
    assert pl.read_parquet(into / "trials.parquet")["n_trades"].to_list() == [1]
    (day,) = pl.read_parquet(into / "status.parquet").to_dicts()
    assert (day["ok"], day["state"], day["error_type"]) == (True, "ok", "legacy_close")
    assert "a close may be yesterday's" in day["error"]
    summary = json.loads((into / "sweep.json").read_text())
    assert summary["legacy_days"] == 1
    assert summary["config"]["data"]["allow_legacy_close"] is True
    assert f"1 counted with legacy_close, first {DAY}: " in " ".join(capfd.readouterr().out.split())

    notice = "Option prices of 1 of 1 days come from files of the old scripts"
    read = SweepFolder.read(into)
    assert notice in read.notice
    assert notice in write_report(into).read_text(encoding="utf-8")
    said = tags(Surroundings(read))
    assert said["nfops.legacy_days"] == "1"
    assert notice in said["mlflow.note.content"]


def test_a_day_with_some_options_of_the_old_scripts_fails_too(root: Path, sweep: Run) -> None:
    path = root / "raw" / "nifty23n0919400ce.parquet"
    ticks(path, [{"timestamp": dt.datetime.fromisoformat(clock(5)), "price": 250.0}])
    pack([path], "nfopslab", "NIFTY", root, Market.load(folder("meta")))
    code, into = sweep()
    assert code == run.FAILED
    assert list(root.glob("cache/NIFTY/*.days"))
    assert pl.read_parquet(into / "status.parquet")["error_type"].to_list() == ["legacy_close"]
