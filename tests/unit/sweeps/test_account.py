"""What people read after packing: every row, every file, and no wall of equal lines."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import polars as pl
from rich.console import Console as Terminal

from nfops.packing import PackEntry, PackReport
from sweeps.account import print_account, write_account
from sweeps.console import Console


def entry(name: str, rows: int = 10, lost: int = 1, findings: tuple[str, ...] = ()) -> PackEntry:
    refused = {"empty_poll": len(findings)} if findings else {}
    return PackEntry(f"/raw/{name}", rows, rows - lost, {"duplicate": lost}, {"volume_reset": 2}, {}, refused, findings)


def printed(report: PackReport) -> list[str]:
    """Lines on a terminal of 100 columns, spaces joined."""
    text = io.StringIO()
    print_account(Console(Terminal(file=text, width=100)), report)
    return [" ".join(line.split()) for line in text.getvalue().splitlines()]


def test_every_file_is_listed_when_there_are_few() -> None:
    lines = printed(PackReport((entry("a.csv"), entry("b.csv", 1_000, 7)), 3, 2, {}))
    assert "a.csv 10 9 1" in lines
    assert "b.csv 1,000 993 7" in lines
    assert any(line.startswith("dropped: duplicate 8 the same raw row") for line in lines)
    assert any(line.startswith("kept and marked: volume_reset 4 the day's volume went down") for line in lines)
    assert lines[-1] == "2 packed files written, 3 raw files unchanged and skipped"


def test_of_many_files_those_that_lost_most_are_listed() -> None:
    lines = printed(PackReport(tuple(entry(f"{at}.csv", 100, at) for at in range(50)), 0, 1, {}))
    assert "The 20 of 50 files that lost most" in lines
    assert "49.csv 100 51 49" in lines
    assert not any(line.startswith("29.csv") for line in lines)


def test_equal_findings_are_counted_and_equal_days_told_once() -> None:
    polls = tuple(f"NIFTY/poll_{at}.csv: empty_poll: the poll has a header and no rows" for at in range(9))
    first = dt.date(2012, 12, 3)
    days = {first + dt.timedelta(days=at): f"{first + dt.timedelta(days=at)} is not in the calendar" for at in range(5)}
    lines = printed(PackReport((entry("day.tar.gz", findings=polls),), 0, 1, days))
    assert "refused: empty_poll (9): a poll with a header and no rows" in lines
    assert "day.tar.gz: NIFTY/poll_0.csv: empty_poll: the poll has a header and no rows" in lines
    assert "... and 6 more; --account FILE lists every file" in lines
    assert "not packed: 2012-12-03 to 2012-12-07 (5 days): the day is not in the calendar" in lines


def test_a_file_that_does_not_balance_shouts() -> None:
    wrong = PackEntry("/raw/a.csv", 10, 8, {"duplicate": 1}, {}, {}, {}, ())
    lines = printed(PackReport((wrong,), 0, 1, {}))
    assert "UNBALANCED" in lines
    assert "a.csv 10 8 1 UNBALANCED" in lines


def test_the_whole_account_is_a_table(tmp_path: Path) -> None:
    write_account(PackReport((entry("a.csv"), entry("b.csv", 5, 2)), 0, 1, {}), tmp_path / "to" / "account.csv")
    rows = pl.read_csv(tmp_path / "to" / "account.csv").filter(pl.col("file") == "/raw/b.csv").rows()
    assert [row[1:] for row in rows] == [
        ("in", "", 5), ("packed", "", 3), ("dropped", "duplicate", 2), ("noted", "volume_reset", 2)
    ]  # fmt: skip
