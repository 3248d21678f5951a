"""The underlying's price at each second: the spot, or the parity forward of the options without it (SPEC 3.4)."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.daycache.chain import UNKNOWN_AGE, ChainDay, DayArrays, Reference
from nfops.daycache.lookup import age
from nfops.jit import jit
from nfops.types import MISSING, Int32Array, sealed

INCOMPLETE_S: Final = 600
"""A day is incomplete when its reference is silent for this long, or ``max_age_s`` if longer, before the close."""


def reference(day: ChainDay, max_age_s: int) -> Reference:
    """Return price and age ``(S,)`` of the underlying; the parity forward depends on how old its pair may be."""
    if day.spot is not None:
        return day.spot
    price = np.full(day.seconds, MISSING, np.int32)
    ages = np.full(day.seconds, UNKNOWN_AGE, np.int32)
    parity_reference(day.arrays, max_age_s, price, ages, np.empty(day.seconds, np.int32))
    return Reference(sealed(price), sealed(ages))


def is_incomplete(day: ChainDay, ref: Reference, max_age_s: int) -> bool:
    """Whether the reference has no row (the parity forward: is unknown) in the last ``max(600, max_age_s)`` seconds."""
    window = min(max(INCOMPLETE_S, max_age_s), day.seconds)
    if day.spot is None:
        return bool(np.all(ref.price[-window:] == MISSING))
    return bool(ref.age[-1] >= window)


@jit
def parity_reference(arrays: DayArrays, max_age_s: int, price: Int32Array, ages: Int32Array, gap: Int32Array) -> None:
    """Write the forward ``K + C - P`` at each second, of the nearest expiry with a fresh pair; ``price, ages`` (S,).

    Among the strikes of that expiry the one with the least ``|C - P|`` is taken, the lower one of equals. Seconds
    without a fresh pair keep what the arrays held. ``gap`` (S,) is room to work in.
    """
    for expiry in range(len(arrays.base) - 1):
        gap[:] = UNKNOWN_AGE
        for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
            _offer_pair(arrays, call, max_age_s, price, ages, gap)


@jit
def _offer_pair(
    arrays: DayArrays, call: int, max_age_s: int, price: Int32Array, ages: Int32Array, gap: Int32Array
) -> None:
    """Take one strike's pair wherever it is fresh and nearer than what this expiry offered before.

    ``gap`` is UNKNOWN_AGE where this expiry has offered nothing; a price already there is then a nearer expiry's.
    """
    trades, put = arrays.trades, call + 1
    at_call, end_call = trades.start[call], trades.start[call + 1]
    at_put, end_put = trades.start[put], trades.start[put + 1]
    seen_call = seen_put = -UNKNOWN_AGE
    for second in range(len(price)):
        while at_call < end_call and trades.second[at_call] <= second:
            seen_call = trades.second[at_call]
            at_call += 1
        while at_put < end_put and trades.second[at_put] <= second:
            seen_put = trades.second[at_put]
            at_put += 1
        older = second - min(seen_call, seen_put)
        if older > max_age_s or arrays.last[call, second] == MISSING or arrays.last[put, second] == MISSING:
            continue
        difference = arrays.last[call, second] - arrays.last[put, second]
        nearer_expiry = gap[second] == UNKNOWN_AGE and price[second] != MISSING
        if not nearer_expiry and abs(difference) < gap[second]:
            gap[second] = abs(difference)
            price[second] = arrays.strike[call] + difference
            ages[second] = older


@jit
def parity_forward(arrays: DayArrays, expiry: int, second: int, max_age_s: int) -> int:
    """Forward of one expiry at one second in paise, or MISSING without a fresh pair."""
    best, forward = UNKNOWN_AGE, MISSING
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        c, p = arrays.last[call, second], arrays.last[call + 1, second]
        if min(c, p) == MISSING or abs(c - p) >= best:
            continue
        if max(age(arrays.trades, call, second), age(arrays.trades, call + 1, second)) <= max_age_s:
            best, forward = abs(c - p), arrays.strike[call] + c - p
    return forward
