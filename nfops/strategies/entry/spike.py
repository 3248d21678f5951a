"""A minute of unusual option volume."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.daycache.chain import DayArrays
from nfops.daycache.lookup import volume
from nfops.jit import jit
from nfops.params import SCALE, Param
from nfops.strategies.choosing import at_the_money
from nfops.strategies.legs import Codes
from nfops.strategies.signals import NOTHING, EntryRule, Signals, View, signals
from nfops.types import MISSING, Int32Array, Int64Array

MULT: Final = Param("strategy.entry.mult", "fraction", 4, "a minute's volume over the mean before", high=1000)
LOOKBACK: Final = Param("strategy.entry.lookback", "count", 5, "minutes of the mean", low=1, high=1000)
MINUTE: Final = 60
_MILLION: Final = SCALE["fraction"]


def _find(view: View, codes: Codes) -> Signals:
    if view.expiry == MISSING:
        return NOTHING
    direction = np.zeros(view.day.seconds, np.int64)
    spikes(view.day.arrays, view.expiry, view.ref.price, codes[MULT.path], codes[LOOKBACK.path], direction)
    at = np.flatnonzero(direction)
    at = at[view.day.session.next_trading[at] == at]
    return signals(at, direction=direction[at])


@jit
def spikes(arrays: DayArrays, expiry: int, ref: Int32Array, mult: int, lookback: int, out: Int64Array) -> None:
    """Write the direction of each minute that spikes at its last second to ``out`` (S,)."""
    for second in range(MINUTE * (lookback + 1) - 1, len(ref), MINUTE):
        start = second - MINUTE
        if ref[second] == MISSING or ref[start + 1] == MISSING or ref[second] == ref[start + 1]:
            continue
        call = at_the_money(arrays, expiry, second, ref[second], 1)
        if call == MISSING:
            continue
        now = before = 0
        for contract in (call, call + 1):
            now += volume(arrays.trades, contract, start, second)
            before += volume(arrays.trades, contract, start - MINUTE * lookback, start)
        if now * lookback * _MILLION > mult * before:
            out[second] = 1 if ref[second] > ref[start + 1] else -1


SPIKE: Final = EntryRule(
    "spike",
    "with the index at the end of a minute in which options at the money traded much more than before",
    (MULT, LOOKBACK),
    _find,
    scans=True,
    needs_ticks=True,
    gives="direction",
    sees="expiry",
)
