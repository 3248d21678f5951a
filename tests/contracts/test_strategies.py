"""What every registered strategy owes us, whatever it trades."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.daycache import ChainDay, Companion
from nfops.engine import DayResult, run_day
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY, Strategy
from tests.days import EXPIRY_DAY, facts, full_day, market_rows, scrambled
from tests.naive.markets import SamePast

every_strategy = pytest.mark.parametrize("strategy", REGISTRY.values(), ids=REGISTRY.keys())

ENTRY: dict[str, list[Value]] = {
    "strategy.entry.at": ["09:30", "14:00"],
    "strategy.entry.anchors": [["09:30", "12:00"], ["10:00", "14:00"]],
    "strategy.entry.range_s": [300, 900],
    "strategy.entry.threshold_pts": [1, 3],
    "strategy.entry.mult": [0.5, 1],
}
"""Two ways to enter for each entry rule: the first of these that it has."""

LOOSE: dict[str, Value] = {
    "strategy.entry.threshold": 0,
    "strategy.entry.multiplier": 0.5,
    "strategy.entry.vol_mult": 0.5,
    "strategy.entry.from": "09:20",
    "strategy.entry.z_in": 0,
}
"""So that signals are many."""

AXES: dict[str, list[Value]] = {
    "strategy.exit.stop_pct": [5, None],
    "strategy.exit.target_pct": [5, None],
    "strategy.exit.leg_stop_pct": [10, None],
    "strategy.exit.trail_pts": [4, None],
    "fills.latency_s": [0, 7],
    "fills": ["last", "quote"],
}


def whole_block(strategy: Strategy, **fixed: Value) -> ParamBlock:
    known = strategy.schema.by_path
    entry = next(path for path in ENTRY if path in known)
    loose = {path: value for path, value in LOOSE.items() if path in known}
    grid = strategy.schema.grid({entry: ENTRY[entry], **AXES}, {"fills.max_age_s": 300, **loose, **fixed})
    return grid.block(0, len(grid))


def a_day(strategy: Strategy, seed: int, cut: int | None = None) -> ChainDay:
    """A day of rich markets; with ``cut``, other ones after that second."""
    markets = [market_rows(seed), market_rows(seed + 50)]
    if cut is not None:
        markets = [scrambled(rows, cut, seed + 100 + at) for at, rows in enumerate(markets)]
    past = np.random.default_rng(seed).normal(0.2, 0.05, (30, 2))
    other = Companion(full_day(*markets[1]), facts(EXPIRY_DAY), SamePast(past=past)) if strategy.in_money else None
    return full_day(*markets[0], other)


def numbers(result: DayResult) -> np.ndarray:
    names = ("gross_paise", "cost_paise", "n_positions", "n_fills", "worst_mtm_paise", "best_mtm_paise", "n_fallback")
    return np.stack([getattr(result, name) for name in names])


@pytest.mark.parametrize(
    ("strategy", "seed"),
    [(strategy, 1 + at % 2) for at, strategy in enumerate(REGISTRY.values())],
    ids=lambda part: str(getattr(part, "name", part)),
)
def test_no_fill_depends_on_a_later_second(strategy: Strategy, seed: int) -> None:
    block = whole_block(strategy)
    before = run_day(a_day(strategy, seed), strategy, block, facts(EXPIRY_DAY))
    assert before.n_positions.mean() > 0.9, "a test that never trades proves nothing"
    compared = 0
    for cut in (1_500, 9_000, 20_500):
        after = run_day(a_day(strategy, seed, cut), strategy, block, facts(EXPIRY_DAY))
        early, late = (result.fills[result.fills["fill_s"] <= cut] for result in (before, after))
        assert np.array_equal(early, late)
        compared += len(early)
    assert compared > 300


@every_strategy
def test_a_block_may_be_cut_and_turned_around(strategy: Strategy) -> None:
    today = a_day(strategy, 3)
    block = whole_block(strategy)
    whole = numbers(run_day(today, strategy, block, facts(EXPIRY_DAY)))
    assert whole[0].any()
    for size, upto in ((1, 21), (7, len(block))):
        starts = range(0, upto, size)
        parts = [
            numbers(run_day(today, strategy, block.rows(range(at, min(at + size, upto))), facts(EXPIRY_DAY)))
            for at in starts
        ]
        assert np.array_equal(np.concatenate(parts, axis=1), whole[:, :upto])
    turned = block.rows(range(len(block) - 1, -1, -1))
    assert np.array_equal(numbers(run_day(today, strategy, turned, facts(EXPIRY_DAY))), whole[:, ::-1])


@every_strategy
def test_the_same_block_gives_the_same_bytes(strategy: Strategy) -> None:
    today, block = a_day(strategy, 4), whole_block(strategy)
    first, second = (run_day(today, strategy, block, facts(EXPIRY_DAY)) for _ in range(2))
    assert len(first.fills) > 100
    assert first.fills.tobytes() == second.fills.tobytes()
    assert first.charges.tobytes() == second.charges.tobytes()
