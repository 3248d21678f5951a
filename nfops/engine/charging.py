"""Charges of fills, and what they add to the numbers of their trials (SPEC 8)."""

from __future__ import annotations

import numpy as np

from nfops.costs import exercise_parts, order_parts, round_parts
from nfops.engine.ground import Ground
from nfops.engine.leg_kernels import SETTLEMENT
from nfops.engine.passage_state import N_COST, N_FALLBACK, N_FILLS, N_GROSS, N_STALE
from nfops.jit import jit
from nfops.types import FALLBACK, STALE_EXIT, Int64Array, Records


def settle(ground: Ground, fills: Records, tariffs: Int64Array, of_trial: Int64Array) -> Int64Array:
    """Charges of each fill ``(N, 7)`` in paise; ``tariffs`` (2, T, ...), ``of_trial`` (P,) says whose is which."""
    charges = np.zeros((len(fills), 7), np.int64)
    hedges = (fills["contract"] >= ground.arrays.base[-1]).astype(np.int64)
    settled_at = np.append(ground.settle_at, 0)[fills["contract"]]
    charge(fills, fill_units(ground, fills), hedges, tariffs, of_trial, settled_at, charges)
    return charges


def fill_units(ground: Ground, fills: Records) -> Int64Array:
    """Units in a lot of each fill; hedges are counted in units."""
    return np.asarray(np.append(ground.lot, 1)[fills["contract"]], np.int64)


@jit
def charge(
    fills: Records,
    units: Int64Array,
    segment: Int64Array,
    tariffs: Int64Array,
    of_trial: Int64Array,
    settled_at: Int64Array,
    out: Int64Array,
) -> None:
    """Charge each fill by the tariff ``(2, T, ...)`` of its segment and trial; ``out`` (N, 7) in paise."""
    for at in range(len(fills)):
        fill, parts = fills[at], out[at]
        quantity = fill["lots"] * units[at]
        rates = tariffs[segment[at], of_trial[fill["trial"]]]
        if fill["reason"] == SETTLEMENT:
            exercise_parts(fill["price_paise"], settled_at[at], quantity, fill["side"] < 0, rates, parts)
        else:
            order_parts(fill["price_paise"], quantity, fill["side"], rates, parts)
        round_parts(parts, parts)


@jit
def tally(fills: Records, units: Int64Array, charges: Int64Array, numbers: Int64Array) -> None:
    """Add the money and the marks of fills to the numbers of their trials ``(P, 8)``."""
    for at in range(len(fills)):
        fill = fills[at]
        trial, quantity = fill["trial"], fill["lots"] * units[at]
        numbers[trial, N_GROSS] -= fill["side"] * fill["price_paise"] * quantity
        numbers[trial, N_COST] += charges[at].sum()
        numbers[trial, N_FILLS] += 1
        numbers[trial, N_FALLBACK] += (fill["flags"] & FALLBACK) > 0
        numbers[trial, N_STALE] += (fill["flags"] & STALE_EXIT) > 0
