from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from nfops.report import SweepFolder, tables
from tests.sweep_folder import make_sweep

DAYS = pl.DataFrame(
    {
        "date": [dt.date(2024, 1, 29), dt.date(2024, 1, 30), dt.date(2024, 2, 5), dt.date(2024, 2, 6)],
        "net": [100.0, -40.0, 30.0, 0.0],
        "equity": [100.0, 60.0, 90.0, 90.0],
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    return SweepFolder.read(make_sweep(tmp_path_factory.mktemp("tables") / "sweep"))


def test_months_by_hand() -> None:
    assert tables.months(DAYS).rows == (
        ("2024-01", "₹60", "2", "50 %", "₹30", "\N{MINUS SIGN}₹40"),
        ("2024-02", "₹30", "2", "50 %", "₹15", "₹0"),
    )


def test_the_calendar_by_hand() -> None:
    later = pl.DataFrame({"date": [dt.date(2025, 12, 1)], "net": [-7.0], "equity": [83.0]})
    dash = "\N{EN DASH}"
    assert tables.calendar(pl.concat([DAYS, later])).rows == (
        ("2024", "₹60", "₹30", *[dash] * 10, "₹90"),
        ("2025", *[dash] * 11, "\N{MINUS SIGN}₹7", "\N{MINUS SIGN}₹7"),
    )


def test_weekdays_by_hand() -> None:
    assert tables.weekdays(DAYS).rows == (
        ("Monday", "₹130", "2", "100 %", "₹65", "₹30"),
        ("Tuesday", "\N{MINUS SIGN}₹40", "2", "0 %", "\N{MINUS SIGN}₹20", "\N{MINUS SIGN}₹40"),
    )


def test_the_leaderboard_is_in_order_and_as_wide_as_its_head(folder: SweepFolder) -> None:
    board = tables.leaderboard(folder)
    assert [row[1] for row in board.rows] == [str(trial) for trial in folder.ranked["trial_id"][:20]]
    assert {len(row) for row in board.rows} == {len(board.head)}
    assert board.caption == "The best 20 of 36 trials by Sharpe ratio"


def test_the_way_from_gross_to_net_adds_up(folder: SweepFolder) -> None:
    fills = folder.fills_of(35).filter(pl.col("date") != dt.date(2024, 1, 24))  # that day does not count
    rows = {item: float(text.replace("\N{MINUS SIGN}", "-").replace("₹", "").replace(",", "")) for item, text, _ in
            tables.costs(folder, 35, fills).rows}  # fmt: skip
    assert rows["gross"] + rows["all costs"] == pytest.approx(rows["net"])
    assert rows["net"] == pytest.approx(folder.trials["total"][35], abs=0.01)
    # 27 days that count, four orders each of 20 rupees
    assert rows["brokerage"] == -27 * 4 * 20


def test_a_long_blotter_shows_the_last_fills_and_says_so(folder: SweepFolder) -> None:
    many = pl.concat([folder.fills_of(35)] * 5)
    board = tables.blotter(many)
    assert board.caption == "The last 400 of 560 fills"
    assert len(board.rows) == 400
    assert board.rows[-1][:5] == ("2024-02-09", "12:06:41", "target", "buy", "NIFTY 2024-02-12 21600 PE")


def test_days_that_went_wrong_say_why(folder: SweepFolder) -> None:
    assert tables.troubled(folder).rows == (
        ("Wed 2024-01-10", "missing", "no option row is packed"),
        ("Wed 2024-01-17", "failed", "DataError: <spot> has no row"),
        ("Wed 2024-01-24", "incomplete", "the reference fell silent before the close"),
    )
