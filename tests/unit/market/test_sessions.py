"""The clock of special days, by the exchange's announcements, and why a day has none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nfops.errors import MetaError
from nfops.market import Market

MARKET = Market.load(Path(__file__).parents[3] / "meta")


def clock(text: str) -> int:
    """Seconds of the day of HH:MM."""
    hours, minutes = map(int, text.split(":"))
    return hours * 3600 + minutes * 60


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("date", "kind", "segments", "seconds"),
    [
        ("2019-01-01", "regular", "09:15-15:30", 22_500),
        ("2026-07-31", "regular", "09:15-15:30", 22_500),
        ("2026-08-03", "regular", "09:15-15:40", 23_100),  # from here on derivatives trade ten minutes longer
        ("2026-12-31", "regular", "09:15-15:40", 23_100),
        ("2019-10-27", "muhurat", "18:15-19:15", 3_600),
        ("2024-11-01", "muhurat", "18:00-19:00", 3_600),
        ("2025-10-21", "muhurat", "13:45-14:45", 3_600),  # in the afternoon
        ("2020-02-01", "weekend_full", "09:15-15:30", 22_500),  # budget, a Saturday
        ("2025-02-01", "weekend_full", "09:15-15:30", 22_500),
        ("2026-02-01", "weekend_full", "09:15-15:30", 22_500),  # budget, a Sunday
        ("2024-01-20", "weekend_full", "09:15-15:30", 22_500),
        ("2024-03-02", "weekend_dr", "09:15-10:00 11:30-12:30", 11_700),  # 3 h 15 min, the break included
        ("2024-05-18", "weekend_dr", "09:15-10:00 11:30-12:30", 11_700),
        ("2021-02-24", "outage", "09:15-11:40 15:45-17:00", 27_900),  # 7 h 45 min
    ],
)
def test_a_day_has_the_hours_that_were_announced(date: str, kind: str, segments: str, seconds: int) -> None:
    session = MARKET.session(day(date))
    told = tuple(tuple(map(clock, segment.split("-"))) for segment in segments.split())
    assert (session.date, session.kind, session.segments) == (day(date), kind, told)
    assert (session.open, session.close, session.seconds) == (told[0][0], told[-1][1], seconds)


def test_every_special_day_of_the_announcements_is_there_and_no_other() -> None:
    special = {date: row.kind for date, row in MARKET.session_rows.items() if row.kind != "regular"}
    assert special == {
        day("2019-10-27"): "muhurat",
        day("2020-02-01"): "weekend_full",
        day("2020-11-14"): "muhurat",
        day("2021-02-24"): "outage",
        day("2021-11-04"): "muhurat",
        day("2022-10-24"): "muhurat",
        day("2023-11-12"): "muhurat",
        day("2024-01-20"): "weekend_full",
        day("2024-03-02"): "weekend_dr",
        day("2024-05-18"): "weekend_dr",
        day("2024-11-01"): "muhurat",
        day("2025-02-01"): "weekend_full",
        day("2025-10-21"): "muhurat",
        day("2026-02-01"): "weekend_full",
        day("2026-11-08"): "muhurat",
    }


@pytest.mark.parametrize(
    ("year", "days"),
    [(2019, 245), (2020, 252), (2021, 248), (2022, 248), (2023, 246), (2024, 249), (2025, 249), (2026, 247)],
)
def test_a_year_has_its_days_and_one_hour_of_muhurat(year: int, days: int) -> None:
    """Weekdays less the holidays of two public calendars, the weekend sessions, and the hour of Muhurat."""
    kinds = [row.kind for date, row in MARKET.session_rows.items() if date.year == year]
    assert (len(kinds), kinds.count("muhurat")) == (days, 1)


def test_in_a_break_nothing_trades_and_fills_wait_for_its_end() -> None:
    session = MARKET.session(day("2021-02-24"))  # 11:40 to 15:45 is the break: seconds 8,700 to 23,399
    assert [session.trades_at(clock(at)) for at in ("09:14", "09:15", "11:39", "11:40", "15:44", "15:45", "17:00")] == [
        False,
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert [session.second(clock(at)) for at in ("09:15", "11:40", "15:45")] == [0, 8_700, 23_400]
    assert session.next_trading[[0, 8_699, 8_700, 15_000, 23_399, 23_400, 27_899]].tolist() == [
        0,
        8_699,
        23_400,
        23_400,
        23_400,
        23_400,
        27_899,
    ]
    assert not session.next_trading.flags.writeable


def test_without_a_break_every_second_is_its_own_next() -> None:
    session = MARKET.session(day("2019-10-27"))
    assert session.next_trading.tolist() == list(range(3_600))
    assert session.second(clock("18:00")) == -900


@pytest.mark.parametrize(
    ("date", "why"),
    [
        ("2024-01-22", "2024-01-22 was a holiday of the exchange"),  # declared three days before
        ("2026-01-15", "2026-01-15 was a holiday of the exchange"),
        ("2024-01-06", "2024-01-06 was a Saturday without a special session"),
        ("2024-01-07", "2024-01-07 was a Sunday without a special session"),
        ("2018-12-31", "2018-12-31 is not in the calendar, which runs from 2019-01-01 to 2026-12-31"),
        ("2027-01-01", "2027-01-01 is not in the calendar, which runs from 2019-01-01 to 2026-12-31"),
    ],
)
def test_a_day_without_session_says_why(date: str, why: str) -> None:
    assert not MARKET.is_trading_day(day(date))
    assert MARKET.why_closed(day(date)) == why
    with pytest.raises(MetaError, match=f"^no session: {why}$"):
        MARKET.session(day(date))


def test_a_day_whose_hours_are_not_known_is_refused_and_left_out() -> None:
    assert MARKET.is_trading_day(day("2026-11-08"))
    with pytest.raises(MetaError, match=r"the hours of the muhurat session of 2026-11-08 are not in"):
        MARKET.session(day("2026-11-08"))
    assert MARKET.trading_days(day("2026-11-06"), day("2026-11-09")) == (day("2026-11-06"), day("2026-11-09"))


def test_trading_days_include_both_ends_and_special_sessions() -> None:
    # Friday, the full Saturday, the holiday of Monday the 22nd left out, Tuesday.
    assert MARKET.trading_days(day("2024-01-19"), day("2024-01-23")) == tuple(
        map(day, ("2024-01-19", "2024-01-20", "2024-01-23"))
    )
    assert MARKET.trading_days(day("2024-01-21"), day("2024-01-22")) == ()
    assert MARKET.trading_days(day("2024-01-23"), day("2024-01-19")) == ()
