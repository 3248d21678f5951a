"""The command that compares expiry calendars."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from sweeps.cli import app

WIDE = {"COLUMNS": "200"}


def test_wrong_rows_are_shown_with_both_dates_and_end_with_1(tmp_path: Path) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text("symbol,expiry,kind\nNIFTY,2023-06-22,weekly\nNIFTY,2023-06-29,monthly\n")
    told = CliRunner().invoke(app, ["calendar", "compare", str(path)], env=WIDE)
    assert told.exit_code == 1
    (row,) = [line for line in told.output.splitlines() if "monthly" in line]
    assert " ".join(row.split()) == "3 NIFTY monthly 2023-06-29 2023-06-28 2023-06-29 was a holiday of the exchange"
    assert "expiries that differ: 1" in told.output


def test_a_calendar_like_ours_ends_with_0() -> None:
    ours = Path(__file__).parents[2] / "meta" / "expiry_calendar.csv"
    told = CliRunner().invoke(app, ["calendar", "compare", str(ours)], env=WIDE)
    assert told.exit_code == 0
    assert "every expiry is as in our calendar" in told.output
