"""Rows that no vendor should write: numbers that are none, contracts without a name, dates beyond the calendar."""

from __future__ import annotations

import pytest

from tests.unit.packing.test_clean import cleaned, counted


@pytest.mark.parametrize(
    "wrong",
    [
        {"close": float("nan")},
        {"close": float("inf")},
        {"high": 21_474_836.48},  # one paisa more than 32 bits hold
        {"bid": float("nan")},
        {"ask": float("-inf")},
        {"day_volume": -1},
        {"bar_volume": -75},
        {"oi": -1},
        {"bid_qty": -1},
    ],
    ids=str,
)
def test_a_row_with_a_number_that_is_none_is_dropped_and_costs_no_other(wrong: dict[str, float]) -> None:
    result = cleaned(
        [{"time": "09:15:00"}, {"time": "09:15:01", **wrong}, {"time": "09:15:02", "close": 21_474_836.47}]
    )
    assert result.frame["close"].to_list() == [100.0, 21_474_836.47]
    assert counted(result, "dropped") == {"bad_number": 1}


def test_a_price_of_nothing_or_less_is_no_trade_and_keeps_its_quotes() -> None:
    result = cleaned([{"time": "09:15:00", "close": -5.0, "bid": 1.0}, {"time": "09:15:01", "close": 0.0}])
    assert result.frame.select("close", "bid").rows() == [(None, 1.0), (None, None)]
    assert counted(result, "noted") == {"no_trade_today": 2}


@pytest.mark.parametrize("wrong", [{"opt_type": "XX"}, {"opt_type": None}, {"strike": 0}, {"strike": None}], ids=str)
def test_a_row_of_no_contract_is_dropped(wrong: dict[str, object]) -> None:
    result = cleaned([{"time": "09:15:00", **wrong}])
    assert counted(result, "dropped") == {"bad_contract": 1}
    assert result.frame.height == 0


def test_a_future_needs_an_expiry_and_the_spot_needs_nothing() -> None:
    rows = [{"time": "09:15:00", "opt_type": None, "strike": None, "expiry": None}]
    assert counted(cleaned(rows, segment="futures"), "dropped") == {"bad_contract": 1}
    assert counted(cleaned(rows, segment="spot"), "dropped") == {}


def test_a_date_beyond_the_calendar_a_holiday_and_a_day_of_unknown_hours_are_told_apart() -> None:
    days = ["2018-12-31", "2019-04-10", "2019-04-14", "2019-04-17", "2026-11-08", "2027-01-04"]
    result = cleaned([{"time": f"{day} 10:00:00"} for day in days])
    assert counted(result, "dropped") == {"not_a_trading_day": 2, "not_in_calendar": 2, "unknown_hours": 1}
    why = {str(date): text for date, text in result.refused.items()}
    assert "is not in the calendar, which runs from 2019-01-01 to" in why["2018-12-31"]
    assert why["2019-04-14"].endswith("was a Sunday without a special session")
    assert why["2019-04-17"].endswith("was a holiday of the exchange")
    assert "the hours of the muhurat session of 2026-11-08 are not in trading_sessions.csv" in why["2026-11-08"]
