"""The capital of a day: the most that any position of a trial blocked, from the fills that opened it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nfops.costs.margin import (
    FIXED,
    FIXED_RUPEES,
    MODEL,
    PRICE,
    SPAN,
    UNITS,
    capital_of,
)
from nfops.engine.ground import Ground
from nfops.jit import inner, jit
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.types import MISSING, OFF, REASONS, Int64Array, Records

ENTRY: Final = REASONS.index("entry")

TRIAL, POSITION, DECIDED, CONTRACT, HELD, PAID = range(6)
"""Columns of the fills that open positions; HELD: units, negative when sold."""


class MarginRoom(NamedTuple):
    """Room in which a position is margined."""

    legs: Int64Array  # (L, 7) of nfops.costs.margin
    refs: Int64Array  # (M,)
    fractions: Int64Array  # (5,)


def margin_room(legs: int, markets: int) -> MarginRoom:
    """Make room for positions of ``legs`` legs in ``markets`` indices."""
    return MarginRoom(np.zeros((legs, 7), np.int64), np.zeros(markets, np.int64), np.zeros(5, np.int64))


def fixed_capital(block: ParamBlock) -> Int64Array | None:
    """Give the fixed sums in paise ``(P,)``, MISSING for trials that want the estimate; None when all do."""
    fixed = block.column(MODEL) == FIXED
    return np.where(fixed, block.column(FIXED_RUPEES), MISSING).astype(np.int64) if fixed.any() else None


def tell(facts: DayFacts, fixed: Int64Array | None, capital: Int64Array) -> None:
    """Write to ``capital`` (P,) what a result tells: MISSING without fractions, the fixed sum where one is asked."""
    if facts.margins is None:
        capital[:] = MISSING
    if fixed is not None:
        capital[:] = np.where(fixed == MISSING, capital, fixed)


def opening_of(fills: Records, lot: Int64Array) -> Int64Array:
    """Pick the fills that open positions as integers ``(N, 6)``, columns above."""
    rows = fills[fills["reason"] == ENTRY]
    units = rows["side"] * rows["lots"].astype(np.int64) * lot[rows["contract"]]
    said = [rows[name] for name in ("trial", "position", "decision_s", "contract")]
    return np.stack([*said, units, rows["price_paise"]], axis=1).astype(np.int64)


@inner
def set_leg(ground: Ground, room: MarginRoom, leg: int, contract: int, units: int, price: int) -> None:
    """Describe a leg of the position that is margined; ``units`` are negative when sold."""
    for column in range(room.legs.shape[1]):
        room.legs[leg, column] = ground.margined[contract, column]
    room.legs[leg, UNITS], room.legs[leg, PRICE] = units, price


@inner
def blocked(ground: Ground, room: MarginRoom, count: int, age: int, decided: int, span: int) -> int:
    """Capital of a position of ``count`` legs; ``age``: row of ``ground.ref``, ``span``: move of the index or OFF."""
    for at in range(len(room.fractions)):
        room.fractions[at] = ground.fractions[at]
    if span != OFF:
        room.fractions[SPAN] = span
    for market in range(len(room.refs)):
        room.refs[market] = ground.ref[age, market, decided]
    return capital_of(room.legs[:count], room.refs, room.fractions)


@jit
def dearest(
    ground: Ground, opening: Int64Array, ages: Int64Array, spans: Int64Array, room: MarginRoom, out: Int64Array
) -> None:
    """Write the greatest capital of each trial's positions to ``out`` (P,).

    One position is open at a time, so the dearest one is the most that was blocked at once.

    Parameters
    ----------
    opening
        ``(N, 6)``, columns above; in order of execution, so that the fills that open a position stand together.
    ages, spans
        ``(P,)``: row of ``ground.ref``, move of the index or OFF.
    """
    first = 0
    for end in range(1, len(opening) + 1):
        trial, position = opening[first, TRIAL], opening[first, POSITION]
        if end < len(opening) and opening[end, TRIAL] == trial and opening[end, POSITION] == position:
            continue
        for leg in range(end - first):
            row = opening[first + leg]
            set_leg(ground, room, leg, row[CONTRACT], row[HELD], row[PAID])
        capital = blocked(ground, room, end - first, ages[trial], opening[first, DECIDED], spans[trial])
        out[trial] = max(out[trial], capital)
        first = end
