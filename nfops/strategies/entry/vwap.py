"""The index far from the day's average price, at a time of day."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.params import SCALE, Param
from nfops.strategies.entry.clock import AT
from nfops.strategies.legs import Codes
from nfops.strategies.signals import QUIET, EntryRule, Signals, View, at_clock, is_open, outside
from nfops.types import MISSING

THRESHOLD: Final = Param(
    "strategy.entry.threshold", "fraction", 0.003, "distance from the average as a share of it", high=1
)


def _find(view: View, codes: Codes) -> Signals:
    """Above the average means down, below it up."""
    clock = codes[AT.path]
    if not is_open(view, clock):
        return outside()
    second = view.second(clock)
    ref = int(view.ref.price[second])
    total, weight = average(view, second)
    off = ref * weight - total
    if ref == MISSING or abs(off) * SCALE["fraction"] <= int(codes[THRESHOLD.path]) * total:
        return at_clock(view, clock, own=QUIET)
    return at_clock(view, clock, direction=-1 if off > 0 else 1)


def average(view: View, second: int) -> tuple[int, int]:
    """Numerator and denominator of the average over the seconds up to this one: of the near future by its volume.

    Without a trade of the future it is the mean of the known index.
    """
    trades, future = view.day.arrays.trades, len(view.day.arrays.strike) - 1
    if view.day.future_expiry is not None:
        here = slice(trades.start[future], trades.start[future + 1])
        until = trades.second[here] <= second
        volume = trades.value[here][until].astype(np.int64)
        price = view.day.arrays.last[future, trades.second[here][until]].astype(np.int64)
        volume[price == MISSING] = 0
        if volume.any():
            return int((price * volume).sum()), int(volume.sum())
    known = view.ref.price[: second + 1]
    known = known[known != MISSING].astype(np.int64)
    return int(known.sum()), len(known)


VWAP: Final = EntryRule(
    "vwap",
    "at a time of day: back to the day's average price when the index stands far from it",
    (Param(AT.path, AT.kind, "13:00", AT.doc), THRESHOLD),
    _find,
    gives="direction",
)
