"""Each exit rule at its level: one tick short of it nothing happens, exactly on it the position leaves.

A day of five minutes, 09:15-09:20. At second 10 a call at 100.00 and a put at 90.00 are sold, or bought, without
slippage and filled in second 11: a premium of 190.00, of which 10 % are 19.00 and 5 % are 9.50. What follows is told by
the profit of each leg in paise per unit, so that one table serves both sides; in second 30 it is one tick short of the
level, in second 40 on it. Both ways of trading, by first passages and by the walk, must find the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from nfops.daycache import ChainDay, build_day
from nfops.engine import DayResult, run_day
from nfops.market import DayFacts, Session
from nfops.params import Value
from nfops.strategies import REGISTRY
from nfops.types import PAISE, REASONS
from tests.days import DATE, facts, options, spot

SESSION = Session(DATE, "five minutes", ((33_300, 33_600),))
CALL, PUT, LOT = 10_000, 9_000, 50
LAST = 299

Gains = dict[int, tuple[int, int]]
"""Profit of the call and of the put from a second on, in paise per unit."""
Row = tuple[int, int, str, float | None]
Exit = tuple[int, int, int, str]
"""Leg, second of the decision, second of the fill, reason; in order of execution."""


def both(reason: str, second: int = 40) -> list[Exit]:
    return [(leg, second, second + 1, reason) for leg in (0, 1)]


@dataclass(frozen=True)
class Case:
    """Rules, what the legs gain, and what must come of it."""

    rules: dict[str, Value]
    gains: Gains
    exits: list[Exit]
    marks: tuple[int, int]
    """Least and greatest profit of the day."""
    latency: int = 1


CASES = {
    "a stop in percent": Case({"stop_pct": 10}, {30: (-1895, 0), 40: (-1900, 0)}, both("stop"), (-1900, 0)),
    "a stop in rupees": Case({"stop_pts": 7}, {30: (-695, 0), 40: (-695, -5)}, both("stop"), (-700, 0)),
    "a target in percent": Case({"target_pct": 10}, {30: (0, 1895), 40: (0, 1900)}, both("target"), (0, 1900)),
    "a target in rupees": Case({"target_pts": 7}, {30: (0, 695), 40: (5, 695)}, both("target"), (0, 700)),
    "the loss of a day": Case({"day_stop_pts": 7}, {30: (-695, 0), 40: (-700, 0)}, both("day_stop"), (-700, 0)),
    "the profit of a day": Case({"day_target_pts": 7}, {30: (695, 0), 40: (700, 0)}, both("day_target"), (0, 700)),
    "a time after the entry": Case({"hold_s": 29}, {}, both("time"), (0, 0)),
    "a time of day": Case({"exit_at": "09:15:40"}, {}, both("time"), (0, 0)),
    "a time of day before the entry": Case({"exit_at": "09:15:05"}, {}, both("time", 12), (0, 0)),
    "a time of day before the open": Case(
        {"exit_at": "09:14:59"}, {}, [(0, LAST, LAST, "close"), (1, LAST, LAST, "close")], (0, 0)
    ),
    "a stop of the call": Case(
        {"leg_stop_pct": 10},
        {30: (-995, 0), 40: (-1000, 0)},
        [(0, 40, 41, "leg_stop"), (1, LAST, LAST, "close")],
        (-1000, 0),
    ),
    "a stop of the put": Case(
        {"leg_stop_pct": 10},
        {30: (0, -895), 40: (0, -900), 50: (300, -2000)},
        [(1, 40, 41, "leg_stop"), (0, LAST, LAST, "close")],
        (-900, 0),
    ),
    "a stop of the put that takes the call along": Case(
        {"leg_stop_pct": 10, "on_leg_stop": "all"}, {30: (0, -895), 40: (0, -900)}, both("leg_stop"), (-900, 0)
    ),
    "a target of the call": Case(
        {"leg_target_pct": 10},
        {30: (995, 0), 40: (1000, 0)},
        [(0, 40, 41, "leg_target"), (1, LAST, LAST, "close")],
        (0, 1000),
    ),
    "a stop once the call is gone": Case(
        {"leg_stop_pct": 10, "stop_pts": 15},
        {40: (-1000, 0), 50: (-5000, -495), 60: (-5000, -500)},
        [(0, 40, 41, "leg_stop"), (1, 60, 61, "stop")],
        (-1500, 0),
    ),
    "a target once the put is gone": Case(
        {"leg_stop_pct": 10, "target_pts": 3},
        {40: (0, -900), 50: (1195, -900), 60: (1200, -900)},
        [(1, 40, 41, "leg_stop"), (0, 60, 61, "target")],
        (-900, 300),
    ),
    "the loss of a day once the call is gone": Case(
        {"leg_stop_pct": 10, "day_stop_pts": 15},
        {40: (-1000, 0), 50: (0, -495), 60: (0, -500)},
        [(0, 40, 41, "leg_stop"), (1, 60, 61, "day_stop")],
        (-1500, 0),
    ),
    "a stop while the call waits for its fill": Case(
        {"leg_stop_pct": 10, "stop_pts": 15},
        {40: (-1000, 0), 42: (-1000, -500), 44: (-1200, 0), 47: (0, 100)},
        [(0, 40, 45, "leg_stop"), (1, 42, 47, "stop")],
        (-1500, 0),
        latency=5,
    ),
    "a stop of the put and one of all in one second": Case(
        {"leg_stop_pct": 10, "stop_pts": 9},
        {40: (0, -900)},
        [(0, 40, 41, "stop"), (1, 40, 41, "leg_stop")],
        (-900, 0),
    ),
    "the same without latency: the put is filled first": Case(
        {"leg_stop_pct": 10, "stop_pts": 9},
        {40: (0, -900)},
        [(1, 40, 40, "leg_stop"), (0, 40, 40, "stop")],
        (-900, 0),
        latency=0,
    ),
    "a stop of the call and a target of the put in one second": Case(
        {"leg_stop_pct": 10, "leg_target_pct": 10},
        {40: (-1000, 900)},
        [(0, 40, 40, "leg_stop"), (1, 40, 40, "leg_target")],
        (-100, 0),
        latency=0,
    ),
    "an exit that is due where another is decided": Case(
        {"leg_stop_pct": 10, "stop_pts": 12},
        {40: (0, -900), 45: (-300, -900)},
        [(1, 40, 45, "leg_stop"), (0, 45, 50, "stop")],
        (-1200, 0),
        latency=5,
    ),
    "two exits that are due beyond the close": Case(
        {"leg_stop_pct": 10, "stop_pts": 12},
        {295: (0, -900), 297: (-300, -900)},
        [(0, 297, LAST, "stop"), (1, 295, LAST, "leg_stop")],
        (-1200, 0),
        latency=5,
    ),
    "an exit that is due beyond the close, before what the close takes along": Case(
        {"leg_stop_pct": 10},
        {295: (0, -900)},
        [(1, 295, LAST, "leg_stop"), (0, LAST, LAST, "close")],
        (-900, 0),
        latency=5,
    ),
    "the last second is no second for rules": Case(
        {"stop_pts": 7}, {LAST: (-700, 0)}, [(0, LAST, LAST, "close"), (1, LAST, LAST, "close")], (-700, 0)
    ),
    "the second before it is, and fills in it": Case(
        {"stop_pts": 7}, {LAST - 1: (-700, 0)}, both("stop", LAST - 1), (-700, 0)
    ),
}


def traded(case: Case, side: str, *, walk: bool) -> DayResult:
    """Trade the day of a case."""
    sign = -1 if side == "sell" else 1
    rows = [
        (second, 21_500, right, (paid + sign * gains[at]) / PAISE)
        for second, gains in {5: (0, 0), **case.gains}.items()
        for at, (right, paid) in enumerate((("CE", CALL), ("PE", PUT)))
    ]
    own: dict[str, Value] = {"strategy.legs.side": side, "fills.latency_s": case.latency}
    return run("short_straddle", rows, case.rules, own, walk=walk)


def run(name: str, rows: list[Row], rules: dict[str, Value], own: dict[str, Value], *, walk: bool) -> DayResult:
    """Trade rows with no rules but these."""
    strategy, alone = REGISTRY[name], dict.fromkeys(("stop_pct", "stop_pts", "target_pct", "target_pts", "exit_at"))
    fixed: dict[str, Value] = {
        "strategy.entry.at": "09:15:10",
        "fills.slippage_ticks": 0,
        "fills.max_age_s": 1000,
        **{f"strategy.exit.{name}": value for name, value in {**alone, **rules}.items()},
        **own,
    }
    return run_day(built(rows), strategy, strategy.schema.grid({}, fixed).block(0, 1), known(), walk=walk)


def built(rows: list[Row]) -> ChainDay:
    index = spot([(0, 21_510.0), (LAST, 21_510.0)])
    return build_day("NIFTY", SESSION, options(rows).sort("timestamp", maintain_order=True), index, None, "by hand")


def known() -> DayFacts:
    return replace(facts(), session=SESSION)


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
@pytest.mark.parametrize("side", ["sell", "buy"])
@pytest.mark.parametrize("name", CASES)
def test_a_rule_answers_exactly_on_its_level(name: str, side: str, walk: bool) -> None:
    assert_answered(CASES[name], traded(CASES[name], side, walk=walk))


def assert_answered(case: Case, result: DayResult) -> None:
    """Compare what came of a case with what must."""
    assert exits_of(result) == case.exits
    # What each leg had gained when it was filled.
    gained = sum(last_gain(case.gains, second)[leg] for leg, _, second, _ in case.exits)
    assert result.gross_paise.tolist() == [gained * LOT]
    assert (result.worst_mtm_paise[0], result.best_mtm_paise[0]) == case.marks
    assert result.n_positions.tolist() == [1]
    assert result.n_fills.tolist() == [4]


def exits_of(result: DayResult) -> list[Exit]:
    """What left, in order of execution."""
    exits = [fill for fill in result.fills if REASONS[fill["reason"]] != "entry"]
    return [(int(f["leg"]), int(f["decision_s"]), int(f["fill_s"]), REASONS[f["reason"]]) for f in exits]


def last_gain(gains: Gains, second: int) -> tuple[int, int]:
    """What the legs have gained by a second."""
    return gains[max(at for at in gains if at <= second)] if any(at <= second for at in gains) else (0, 0)


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
@pytest.mark.parametrize(
    "rules", [{"stop_pct": 10}, {"target_pct": 10}, {"trail_pct": 10}], ids=lambda rules: next(iter(rules))
)
def test_a_share_of_a_premium_of_nothing_is_no_level(rules: dict[str, Value], walk: bool) -> None:
    # A call bought for 100.00 and a put sold for as much: nothing paid. It loses 10.00, then gains 20.00.
    rows: list[Row] = [(5, 21_500, "CE", 100.0), (5, 21_500, "PE", 100.0), (40, 21_500, "CE", 90.0),
                       (60, 21_500, "CE", 120.0)]  # fmt: skip
    result = run("risk_reversal", rows, rules, {"strategy.legs.otm": None}, walk=walk)
    assert [REASONS[fill["reason"]] for fill in result.fills] == ["entry", "entry", "close", "close"]
    assert result.gross_paise.tolist() == [2_000 * LOT]
    assert (result.worst_mtm_paise[0], result.best_mtm_paise[0]) == (-1_000, 2_000)


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
@pytest.mark.parametrize(
    ("rule", "reason"), [("stop_pts", "stop"), ("day_stop_pts", "day_stop"), ("trail_pts", "trail")]
)
def test_what_is_left_of_legs_in_a_ratio_counts_twice(rule: str, reason: str, walk: bool) -> None:
    # One call of 21,500 sold at 100.00, two of 21,600 bought at 40.00. The first leaves with a loss of 10.00; then the
    # others lose 2 x 2.95 in second 50, and 2 x 3.00 in second 60: 16.00 in all.
    rows: list[Row] = [(5, strike, right, price) for strike, price in ((21_500, 100.0), (21_600, 40.0))
                       for right in ("CE", "PE")]  # fmt: skip
    rows += [(40, 21_500, "CE", 110.0), (50, 21_600, "CE", 37.05), (60, 21_600, "CE", 37.0)]
    own: dict[str, Value] = {"strategy.legs.lean": "up", "strategy.legs.side": "sell", "strategy.legs.wing": 2}
    result = run("ratio_spread", rows, {"leg_stop_pct": 10, rule: 16}, own, walk=walk)
    exits = [(int(f["leg"]), int(f["decision_s"]), REASONS[f["reason"]]) for f in result.fills[2:]]
    assert exits == [(0, 40, "leg_stop"), (1, 60, reason)]
    assert result.gross_paise.tolist() == [-1_600 * LOT]
    assert (result.worst_mtm_paise[0], result.best_mtm_paise[0]) == (-1_600, 0)
