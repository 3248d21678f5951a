"""The grid of days on which the exchange kept other hours, by the committed calendar (SPEC 3.1)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nfops.daycache import UNKNOWN_AGE, ChainDay, build_day, is_incomplete, reference
from nfops.daycache.lookup import age, volume
from nfops.market import Market
from nfops.types import MISSING
from tests.packed_rows import frame

MARKET = Market.load(Path(__file__).parents[3] / "meta")


def clock(date: dt.date, text: str) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.fromisoformat(text))


def day_of(date: str, prices: dict[str, float], index: dict[str, float] | None = None) -> ChainDay:
    """A day of one call with a price, and 50 units traded, at each time."""
    day = dt.date.fromisoformat(date)
    terms = {"opt_type": "CE", "strike": 20000, "expiry": day, "kind": "tick"}
    rows = [{"timestamp": clock(day, at), "close": price, "vol_delta": 50, **terms} for at, price in prices.items()]
    spot = None if index is None else frame({"timestamp": clock(day, at), "close": p} for at, p in index.items())
    return build_day("NIFTY", MARKET.session(day), frame(rows), spot, None, "content")


def test_the_hour_of_muhurat_in_the_evening_is_a_whole_grid() -> None:
    # 2021-11-04, 18:15 to 19:15: 3,600 seconds
    prices = {
        "09:15:30": 1.0,
        "18:14:59": 2.0,
        "18:15:00": 100.0,
        "18:45:00": 101.0,
        "19:15:00": 102.0,
        "19:15:01": 3.0,
    }
    day = day_of("2021-11-04", prices)
    assert day.seconds == 3600
    # 18:45 is second 1,800; a row stamped at the close belongs to second 3,599
    assert day.arrays.last[0, [0, 1799, 1800, 3598, 3599]].tolist() == [10000, 10000, 10100, 10100, 10200]
    assert day.rows == 3


def test_the_afternoon_hour_of_muhurat_2025() -> None:
    day = day_of("2025-10-21", {"13:44:59": 1.0, "13:45:00": 100.0, "14:44:59": 101.0, "18:30:00": 2.0})
    assert (day.seconds, day.rows) == (3600, 2)
    assert day.arrays.last[0, [0, 3598, 3599]].tolist() == [10000, 10000, 10100]


@pytest.mark.parametrize("date", ["2020-02-01", "2024-01-20", "2025-02-01", "2026-02-01"])
def test_budget_saturdays_and_the_like_are_ordinary_days(date: str) -> None:
    day = day_of(date, {"09:15:00": 100.0, "15:29:59": 101.0, "15:30:01": 2.0})
    assert (day.seconds, day.rows) == (22_500, 2)
    assert day.arrays.last[0, [0, 22_498, 22_499]].tolist() == [10000, 10000, 10100]


@pytest.mark.parametrize("date", ["2024-03-02", "2024-05-18"])
def test_a_half_day_of_two_sessions_is_one_grid_with_its_break(date: str) -> None:
    # 09:15 to 10:00 and 11:30 to 12:30: 3 h 15 = 11,700 seconds, the break from 2,700 to 8,100
    prices = {
        "09:15:00": 100.0,
        "10:00:00": 101.0,
        "10:00:01": 2.0,
        "11:29:59": 3.0,
        "11:30:00": 104.0,
        "12:30:00": 105.0,
    }
    day = day_of(date, prices)
    assert (day.seconds, day.rows) == (11_700, 4)
    last = day.arrays.last[0, [2698, 2699, 2700, 8099, 8100, 11_698, 11_699]].tolist()
    assert last == [10000, 10100, 10100, 10100, 10400, 10400, 10500]
    # nothing is traded in the break, and the price grows old in it: second 2,699 to 8,099
    assert volume(day.arrays.trades, 0, 2699, 8099) == 0
    assert [age(day.arrays.trades, 0, second) for second in (2699, 8099, 8100)] == [0, 5400, 0]
    assert [int(day.session.next_trading[second]) for second in (2699, 2700, 8099, 8100)] == [2699, 8100, 8100, 8100]


def test_the_outage_of_february_2021_ends_at_five_in_the_afternoon() -> None:
    # 09:15 to 11:40 and 15:45 to 17:00: 7 h 45 = 27,900 seconds; 11:40 is 8,700 and 15:45 is 23,400
    prices = {"11:40:00": 100.0, "11:40:00.5": 1.0, "15:29:59": 2.0, "15:45:00": 101.0, "17:00:00": 102.0}
    index = {"11:39:00": 15_000.0, "13:00:00": 14_000.0, "15:46:00": 15_100.0, "16:49:59": 15_200.0}
    day = day_of("2021-02-24", prices, index)
    assert (day.seconds, day.rows) == (27_900, 3 + 3)
    assert day.arrays.last[0, [8698, 8699, 23_399, 23_400, 27_899]].tolist() == [MISSING, 10000, 10000, 10100, 10200]
    assert day.spot is not None
    # 11:39 is 8,640; the index of 13:00 was not traded on; 15:46 is 23,460 and 16:49:59 is 27,299
    assert day.spot.price[[8639, 8640, 23_459, 23_460]].tolist() == [MISSING, 1500000, 1500000, 1510000]
    assert day.spot.age[[8639, 23_459, 23_460, 27_899]].tolist() == [UNKNOWN_AGE, 23_459 - 8640, 0, 600]
    assert is_incomplete(day, reference(day, 60), 60)


def test_from_august_2026_the_day_ends_at_fifteen_forty() -> None:
    prices = {"09:15:00": 100.0, "15:30:00": 101.0, "15:39:59": 102.0, "15:40:00": 103.0, "15:40:01": 1.0}
    before, after = (day_of(date, prices) for date in ("2026-07-31", "2026-08-03"))
    assert (before.seconds, before.rows) == (22_500, 2)
    assert before.arrays.last[0, [22_498, 22_499]].tolist() == [10000, 10100]
    # 15:30 is second 22,500 of 23,100
    assert (after.seconds, after.rows) == (23_100, 4)
    assert after.arrays.last[0, [22_499, 22_500, 23_098, 23_099]].tolist() == [10000, 10100, 10100, 10300]


def test_every_day_of_the_calendar_has_a_grid() -> None:
    # regular days, those to 15:40, the hour of muhurat, the two half days, the outage
    days = MARKET.trading_days(dt.date(2019, 1, 1), dt.date(2026, 12, 31))
    assert {MARKET.session(date).seconds for date in days} == {22_500, 23_100, 3600, 11_700, 27_900}
