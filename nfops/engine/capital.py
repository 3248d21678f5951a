"""The capital of a day: the most that any position of a trial blocked, from the fills that opened it."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.costs.margin import (
    FIXED,
    FIXED_RUPEES,
    MODEL,
    PRICE,
    SPAN,
    SPAN_PCT,
    UNITS,
    capital_of,
    margin_vector,
)
from nfops.daycache import ChainDay
from nfops.engine.ground import Ground
from nfops.jit import jit
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.types import MISSING, OFF, REASONS, Int32Array, Int64Array, Records

ENTRY: Final = REASONS.index("entry")

TRIAL, POSITION, DECIDED, CONTRACT, HELD, PAID = range(6)
"""Columns of the fills that open positions; HELD: units, negative when sold."""


def capitals(
    block: ParamBlock, day: ChainDay, facts: DayFacts, ground: Ground, fills: Records, ages: Int64Array
) -> Int64Array:
    """Return the capital of each trial ``(P,)`` in paise: its dearest position's, or the fixed sum; MISSING: unknown.

    One position is open at a time, so the dearest one is the most that was blocked at once. ``ages`` (P,) are rows of
    ``ground.ref``; ``fills`` are in order of execution, so the fills that open a position stand together.
    """
    found = np.full(len(block), MISSING if facts.margins is None else 0, np.int64)
    if facts.margins is not None:
        spans = block.column(SPAN_PCT)
        dearest(
            _opening(fills, ground.lot),
            _legs(day, ground),
            ground.ref,
            ages.astype(np.int64),
            np.where(spans == OFF, facts.margins.span, spans).astype(np.int64),
            margin_vector(facts.margins),
            np.empty((int(fills["leg"].max(initial=0)) + 1, 7), np.int64),
            found,
        )
    return np.where(block.column(MODEL) == FIXED, block.column(FIXED_RUPEES), found).astype(np.int64)


def _opening(fills: Records, lot: Int64Array) -> Int64Array:
    """Pick the fills that open positions as integers ``(N, 6)``, columns above."""
    rows = fills[fills["reason"] == ENTRY]
    units = rows["side"] * rows["lots"].astype(np.int64) * lot[rows["contract"]]
    said = [rows[name] for name in ("trial", "position", "decision_s", "contract")]
    return np.stack([*said, units, rows["price_paise"]], axis=1).astype(np.int64)


def _legs(day: ChainDay, ground: Ground) -> Int64Array:
    """Describe each option as a leg ``(C, 7)`` of nothing at no price; the future opens no position."""
    days = [day, *([day.companion.day] if day.companion else [])]
    expiries = [(market, expiry == day.date) for market, of in enumerate(days) for expiry in of.expiries]
    arrays, count = ground.arrays, int(ground.arrays.base[-1])
    place = np.repeat(np.arange(len(expiries)), np.diff(arrays.base))
    market, today = np.array(expiries, np.int64)[place].T
    nothing = np.zeros(count, np.int64)
    return np.stack([market, place, today, arrays.right[:count], arrays.strike[:count], nothing, nothing], axis=1)


@jit
def dearest(
    opening: Int64Array,
    contracts: Int64Array,
    ref: Int32Array,
    ages: Int64Array,
    spans: Int64Array,
    fractions: Int64Array,
    legs: Int64Array,
    out: Int64Array,
) -> None:
    """Write the greatest capital of each trial's positions to ``out`` (P,).

    ``opening`` (N, 6), columns above; ``legs`` is room for as many as a position has.
    """
    refs, own = np.empty(ref.shape[1], np.int64), fractions.copy()
    first = 0
    for end in range(1, len(opening) + 1):
        trial, position = opening[first, TRIAL], opening[first, POSITION]
        if end < len(opening) and opening[end, TRIAL] == trial and opening[end, POSITION] == position:
            continue
        own[SPAN] = spans[trial]
        for market in range(len(refs)):
            refs[market] = ref[ages[trial], market, opening[first, DECIDED]]
        for leg in range(end - first):
            legs[leg] = contracts[opening[first + leg, CONTRACT]]
            legs[leg, UNITS], legs[leg, PRICE] = opening[first + leg, HELD], opening[first + leg, PAID]
        out[trial] = max(out[trial], capital_of(legs[: end - first], refs, own))
        first = end
