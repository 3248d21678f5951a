"""A quick move of the index on rising option volume."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.daycache.chain import DayArrays
from nfops.daycache.lookup import volume
from nfops.jit import jit
from nfops.params import SCALE, Param
from nfops.strategies.choosing import at_the_money
from nfops.strategies.legs import Codes
from nfops.strategies.signals import NOTHING, UNBOUNDED, EntryRule, Signals, View, signals
from nfops.types import MISSING, OFF, Int32Array, Int64Array

THRESHOLD: Final = Param(
    "strategy.entry.threshold_pts",
    "points",
    None,
    "least move of the index; null: 3 for BANKNIFTY, 1.5 for others",
    high=100_000,
    nullable=True,
)
SHORT: Final = Param("strategy.entry.short_s", "seconds", 3, "time of the move", low=1, high=86_400)
MULT: Final = Param("strategy.entry.vol_mult", "fraction", 1.05, "volume of the move over the usual volume", high=1000)
BASE: Final = Param("strategy.entry.base_s", "seconds", 20, "time over which volume is usual", low=1, high=86_400)
_MILLION: Final = SCALE["fraction"]


def _find(view: View, codes: Codes) -> Signals:
    if view.expiry == MISSING:
        return NOTHING
    threshold = codes[THRESHOLD.path]
    if threshold == OFF:
        threshold = 300 if view.day.symbol == "BANKNIFTY" else 150
    direction = np.zeros(view.day.seconds, np.int64)
    moves(
        view.day.arrays,
        view.expiry,
        view.ref.price,
        view.day.session.next_trading,
        threshold,
        codes[SHORT.path],
        codes[MULT.path],
        codes[BASE.path],
        direction,
    )
    at = np.flatnonzero(direction)
    return signals(at, direction=direction[at])


@jit
def moves(
    arrays: DayArrays,
    expiry: int,
    ref: Int32Array,
    next_trading: Int32Array,
    threshold: int,
    short: int,
    mult: int,
    base: int,
    out: Int64Array,
) -> None:
    """Write the direction of the move at each second that has one to ``out`` (S,)."""
    for second in range(max(short, base - 1), len(ref)):
        if next_trading[second] != second or ref[second] == MISSING or ref[second - short] == MISSING:
            continue
        move = ref[second] - ref[second - short]
        if abs(move) < threshold or move == 0:
            continue
        call = at_the_money(arrays, expiry, second, ref[second], 1)
        if call == MISSING:
            continue
        quick = usual = 0
        for contract in (call, call + 1):
            quick += volume(arrays.trades, contract, second - short, second)
            usual += volume(arrays.trades, contract, second - base, second)
        if quick * base * _MILLION > mult * short * usual:
            out[second] = 1 if move > 0 else -1


MOMENTUM: Final = EntryRule(
    "momentum",
    "with a quick move of the index while options at the money trade more than usual",
    (THRESHOLD, SHORT, MULT, BASE),
    _find,
    entries=UNBOUNDED,
    scans=True,
    needs_ticks=True,
    gives="direction",
    sees="expiry",
)
