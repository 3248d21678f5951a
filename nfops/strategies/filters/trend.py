"""Only while the index stands on one side of its open, or far from it, or near it."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.strategies.filters.base import Filter, bounds, first_known, inside, refused
from nfops.strategies.legs import Codes
from nfops.strategies.signals import Signals, View
from nfops.types import MISSING, Int64Array

FROM, TO = bounds("trend", "percent", "move of the index since its first price, up positive", low=-100, high=100)
LEAST, MOST = bounds("move", "percent", "distance of the index from its first price, either way", high=100)


def _trend(view: View, codes: Codes, signals: Signals) -> Int64Array:
    moved, scale = _moved(view, signals.second)
    return refused(TREND.name, inside(moved, codes[FROM.path], codes[TO.path], scale))


def _move(view: View, codes: Codes, signals: Signals) -> Int64Array:
    moved, scale = _moved(view, signals.second)
    return refused(MOVE.name, inside(abs(moved), codes[LEAST.path], codes[MOST.path], scale))


def _moved(view: View, seconds: Int64Array) -> tuple[Int64Array, int]:
    """Return moves ``(N,)`` in hundredths of a percent of the first price, times that price.

    Where the index is not known the entry is skipped before any filter is asked.
    """
    opened = first_known(view)
    now = view.ref.price[seconds].astype(np.int64)
    return np.where(now == MISSING, 0, (now - opened) * 10_000).astype(np.int64), opened


TREND: Final = Filter(
    "filter_trend", "the move since the open is outside the range", (FROM, TO), (FROM, TO), by_second=_trend
)
MOVE: Final = Filter(
    "filter_move", "the distance from the open is outside the range", (LEAST, MOST), (LEAST, MOST), by_second=_move
)
