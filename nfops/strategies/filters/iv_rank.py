"""Only when implied volatility stands high, or low, among that of the days before."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from nfops.strategies.entry.volatility import straddle_volatility
from nfops.strategies.filters.base import EXPIRY, MAX_AGE, Filter, bounds, inside, param, refused
from nfops.strategies.legs import Codes
from nfops.strategies.signals import Signals, View, is_open
from nfops.types import SKIPS, FloatArray, Int64Array

LEAST, MOST = bounds("iv_rank", "percent", "share of the days before with a lower implied volatility", high=100)
AT: Final = param("iv_rank_at", "clock", "09:30", "time at which implied volatilities are taken, today and before")
DAYS: Final = param("iv_rank_days", "count", 20, "packed days before that are compared with", low=2, high=1000)
NO_IV, NO_HISTORY = SKIPS.index("no_iv"), SKIPS.index("no_history")
NOTHING: Final = np.zeros(0)


def _judge(view: View, codes: Codes, signals: Signals) -> Int64Array:
    """Judge by the rank; an entry before its time cannot know it, and has no implied volatility."""
    today = volatility_at(view, codes[AT.path])
    if math.isnan(today):
        return np.full(len(signals.second), NO_IV)
    past = _past(view, codes)
    known = past[~np.isnan(past)]
    reasons = np.full(len(signals.second), NO_HISTORY)
    # Half of the days asked for must have one.
    if 2 * len(known) >= codes[DAYS.path]:
        lower = int((known < today).sum()) * 10_000
        kept = inside(lower, codes[LEAST.path], codes[MOST.path], len(known))
        reasons = refused(IV_RANK.name, np.broadcast_to(kept, signals.second.shape))
    return np.where(signals.second < view.second(codes[AT.path]), NO_IV, reasons).astype(np.int64)


def volatility_at(view: View, clock: int) -> float:
    """Implied volatility at the money at a time of day, or NaN."""
    return straddle_volatility(view, view.second(clock)) if is_open(view, clock) else math.nan


def past_key(codes: Codes) -> tuple[int, int, int]:
    """Name the implied volatilities of earlier days that a set of parameters looks back on."""
    return codes[AT.path], codes[EXPIRY], codes[MAX_AGE]


def _past(view: View, codes: Codes) -> FloatArray:
    earlier = view.day.earlier
    return (earlier.volatilities.get(past_key(codes), NOTHING) if earlier else NOTHING)[-codes[DAYS.path] :]


IV_RANK: Final = Filter(
    "filter_iv_rank",
    "implied volatility ranks outside the range among the days before",
    (LEAST, MOST, AT, DAYS),
    (LEAST, MOST),
    by_second=_judge,
)
