"""What `nfops cache info` shows of days from several sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nfops.packing import pack
from sweeps.cli import app
from tests import legacy_files as old
from tests.unit.packing.raw import MARKET, index_bars, poll

WEEK = ("--symbol", "NIFTY", "--start", "2019-05-20", "--end", "2019-05-23")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One day of polls with bars of the index, one of the old scripts without an index, two without anything."""
    poll(tmp_path / "chain", "20-05-2019_09:20", {11800: ("140", "2")}, "11830")
    index_bars(tmp_path / "bars.txt", [("20190520", "09:21", 11830.0)])
    pack([tmp_path / "chain"], "nse_chain_csv", "NIFTY", tmp_path, MARKET)
    pack([tmp_path / "bars.txt"], "index_1min_csv", "NIFTY", tmp_path, MARKET)
    for right, price in (("CE", 80.0), ("PE", 50.0)):
        old.option(tmp_path, "NIFTY", "2019-05-30", right, 11900, [("2019-05-21 10:00:00", price, 75)])
    return tmp_path


def shown(root: Path, *words: str) -> list[list[str]]:
    """Rows of the table, in words."""
    told = CliRunner().invoke(app, ["cache", *words, *WEEK, "--data", str(root)], env={"COLUMNS": "250"})
    assert told.exception is None or told.exit_code == 1
    return [line.split() for line in told.output.splitlines() if line.strip().startswith("2019")]


def test_each_day_says_what_it_is_made_of_and_how_far_it_reaches(root: Path) -> None:
    shown(root, "build", "--workers", "1")
    days = {row[0]: row[1:-1] for row in shown(root, "info")}
    assert days == {
        "2019-05-20": [
            "ready", "nse_chain_csv", "snapshot", "2", "09:20:59-09:20:59", "index_1min_csv", "09:20:59-09:20:59", "0%",
        ],
        # the pair is known for 61 of 22,500 seconds
        "2019-05-21": [
            "ready", "legacy", "legacy_close", "2", "10:00:00-10:00:00", "parity", "10:00:00-10:01:00", "0%",
        ],
        "2019-05-22": ["missing", *"-------"],
        "2019-05-23": ["missing", *"-------"],
    }  # fmt: skip


def test_months_are_counted_when_asked_for(root: Path) -> None:
    assert [row[:4] for row in shown(root, "info", "--months")] == [["201905", "4", "2", "0"]]
    shown(root, "build", "--workers", "1")
    assert [row[:4] for row in shown(root, "info", "--months")] == [["201905", "4", "2", "2"]]
