"""Trails at their levels: one tick short of it nothing happens, exactly on it the position leaves.

The day, the premium and the way to tell what happens are those of the other rules (test_exactly_on_the_bar.py).
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from nfops.daycache import build_day
from nfops.engine import run_day
from nfops.market import Session
from nfops.params import Value
from nfops.strategies import REGISTRY
from nfops.types import REASONS
from tests.days import DATE, facts, options, spot
from tests.unit.engine.test_exactly_on_the_bar import Case, Row, assert_answered, both, exits_of, run, traded

CASES = {
    "a trail in rupees": Case({"trail_pts": 5}, {20: (1000, 0), 30: (505, 0), 40: (500, 0)}, both("trail"), (0, 1000)),
    "a trail in percent": Case({"trail_pct": 5}, {20: (1000, 0), 30: (55, 0), 40: (50, 0)}, both("trail"), (0, 1000)),
    "a trail in rupees that is armed on a level": Case(
        {"trail_pts": 5, "trail_after_pts": 10},
        {15: (995, 0), 18: (0, 0), 20: (1000, 0), 30: (505, 0), 40: (500, 0)},
        both("trail"),
        (0, 1000),
    ),
    "a trail in percent that is armed on a level": Case(
        {"trail_pct": 5, "trail_after_pct": 5},
        {15: (945, 0), 18: (-100, 0), 20: (950, 0), 30: (5, 0), 40: (0, 0)},
        both("trail"),
        (-100, 950),
    ),
    "a trail in percent beside one in rupees that is never armed": Case(
        {"trail_pct": 5, "trail_pts": 5, "trail_after_pts": 50},
        {20: (1000, 0), 30: (55, 0), 40: (50, 0)},
        both("trail"),
        (0, 1000),
    ),
    "a trail in rupees beside one in percent that is never armed": Case(
        {"trail_pct": 1, "trail_after_pct": 50, "trail_pts": 5},
        {20: (1000, 0), 30: (505, 0), 40: (500, 0)},
        both("trail"),
        (0, 1000),
    ),
    "a trail in percent that is armed later than one in rupees": Case(
        {"trail_pct": 5, "trail_after_pct": 5, "trail_pts": 12},
        {15: (900, 0), 20: (-250, 0), 25: (950, 0), 30: (5, 0), 40: (0, 0)},
        both("trail"),
        (-250, 950),
    ),
    "a trail once the call is gone": Case(
        {"leg_stop_pct": 10, "trail_pts": 20},
        {20: (500, 0), 40: (-1000, 0), 50: (-5000, -495), 60: (-5000, -500)},
        [(0, 40, 41, "leg_stop"), (1, 60, 61, "trail")],
        (-1500, 500),
    ),
    "a trail of a position that never was in profit, once the call is gone": Case(
        {"leg_stop_pct": 10, "trail_pts": 15},
        {12: (-5, 0), 40: (-1000, 0), 50: (-5000, -495), 60: (-5000, -500)},
        [(0, 40, 41, "leg_stop"), (1, 60, 61, "trail")],
        (-1500, 0),
    ),
    "a trail that is armed once the put is gone": Case(
        {"leg_stop_pct": 10, "trail_pts": 3, "trail_after_pts": 3},
        {40: (0, -900), 50: (1195, -900), 55: (800, -900), 60: (1200, -900), 70: (905, -900), 80: (900, -900)},
        [(1, 40, 41, "leg_stop"), (0, 80, 81, "trail")],
        (-900, 300),
    ),
    "a trail whose best was while the put waited for its fill": Case(
        {"leg_stop_pct": 10, "trail_pts": 12},
        {40: (0, -900), 42: (300, 300), 44: (0, 0), 50: (-595, 0), 60: (-600, 0)},
        [(1, 40, 45, "leg_stop"), (0, 60, 65, "trail")],
        (-900, 600),
        latency=5,
    ),
    "a trail that is armed while the put waits for its fill": Case(
        {"leg_stop_pct": 10, "trail_pct": 5, "trail_after_pct": 2},
        {40: (0, -900), 42: (190, 190), 44: (0, 0), 50: (-565, 0), 60: (-570, 0)},
        [(1, 40, 45, "leg_stop"), (0, 60, 65, "trail")],
        (-900, 380),
        latency=5,
    ),
    "a trail while the put waits for its fill": Case(
        {"leg_stop_pct": 10, "trail_pts": 12},
        {40: (0, -900), 42: (-300, -900)},
        [(1, 40, 45, "leg_stop"), (0, 42, 47, "trail")],
        (-1200, 0),
        latency=5,
    ),
    "a trail in the second of a target": Case(
        {"trail_pts": 0, "trail_after_pts": 7, "target_pts": 7}, {30: (0, 695), 40: (0, 700)}, both("target"), (0, 700)
    ),
    "a trail in the second of a time": Case(
        {"trail_pts": 7, "exit_at": "09:15:40"}, {30: (0, -695), 40: (0, -700)}, both("trail"), (-700, 0)
    ),
}


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
@pytest.mark.parametrize("side", ["sell", "buy"])
@pytest.mark.parametrize("name", CASES)
def test_a_trail_answers_exactly_on_its_level(name: str, side: str, walk: bool) -> None:
    assert_answered(CASES[name], traded(CASES[name], side, walk=walk))


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
def test_what_a_leg_was_worth_in_the_second_in_which_it_left_is_no_best(walk: bool) -> None:
    # Both are sold in second 10 for 0.50 less than 100.00 and 90.00. In second 11 the call is at 110.00 and leaves at
    # 110.50, a loss of 11.00, while the put gains 19.50: a best of 8.50, and 9.00 only at last prices. 5.00 below the
    # best the put gains 14.50, at 75.00.
    rows: list[Row] = [(5, 21_500, "CE", 100.0), (5, 21_500, "PE", 90.0), (11, 21_500, "CE", 110.0),
                       (11, 21_500, "PE", 70.0), (20, 21_500, "PE", 74.5), (30, 21_500, "PE", 75.0)]  # fmt: skip
    own: dict[str, Value] = {"fills.latency_s": 0, "fills.slippage_ticks": 10}
    result = run("short_straddle", rows, {"leg_stop_pct": 10, "trail_pts": 5}, own, walk=walk)
    assert exits_of(result) == [(0, 11, 11, "leg_stop"), (1, 30, 30, "trail")]
    assert result.best_mtm_paise.tolist() == [850]


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
def test_a_trail_is_armed_by_what_is_left_of_legs_in_a_ratio(walk: bool) -> None:
    # One call of 21,500 sold at 100.00, two of 21,600 bought at 40.00. The first leaves with a loss of 10.00. At 48.00
    # the others have gained 16.00: that arms the trail at 6.00, while 5.90 did not. 4.00 below they are at 46.00.
    rows: list[Row] = [(5, strike, right, price) for strike, price in ((21_500, 100.0), (21_600, 40.0))
                       for right in ("CE", "PE")]  # fmt: skip
    rows += [(40, 21_500, "CE", 110.0)]
    rows += [(second, 21_600, "CE", price) for second, price in
             ((50, 47.95), (55, 44.0), (60, 48.0), (70, 46.05), (80, 46.0))]  # fmt: skip
    own: dict[str, Value] = {"strategy.legs.lean": "up", "strategy.legs.side": "sell", "strategy.legs.wing": 2}
    rules: dict[str, Value] = {"leg_stop_pct": 10, "trail_pts": 4, "trail_after_pts": 6}
    result = run("ratio_spread", rows, rules, own, walk=walk)
    assert exits_of(result) == [(0, 40, 41, "leg_stop"), (1, 80, 81, "trail")]
    assert (result.worst_mtm_paise[0], result.best_mtm_paise[0]) == (-1000, 600)


HALVES = Session(DATE, "two halves", ((33_300, 33_400), (33_500, 33_600)))
"""09:15:00-09:16:40 and 09:18:20-09:20:00: seconds 0-99 and 200-299."""


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
def test_what_no_rule_sees_before_a_break_is_no_best(walk: bool) -> None:
    # Both legs are sold in second 99, the last before the break, at a bid 1.00 above the last price of 100.00: a profit
    # of 2.00, which no rule sees. In second 200 it is gone; in second 210 the loss is 2.00.
    rows = [(second, 21_500, right, price) for second, price in ((5, 100.0), (200, 101.0), (210, 102.0))
            for right in ("CE", "PE")]  # fmt: skip
    chain = options(rows).with_columns(bid=pl.col("close") + 1).sort("timestamp", maintain_order=True)
    day = build_day("NIFTY", HALVES, chain, spot([(0, 21_510.0), (299, 21_510.0)]), None, "by hand")
    straddle = REGISTRY["short_straddle"]
    exits = {"stop_pct": None, "target_pct": None, "exit_at": None, "trail_pts": 2}
    fixed = {"strategy.entry.at": "09:16:38", "fills": "quote", "fills.max_age_s": 1000}
    block = straddle.schema.grid({}, {**fixed, **{f"strategy.exit.{name}": value for name, value in exits.items()}})
    result = run_day(day, straddle, block.block(0, 1), replace(facts(), session=HALVES), walk=walk)
    assert [(int(f["decision_s"]), int(f["fill_s"]), REASONS[f["reason"]]) for f in result.fills] == [
        *[(98, 99, "entry")] * 2, *[(210, 211, "trail")] * 2,
    ]  # fmt: skip
    assert result.best_mtm_paise.tolist() == [200]
