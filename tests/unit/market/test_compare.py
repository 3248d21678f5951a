"""Other expiry calendars against ours."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pytest

from nfops.errors import DataError
from nfops.market import Market
from nfops.market.compare import Difference, compare_calendar
from tests.shared import shared

META = Path(__file__).parents[3] / "meta"
MARKET = Market.load(META)
OLD = "Instrument,Expiry_Type,Contract_Month,Scheduled_Expiry,Scheduled_Day,Final_Expiry,Final_Day,Rule"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def old(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    """Write a calendar of the old scripts from (symbol, kind, scheduled, final)."""
    lines = [f"{symbol},{kind},{when[:7]},{when},-,{final},-,-" for symbol, kind, when, final in rows]
    path.write_text("\n".join([OLD, *lines, ""]))
    return path


def test_our_own_calendar_does_not_differ() -> None:
    assert compare_calendar(META / "expiry_calendar.csv", MARKET) == ()


def test_an_expiry_on_a_holiday_is_wrong(tmp_path: Path) -> None:
    path = old(tmp_path / "c.csv", ("NIFTY", "Monthly", "2023-06-29", "2023-06-29"))
    assert compare_calendar(path, MARKET) == (
        Difference(
            2, "NIFTY", "monthly", day("2023-06-29"), day("2023-06-28"), "2023-06-29 was a holiday of the exchange"
        ),
    )


def test_a_weekly_contract_in_the_week_of_the_monthly_one_did_not_exist(tmp_path: Path) -> None:
    path = old(
        tmp_path / "c.csv",
        ("BANKNIFTY", "Weekly", "2023-09-20", "2023-09-20"),
        ("BANKNIFTY", "Weekly", "2023-09-27", "2023-09-27"),
        ("BANKNIFTY", "Monthly", "2023-09-28", "2023-09-28"),
    )
    why = "in that week only the monthly contract expired"
    assert compare_calendar(path, MARKET) == (
        Difference(3, "BANKNIFTY", "weekly", day("2023-09-27"), day("2023-09-28"), why),
    )


def test_a_monthly_contract_on_another_weekday_is_the_one_of_its_month(tmp_path: Path) -> None:
    path = old(tmp_path / "c.csv", ("BANKNIFTY", "Monthly", "2025-04-30", "2025-04-30"))
    why = "it expired on a Thursday, not on a Wednesday"
    assert compare_calendar(path, MARKET) == (
        Difference(2, "BANKNIFTY", "monthly", day("2025-04-30"), day("2025-04-24"), why),
    )


def test_a_contract_that_never_was_has_no_date_of_ours(tmp_path: Path) -> None:
    path = old(
        tmp_path / "c.csv",
        ("BANKNIFTY", "Weekly", "2025-01-15", "2025-01-15"),
        ("DAX", "Weekly", "2025-01-16", "2025-01-16"),
    )
    assert [(row.symbol, row.ours, row.why) for row in compare_calendar(path, MARKET)] == [
        ("BANKNIFTY", None, "no contract of BANKNIFTY expired in that week"),
        ("DAX", None, "our calendar has no DAX"),
    ]


def test_the_hour_of_muhurat_is_no_expiry_day(tmp_path: Path) -> None:
    path = old(tmp_path / "c.csv", ("NIFTY", "Weekly", "2021-11-04", "2021-11-04"))
    (wrong,) = compare_calendar(path, MARKET)
    assert (wrong.ours, wrong.why) == (
        day("2021-11-03"),
        "2021-11-04 had but one hour of muhurat trading, which is no expiry day",
    )


def test_the_week_of_a_monthly_expiry_may_stand_as_weekly_too(tmp_path: Path) -> None:
    both = (("NIFTY", "Weekly", "2023-03-30", "2023-03-29"), ("NIFTY", "Monthly", "2023-03-30", "2023-03-29"))
    assert compare_calendar(old(tmp_path / "c.csv", *both), MARKET) == ()


def test_an_expiry_that_is_left_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / "c.csv.gz"
    path.write_bytes(gzip.compress(b"symbol,expiry,kind\nNIFTY,2024-01-04,weekly\nNIFTY,2024-01-18,weekly\n"))
    assert compare_calendar(path, MARKET) == (
        Difference(None, "NIFTY", "weekly", None, day("2024-01-11"), "the file does not have this expiry"),
    )


@pytest.mark.parametrize(
    ("text", "reason", "told"),
    [
        ("a,b\n1,2\n", "bad_columns", "is no expiry calendar: its columns must be Instrument,"),
        ("symbol,expiry,kind\nNIFTY,2024-01-32,weekly\n", "bad_value", "line 2: Invalid isoformat string|line 2: day"),
        (
            "symbol,expiry,kind\nNIFTY,2024-01-04,yearly\n",
            "bad_value",
            "line 2: an expiry is weekly or monthly, got 'yearly'",
        ),
    ],
)
def test_what_is_no_calendar_is_refused(tmp_path: Path, text: str, reason: str, told: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=told) as caught:
        compare_calendar(path, MARKET)
    assert caught.value.reason == reason


@pytest.mark.slow
def test_the_published_calendar_of_the_old_scripts_has_eighteen_wrong_rows() -> None:
    wrong = compare_calendar(shared("data", "nse", "reference", "expiry_calendar_2019_2025.csv.gz"), MARKET)
    assert len(wrong) == 18
    holiday = [row for row in wrong if row.theirs == day("2023-06-29")]
    assert [(row.symbol, row.kind, row.ours) for row in holiday] == [
        (symbol, kind, day("2023-06-28")) for symbol in ("BANKNIFTY", "NIFTY") for kind in ("monthly", "weekly")
    ]
    weeklies = [row.theirs for row in wrong if row.kind == "weekly" and row not in holiday]
    assert [str(date) for date in weeklies] == [
        "2023-09-27", "2023-10-25", "2023-11-29", "2023-12-27", "2024-01-24", "2024-02-28",
    ]  # fmt: skip
    monthlies = [row.ours for row in wrong if row.kind == "monthly" and row not in holiday]
    assert [str(date) for date in monthlies] == [
        "2025-01-30", "2025-02-27", "2025-03-27", "2025-04-24", "2025-05-29", "2025-06-26", "2025-07-31", "2025-08-28",
    ]  # fmt: skip
