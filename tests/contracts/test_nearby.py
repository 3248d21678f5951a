"""What the disk is asked for beforehand holds what is traded; a guess that misses it would only cost time."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.daycache import ChainDay, parts_of
from nfops.engine import nearby, reach_of, run_day
from nfops.params import Value
from nfops.strategies import Strategy, strategy
from tests.contracts.test_scope import a_day
from tests.contracts.test_strategies import every_strategy, whole_block
from tests.days import EXPIRY_DAY, facts, full_day, market_rows

FACTS = facts(EXPIRY_DAY)


def rows_in(day: ChainDay, parts: list[np.ndarray]) -> set[int]:
    """Contracts whose prices are among ``parts``."""
    return {
        contract
        for contract in range(len(day.arrays.last))
        for part in parts
        if np.may_share_memory(part, day.arrays.last[contract])
    }


@every_strategy
def test_traded_contracts_are_asked_for(strategy: Strategy) -> None:
    day, block = a_day(strategy, 6), whole_block(strategy)
    parts = list(nearby(day, reach_of(strategy, block), FACTS.strike_step))
    result = run_day(day, strategy, block, FACTS)
    options = result.fills["contract"][result.fills["contract"] < day.arrays.base[-1]]
    assert len(options) > 0
    assert set(options.tolist()) <= rows_in(day, parts)


@pytest.mark.parametrize(
    ("fixed", "strikes"),
    [
        ({}, 2),
        ({"strategy.legs.offset": -3}, 5),
        ({"strategy.legs.otm": 4}, 6),
        ({"strategy.legs.premium": 50}, None),
        ({"strategy.legs.delta": 0.3}, None),
    ],
)
def test_a_block_reaches_as_far_as_it_chooses_strikes(fixed: dict[str, Value], strikes: int | None) -> None:
    straddle = strategy("short_strangle")
    measures = dict.fromkeys(("strategy.legs.premium", "strategy.legs.delta", "strategy.legs.otm"))
    block = straddle.schema.grid({}, {**measures, **fixed}).block(0, 1)
    day = full_day(*market_rows(1))
    reach = reach_of(straddle, block)
    parts = list(nearby(day, reach, FACTS.strike_step))
    if strikes is None:
        assert reach is None
        assert len(parts) == len(list(parts_of(day)))
        return
    index = day.spot.price[day.spot.price > 0]
    far = strikes * FACTS.strike_step
    inside = (day.arrays.strike >= index.min() - far) & (day.arrays.strike < index.max() + far)
    assert rows_in(day, parts) == set(np.flatnonzero(inside).tolist())
    assert 0 < inside.sum() < len(inside)


def test_without_an_index_everything_is_asked_for() -> None:
    day = full_day(market_rows(1)[0], None)
    parts = list(nearby(day, reach_of(strategy("short_straddle"), whole_block(strategy("short_straddle"))), 5_000))
    assert rows_in(day, parts) == set(range(len(day.arrays.last)))
