"""Laws that need no expected number: a wider stop holds longer, costs only take, two lots are twice one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from nfops.costs import ITEMS
from nfops.daycache import ChainDay
from nfops.engine import DayResult, run_day
from nfops.params import Value
from nfops.strategies import REGISTRY, Strategy
from nfops.types import KINDS
from tests.contracts.test_strategies import ENTRY, LOOSE, a_day
from tests.days import EXPIRY_DAY, facts

every_strategy = pytest.mark.parametrize("strategy", REGISTRY.values(), ids=REGISTRY.keys())
of_one_index = pytest.mark.parametrize(
    "strategy",
    [strategy for strategy in REGISTRY.values() if not strategy.in_money],
    ids=lambda strategy: strategy.name,
)

WIDER: dict[str, list[Value]] = {
    "strategy.exit.stop_pct": [1, 3, 6, 12, 25, 60, None],
    "strategy.exit.stop_pts": [0.5, 1, 3, 6, 12, 40, None],
    "strategy.exit.target_pct": [1, 3, 6, 12, 25, 60, None],
    "strategy.exit.target_pts": [0.5, 1, 3, 6, 12, 40, None],
    "strategy.exit.leg_stop_pct": [2, 5, 10, 20, 50, None],
    "strategy.exit.leg_target_pct": [2, 5, 10, 20, 50, None],
    "strategy.exit.trail_pts": [0.5, 1, 3, 6, 12, 40, None],
    "strategy.exit.trail_pct": [1, 3, 6, 12, 25, 60, None],
    "strategy.exit.day_stop_pts": [0.5, 1, 3, 6, 12, 40, None],
    "strategy.exit.day_target_pts": [0.5, 1, 3, 6, 12, 40, None],
    "strategy.exit.hold_s": [0, 60, 61, 900, 3600, None],
    "strategy.exit.exit_at": ["09:16", "09:45", "10:30", "14:30", "15:29:58", None],
}
"""Levels of a rule, each further away than the one before."""
PAIRS = [
    (strategy, rule)
    for row, strategy in enumerate(REGISTRY.values())
    for column, rule in enumerate(WIDER)
    if (row + column) % 3 == 0
]
"""Four rules of every strategy, so that each rule meets a third of them."""

ALONE = dict.fromkeys([*WIDER, "strategy.exit.drop_s"])
SEEDS = (71, 72)
EXIT = KINDS.index("exit")


def trade(strategy: Strategy, seed: int, axes: dict[str, list[Value]], **fixed: Value) -> DayResult:
    """Trade all combinations of ``axes``, the last one fastest, with signals that come often."""
    known = strategy.schema.by_path
    entry = next(path for path in ENTRY if path in known)
    loose = {path: value for path, value in LOOSE.items() if path in known}
    paths = {**ALONE, entry: ENTRY[entry][0], "fills.max_age_s": 300, **loose, **fixed}
    grid = strategy.schema.grid(
        axes, {path: value for path, value in paths.items() if path in known and path not in axes}
    )
    return run_day(today(strategy.in_money, seed), strategy, grid.block(0, len(grid)), facts(EXPIRY_DAY))


@cache
def today(paired: bool, seed: int) -> ChainDay:
    """Build a day once for all strategies that trade one index, or two."""
    return a_day(REGISTRY["dispersion" if paired else "short_straddle"], seed)


@pytest.mark.parametrize(("strategy", "rule"), PAIRS, ids=lambda part: getattr(part, "name", part))
def test_a_wider_rule_never_leaves_earlier(strategy: Strategy, rule: str) -> None:
    earlier, later = 0, 0
    for seed in SEEDS:
        fills = trade(strategy, seed, {rule: WIDER[rule]}).fills
        first = fills[(fills["position"] == 0) & (fills["kind"] == EXIT)]
        for leg in np.unique(first["leg"]):
            left = [first["fill_s"][(first["leg"] == leg) & (first["trial"] == at)] for at in range(len(WIDER[rule]))]
            assert [len(seconds) for seconds in left] == [1] * len(left)
            steps = np.diff(np.concatenate(left))
            earlier, later = earlier + int((steps < 0).sum()), later + int((steps > 0).sum())
    assert earlier == 0
    assert later >= 1


@every_strategy
def test_costs_only_take_and_change_no_trade(strategy: Strategy) -> None:
    axes: dict[str, list[Value]] = {"strategy.exit.stop_pct": [3, 12, None], "costs": ["zero", "flat", "india"]}
    for seed in SEEDS:
        result = trade(strategy, seed, axes)
        free, flat, india = (result.net_paise[at::3] for at in range(3))
        assert (result.gross_paise[0::3] == result.gross_paise[2::3]).all()
        assert (free == result.gross_paise[0::3]).all()
        assert (result.n_fills > 0).all()
        assert (free > flat).all()
        assert (free > india).all()
        names = [name for name in result.fills.dtype.names if name != "trial"]
        by_model = [result.fills[result.fills["trial"] % 3 == at][names] for at in range(3)]
        assert (by_model[0] == by_model[1]).all()
        assert (by_model[0] == by_model[2]).all()


@of_one_index
def test_two_lots_are_twice_one_lot(strategy: Strategy) -> None:
    """Before costs, and without a hedge, whose units are whole."""
    axes: dict[str, list[Value]] = {"strategy.exit.stop_pct": [3, 12, None], "strategy.lots": [1, 2, 7]}
    for seed in SEEDS:
        result = trade(strategy, seed, axes, **{"strategy.hedge.hedge_s": None})
        one, two, seven = (result.gross_paise[at::3] for at in range(3))
        assert (two == 2 * one).all()
        assert (seven == 7 * one).all()
        assert (one != 0).any()
        assert (result.n_fills[0::3] == result.n_fills[2::3]).all()
        # What a unit gains and loses does not depend on how many there are; what they block does.
        assert (result.worst_mtm_paise[0::3] == result.worst_mtm_paise[2::3]).all()
        single, double = (result.capital_paise[at::3] for at in range(2))
        assert (abs(double - 2 * single) <= 1).all()


@of_one_index
def test_splitting_an_order_adds_its_brokerage_and_the_tax_on_it_and_nothing_else(strategy: Strategy) -> None:
    """Seven orders of a lot against one of seven: 6 x 20 rupees and 18 % of that; each item of each is rounded."""
    result = trade(strategy, SEEDS[0], {"strategy.lots": [1, 7]}, **{"strategy.hedge.hedge_s": None})
    single, whole = (result.charges[result.fills["trial"] == at] for at in range(2))
    assert len(single) >= 2
    assert len(single) == len(whole)
    more = dict(zip(ITEMS, (7 * single - whole).T, strict=True))
    assert (more["brokerage"] == 6 * 2000).all()
    assert (abs(more["gst"] - 6 * 360) <= 4).all()
    for item in set(ITEMS) - {"brokerage", "gst"}:
        assert (abs(more[item]) <= 4).all(), item
