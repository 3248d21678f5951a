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
MOST_LEGS: Final = 8


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
            fills,
            _legs(day, ground),
            ground.lot,
            ground.ref,
            ages.astype(np.int64),
            np.where(spans == OFF, facts.margins.span, spans).astype(np.int64),
            margin_vector(facts.margins),
            found,
        )
    return np.where(block.column(MODEL) == FIXED, block.column(FIXED_RUPEES), found).astype(np.int64)


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
    fills: Records,
    contracts: Int64Array,
    lot: Int64Array,
    ref: Int32Array,
    ages: Int64Array,
    spans: Int64Array,
    fractions: Int64Array,
    out: Int64Array,
) -> None:
    """Write the greatest capital of each trial's positions to ``out`` (P,)."""
    legs, refs, own = np.empty((MOST_LEGS, 7), np.int64), np.empty(ref.shape[1], np.int64), fractions.copy()
    at = 0
    while at < len(fills):
        if fills[at]["reason"] != ENTRY:
            at += 1
            continue
        trial, position, count = fills[at]["trial"], fills[at]["position"], 0
        for market in range(len(refs)):
            refs[market] = ref[ages[trial], market, fills[at]["decision_s"]]
        while (
            at < len(fills)
            and fills[at]["reason"] == ENTRY
            and fills[at]["trial"] == trial
            and fills[at]["position"] == position
        ):
            contract = fills[at]["contract"]
            legs[count] = contracts[contract]
            legs[count, UNITS] = fills[at]["side"] * fills[at]["lots"] * lot[contract]
            legs[count, PRICE] = fills[at]["price_paise"]
            count, at = count + 1, at + 1
        own[SPAN] = spans[trial]
        out[trial] = max(out[trial], capital_of(legs[:count], refs, own))
