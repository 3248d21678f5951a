"""What strategies and filters that look back on earlier days want to know of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nfops.daycache import ChainDay, is_incomplete, reference
from nfops.engine.entries import PAST_PATHS, past_key, view_of
from nfops.engine.study import EXPIRY, MAX_AGE
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies.entry.volatility import straddle_volatility
from nfops.strategies.filters import GAP, IV_RANK, iv_rank, used
from nfops.strategies.filters import PARAMS as FILTER_PARAMS
from nfops.strategies.signals import View, is_open
from nfops.types import MISSING

AT = PAST_PATHS[0]

LOOKING_BACK = (*PAST_PATHS, *(param.path for param in FILTER_PARAMS))
"""Parameters that decide what is asked of earlier days."""


class Noted(NamedTuple):
    """What filters will ask of a day once it is over."""

    closes: dict[int, int]
    """Last known reference in paise by the greatest age; none on an incomplete day, whose close was not seen."""
    volatilities: dict[tuple[int, int, int], float]
    """Implied volatilities at the money by :func:`~nfops.strategies.filters.iv_rank.past_key`; NaN where none is."""


def days_back(block: ParamBlock) -> int:
    """Packed days before a day that the filters of a block look at; 0 when none looks back."""
    names = {known.name for known in used(block)}
    longest = int(block.column(iv_rank.DAYS.path).max()) if IV_RANK.name in names else 0
    return max(longest, 1 if GAP.name in names else 0)


def noted(day: ChainDay, facts: DayFacts, block: ParamBlock) -> Noted:
    """Note of a day what the filters of a block may ask of it on later days."""
    paths = (iv_rank.AT.path, EXPIRY, MAX_AGE)
    closes, volatilities = {}, {}
    for row in sorted({tuple(row) for row in block.columns(paths).tolist()}):
        codes = dict(zip(paths, row, strict=True))
        ref = reference(day, codes[MAX_AGE])
        known = np.flatnonzero(ref.price != MISSING)
        if len(known) and not is_incomplete(day, ref, codes[MAX_AGE]):
            closes[codes[MAX_AGE]] = int(ref.price[known[-1]])
        view = view_of(replace(day, companion=None), facts, block, codes, [ref])
        volatilities[iv_rank.past_key(codes)] = iv_rank.volatility_at(view, codes[iv_rank.AT.path])
    return Noted(closes, volatilities)


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
