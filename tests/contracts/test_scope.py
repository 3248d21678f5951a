"""A strategy trades a day without the expiries that it does not look at as it trades the whole day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from nfops.daycache import ChainDay, Companion, narrowed
from nfops.engine import blotter, described, run_day, scoped
from nfops.params import ParamBlock, Value
from nfops.strategies import Strategy, strategy
from nfops.strategies.choosing import NEXT
from nfops.strategies.hedge import EVERY
from tests.contracts.test_strategies import every_strategy, numbers, whole_block
from tests.days import EXPIRY_DAY, facts, full_day, market_rows
from tests.naive.markets import SamePast

FACTS = facts(EXPIRY_DAY)
NEAR, LATER = (FACTS.expiry(which) for which in "01")


def a_day(rule: Strategy, seed: int) -> ChainDay:
    """A day of two expiries and a future, with its companion where two indices are traded."""
    past = np.random.default_rng(seed).normal(0.2, 0.05, (30, 2))
    other = Companion(full_day(*market_rows(seed + 50)), FACTS, SamePast(past=past)) if rule.in_money else None
    return full_day(*market_rows(seed), other, future=not rule.in_money)


def scope_of(day: ChainDay, rule: Strategy, block: ParamBlock) -> ChainDay:
    """The day, and its companion, as a sweep loads them."""
    few = scoped(day, rule, block, FACTS)
    if day.companion is None:
        return few
    return replace(few, companion=replace(day.companion, day=scoped(day.companion.day, rule, block, FACTS)))


def traded(day: ChainDay, rule: Strategy, block: ParamBlock) -> tuple[np.ndarray, dict[str, list[int]], pl.DataFrame]:
    """What a block comes to, what it did not enter, and its fills as people read them."""
    result = run_day(day, rule, block, FACTS)
    fills = blotter([described(result, day, FACTS, np.arange(len(block)))])
    return numbers(result), {reason: counts.tolist() for reason, counts in result.skips.items()}, fills


@every_strategy
@pytest.mark.parametrize("which", ["0", "1"])
def test_what_is_left_out_changes_no_trade(strategy: Strategy, which: str) -> None:
    day, block = a_day(strategy, 5), whole_block(strategy, **{"strategy.expiry": which})
    few = scope_of(day, strategy, block)
    both = bool(strategy.legs.layout[:, NEXT].any()) and which == "0"
    if strategy.entry.sees == "expiry" and EVERY not in strategy.defaults and not both:
        assert few.expiries == ((NEAR,) if which == "0" else (LATER,))
        assert len(few.arrays.last) < len(day.arrays.last) / 2 + 1
    else:
        assert few.expiries == (NEAR, LATER)
    whole, seen = traded(day, strategy, block), traded(few, strategy, block)
    assert which == "1" or whole[2].height > 100
    assert np.array_equal(seen[0], whole[0])
    assert seen[1] == whole[1]
    assert seen[2].equals(whole[2])


def of(**fixed: Value) -> ParamBlock:
    """One set of a straddle, or one for each value of a list."""
    axes = {path: value for path, value in fixed.items() if isinstance(value, list)}
    rest = {path: value for path, value in fixed.items() if path not in axes}
    grid = strategy("short_straddle").schema.grid(axes, rest)
    return grid.block(0, len(grid))


@pytest.mark.parametrize(
    ("block", "left"),
    [
        (of(**{"strategy.expiry": "0"}), (NEAR,)),
        (of(**{"strategy.expiry": ["0", "1"]}), (NEAR, LATER)),
        (of(**{"strategy.expiry": "2"}), (NEAR, LATER)),  # not in the day, which is then left as it is
        (of(**{"strategy.hedge.hedge_s": [None, 60]}), (NEAR, LATER)),
    ],
)
def test_what_any_row_may_trade_stays(block: ParamBlock, left: tuple[object, ...]) -> None:
    day = full_day(*market_rows(2), future=True)
    few = scoped(day, strategy("short_straddle"), block, FACTS)
    assert few.expiries == left
    assert (few is day) == (left == (NEAR, LATER) and len(few.arrays.last) == len(day.arrays.last))


def test_without_an_index_all_expiries_may_say_where_it_stands() -> None:
    rows, _ = market_rows(2)
    day = full_day(rows, None)
    assert scoped(day, strategy("short_straddle"), of(), FACTS) is day


def test_a_narrow_day_holds_the_same_numbers_without_a_copy() -> None:
    day = full_day(*market_rows(2), future=True)
    first, end = day.arrays.base[1:].tolist()
    few = narrowed(day, [LATER])
    assert few.arrays.base.tolist() == [0, end - first]
    assert np.shares_memory(few.arrays.last, day.arrays.last)
    assert np.array_equal(few.arrays.last, day.arrays.last[first:end])
    for name in ("strike", "right"):
        assert np.array_equal(getattr(few.arrays, name), getattr(day.arrays, name)[first:end])
    for name in ("trades", "oi", "bid", "ask"):
        here, there = getattr(few.arrays, name), getattr(day.arrays, name)
        assert len(here.second) == there.start[end] - there.start[first] > 0
        for at in range(end - first):
            mine, whole = slice(*here.start[at : at + 2]), slice(*there.start[first + at : first + at + 2])
            assert np.array_equal(here.second[mine], there.second[whole])
            assert np.array_equal(here.value[mine], there.value[whole])
    assert not any(part.flags.writeable for part in (few.arrays.base, few.arrays.last, few.arrays.trades.start))
