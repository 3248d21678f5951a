"""Filters, each by an example worked out by hand: what passes exactly at a bound, what does not one step beyond it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from nfops.daycache import Earlier
from nfops.engine import run_day
from nfops.params import Value
from nfops.strategies import REGISTRY, filters
from tests.days import DATE, MARKET, day, facts
from tests.naive.markets import SamePast

STRADDLE = REGISTRY["short_straddle"]
FLAT = [(0, 21_500.0), (240, 21_500.0)]
AT = "09:19"  # second 240

JANUARY = [dt.date(2024, 1, d) for d in range(1, 6)]  # Monday to Friday; the expiry is Thursday


def outcome(
    wanted: dict[str, Value],
    *,
    date: dt.date = DATE,
    spot: list[tuple[int, float]] = FLAT,
    close: int | None = None,
    past: list[float] | None = None,
) -> str:
    """Enter a straddle at 09:19; give ``traded``, or the only skip."""
    rows = [(s, 21_500, right, 60.0 + s / 100) for s in (10, 230, 245) for right in ("CE", "PE")]
    closes = {} if close is None else SamePast(past=close)
    earlier = Earlier(closes, SamePast(past=np.array([] if past is None else past)))
    today = replace(day(rows, spot, date), earlier=earlier)
    named = {f"strategy.filters.{name}": value for name, value in wanted.items()}
    block = STRADDLE.schema.grid({}, {"strategy.entry.at": AT, "fills.max_age_s": 300, **named}).block(0, 1)
    result = run_day(today, STRADDLE, block, facts(date))
    skipped = result.skipped(0)
    assert result.n_positions[0] + sum(skipped.values()) == 1
    return next(iter(skipped), "traded")


def test_without_a_filter_every_day_trades() -> None:
    assert [outcome({}, date=date) for date in JANUARY] == ["traded"] * 5


def test_only_some_days_of_the_week_trade() -> None:
    found = [outcome({"weekdays": ["mon", "thu"]}, date=date) for date in JANUARY]
    assert found == ["traded", "filter_weekday", "filter_weekday", "traded", "filter_weekday"]


def test_days_to_expiry_are_trading_days() -> None:
    """Monday to Thursday: 3, 2, 1, 0; Friday looks at the Thursday after, over a weekend: 4."""
    found = [outcome({"dte_min": 1, "dte_max": 3}, date=date) for date in JANUARY]
    assert found == ["traded", "traded", "traded", "filter_days_to_expiry", "filter_days_to_expiry"]
    assert [outcome({"dte_min": 4}, date=date) for date in JANUARY].count("traded") == 1
    # 2024-01-26 was a holiday and 2024-01-20 a Saturday with a session: 19, 20, 23, 24, 25.
    assert facts(dt.date(2024, 1, 18)).trading_days_to[dt.date(2024, 1, 25)] == 5


@pytest.mark.parametrize(
    ("wanted", "traded"),
    [
        ({"event": "budget"}, ["2024-02-01"]),
        ({"event": "budget", "event_before": 1}, ["2024-01-31", "2024-02-01"]),
        ({"event": "any", "event_after": 1}, ["2024-02-01", "2024-02-02", "2024-02-08"]),
        ({"event": "budget", "event_window": "never", "event_before": 1}, ["2024-01-30", "2024-02-02", "2024-02-08"]),
    ],
)
def test_only_or_never_around_events(wanted: dict[str, Value], traded: list[str]) -> None:
    """The budget of 2024-02-01, and the policy of the RBI a week later."""
    dates = ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02", "2024-02-08"]
    found = {text: outcome(wanted, date=dt.date.fromisoformat(text)) for text in dates}
    assert [text for text, told in found.items() if told == "traded"] == traded
    assert set(found.values()) == {"traded", "filter_event"}


def test_every_event_lies_on_a_trading_day_and_is_found_there() -> None:
    assert len(MARKET.events) > 40
    for row in MARKET.events:
        assert MARKET.is_trading_day(row.date)
        assert (row.kind, 0) in MARKET.facts("NIFTY", row.date).events


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"gap_min": 0.5}, "traded"),
        ({"gap_min": 0.51}, "filter_gap"),
        ({"gap_max": 0.5}, "traded"),
        ({"gap_max": 0.49}, "filter_gap"),
        ({"gap_min": -1, "gap_max": 1}, "traded"),
    ],
)
def test_a_gap_is_measured_from_the_previous_close(wanted: dict[str, Value], told: str) -> None:
    """21,500.00 to 21,607.50 is half a percent; what the index does after its first price does not matter."""
    assert outcome(wanted, spot=[(3, 21_607.5), (240, 21_500.0)], close=2_150_000) == told


def test_without_a_previous_close_no_gap_is_known() -> None:
    assert outcome({"gap_min": -100}) == "no_history"


QUARTER = [9.0] * 5 + [0.001] * 15
"""Of the twenty volatilities of the past fifteen are lower than any of today's."""


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"iv_rank_min": 75}, "traded"),
        ({"iv_rank_min": 75.01}, "filter_iv_rank"),
        ({"iv_rank_max": 75}, "traded"),
        ({"iv_rank_max": 74.99}, "filter_iv_rank"),
        ({"iv_rank_min": 100, "iv_rank_days": 15}, "traded"),  # the last fifteen are all lower
        ({"iv_rank_min": 75, "iv_rank_days": 40}, "traded"),  # half of the days are enough
        ({"iv_rank_min": 75, "iv_rank_days": 41}, "no_history"),
        ({"iv_rank_min": 0, "iv_rank_at": "09:19:01"}, "no_iv"),  # not known at the entry
        ({"iv_rank_min": 0, "iv_rank_at": "09:15:05"}, "no_iv"),  # no option has a price yet
    ],
)
def test_implied_volatility_is_ranked_among_the_days_before(wanted: dict[str, Value], told: str) -> None:
    assert outcome({"iv_rank_at": "09:16", **wanted}, past=QUARTER) == told


