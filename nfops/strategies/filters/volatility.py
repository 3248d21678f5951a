"""Only while the day has been calm, or wild, so far."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.jit import jit
from nfops.params import SCALE
from nfops.strategies.entry.volatility import realised_volatility
from nfops.strategies.filters.base import Filter, bounds, inside, param, refused
from nfops.strategies.legs import Codes
from nfops.strategies.signals import Signals, View
from nfops.types import SKIPS, FloatArray, Int32Array, Int64Array

LEAST, MOST = bounds("rv", "fraction", "realised volatility of the day so far, per year", high=10)
STEP: Final = param("rv_step_s", "seconds", 60, "length of the returns it is made of", low=1, high=86_400)


def _judge(view: View, codes: Codes, signals: Signals) -> Int64Array:
    realised = np.empty(len(signals.second))
    so_far(view.ref.price, signals.second, codes[STEP.path], realised)
    kept = inside(realised, codes[LEAST.path], codes[MOST.path], 1 / SCALE["fraction"])
    return np.where(np.isnan(realised), SKIPS.index("no_rv"), refused(VOLATILITY.name, kept)).astype(np.int64)


@jit
def so_far(ref: Int32Array, seconds: Int64Array, step: int, out: FloatArray) -> None:
    """Write the realised volatility from the open to each of ``seconds`` (N,) to ``out`` (N,), NaN where unknown."""
    for at in range(len(seconds)):
        out[at] = realised_volatility(ref, seconds[at], seconds[at], step)


VOLATILITY: Final = Filter(
    "filter_volatility",
    "the day's realised volatility so far is outside the range",
    (LEAST, MOST, STEP),
    (LEAST, MOST),
    by_second=_judge,
)
