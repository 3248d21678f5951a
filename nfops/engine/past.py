"""What a strategy that looks back on earlier days wants to know of each."""

from __future__ import annotations

from typing import Any

from nfops.daycache import ChainDay, reference
from nfops.engine.entries import MAX_AGE, PAST_PATHS, past_key, view_of
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies.entry.volatility import straddle_volatility
from nfops.strategies.signals import View, is_open

AT = PAST_PATHS[0]


def past_keys(block: ParamBlock) -> list[dict[str, Any]]:
    """Return the distinct codes of a block that the past depends on."""
    distinct = sorted({tuple(row) for row in block.columns(PAST_PATHS).tolist()})
    return [dict(zip(PAST_PATHS, row, strict=True)) for row in distinct]


def past_of(day: ChainDay, facts: DayFacts, block: ParamBlock) -> dict[tuple[int, ...], tuple[float, float]]:
    """Give the volatilities of a day and of its companion for each of the keys; NaN where there is none."""
    found = {}
    for codes in past_keys(block):
        assert day.companion is not None  # noqa: S101 - whoever looks back has one
        references = [reference(of, codes[MAX_AGE]) for of in (day, day.companion.day)]
        view = view_of(day, facts, block, codes, references)
        assert view.companion is not None  # noqa: S101
        found[past_key(codes)] = _at(view, codes[AT]), _at(view.companion, codes[AT])
    return found


def _at(view: View, clock: int) -> float:
    return straddle_volatility(view, view.second(clock)) if is_open(view, clock) else float("nan")