def test_days_without_a_volatility_are_left_out_of_the_rank() -> None:
    gaps = [*QUARTER[:10], *[float("nan")] * 10]  # 5 of 10 lower
    assert outcome({"iv_rank_at": "09:16", "iv_rank_min": 50, "iv_rank_max": 50}, past=gaps) == "traded"


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"rv_min": 0.354}, "traded"),
        ({"rv_min": 0.356}, "filter_volatility"),
        ({"rv_max": 0.356}, "traded"),
        ({"rv_max": 0.354}, "filter_volatility"),
        ({"rv_min": 0, "rv_step_s": 240}, "no_rv"),  # one return is no deviation
    ],
)
def test_realised_volatility_is_that_of_the_day_so_far(wanted: dict[str, Value], told: str) -> None:
    """Four minutes up and down by 21.50 of 21,500: returns of 0.1 %, sample deviation 0.1 % x sqrt(4 / 3) = 0.1155 %.

    A year has 252 x 375 minutes: x sqrt(94,500) = 0.355.
    """
    saw = [(60 * minute, 21_500.0 + 21.5 * (minute % 2)) for minute in range(5)]
    assert outcome(wanted, spot=[*saw, (300, 30_000.0)]) == told


@pytest.mark.parametrize(
    ("wanted", "up", "down"),
    [
        ({"trend_min": 0.1}, "traded", "filter_trend"),
        ({"trend_min": 0.11}, "filter_trend", "filter_trend"),
        ({"trend_max": -0.1}, "filter_trend", "traded"),
        ({"trend_min": -0.1, "trend_max": 0}, "filter_trend", "traded"),
        ({"move_min": 0.1}, "traded", "traded"),
        ({"move_min": 0.11}, "filter_move", "filter_move"),
        ({"move_max": 0.09}, "filter_move", "filter_move"),
    ],
)
def test_trend_has_a_sign_and_move_has_none(wanted: dict[str, Value], up: str, down: str) -> None:
    """21.50 up or down from 21,500 is a tenth of a percent."""
    assert outcome(wanted, spot=[(0, 21_500.0), (240, 21_521.5), (250, 22_000.0)]) == up
    assert outcome(wanted, spot=[(0, 21_500.0), (240, 21_478.5), (250, 22_000.0)]) == down


def test_the_first_filter_that_refuses_is_counted() -> None:
    wrong = {"weekdays": ["mon"], "gap_min": 5, "move_min": 5}
    assert outcome(wrong, close=2_150_000) == "filter_weekday"
    assert outcome(wrong | {"weekdays": None}, close=2_150_000) == "filter_gap"
    assert outcome({"move_min": 5, "trend_min": 5}) == "filter_trend"


def test_a_day_is_refused_once_and_an_entry_each_time() -> None:
    rows = [(s, 21_500, right, 60.0) for s in (10, 230, 245, 530) for right in ("CE", "PE")]
    strategy = REGISTRY["gamma_scalp"]
    anchors = {"strategy.entry.anchors": ["09:17", "09:19", "09:21"], "fills.max_age_s": 300}
    found = []
    for name, value in (("weekdays", ["mon"]), ("move_min", 1)):
        block = strategy.schema.grid({}, {**anchors, f"strategy.filters.{name}": value}).block(0, 1)
        result = run_day(day(rows, FLAT), strategy, block, facts())
        found.append(result.skipped(0))
    assert found == [{"filter_weekday": 1}, {"filter_move": 3}]


def test_refused_days_spare_the_search() -> None:
    searched = []
    rule = replace(STRADDLE.entry, find=lambda view, codes: searched.append(1) or STRADDLE.entry.find(view, codes))
    strategy = replace(STRADDLE, entry=rule)
    rows = [(s, 21_500, right, 60.0) for s in (10, 7_000) for right in ("CE", "PE")]
    for wanted in (["mon"], ["wed"]):
        block = strategy.schema.grid({}, {"strategy.filters.weekdays": wanted}).block(0, 1)
        run_day(day(rows, FLAT), strategy, block, facts())
    assert searched == [1]


def test_a_range_that_nothing_can_pass_is_told() -> None:
    told = filters.faults(
        {
            "strategy.filters.gap_min": [1, 2],
            "strategy.filters.gap_max": [0.5],
            "strategy.filters.rv_min": [0.1, 0.5],
            "strategy.filters.rv_max": [0.3],
            "strategy.filters.dte_min": [5],
            "strategy.filters.dte_max": [None],
        }
    )
    assert told == ["strategy.filters.gap_min 1 lies above strategy.filters.gap_max 0.5: no entry can pass"]


def test_only_signals_of_one_direction_trade() -> None:
    """At 09:19 the index stands below the mean of the day: the signal is up."""
    rows = [(s, 21_500, right, 60.0) for s in (10, 230, 245) for right in ("CE", "PE")]
    strategy = REGISTRY["vwap_mr"]
    found = []
    for wanted in ("up", "down", None):
        fixed = {"strategy.entry.at": AT, "strategy.entry.threshold": 0, "strategy.filters.direction": wanted}
        block = strategy.schema.grid({}, {**fixed, "fills.max_age_s": 300}).block(0, 1)
        result = run_day(day(rows, [(0, 21_500.0), (200, 21_490.0)]), strategy, block, facts())
        found.append((int(result.n_positions[0]), result.skipped(0).get("filter_direction", 0)))
    assert found == [(1, 0), (0, 1), (1, 0)]
