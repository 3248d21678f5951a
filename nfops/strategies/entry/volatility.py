"""Implied against realised volatility at a time of day."""

from __future__ import annotations

import math
from typing import Final

from nfops.daycache.chain import DayArrays
from nfops.daycache.reference import parity_forward
from nfops.jit import jit
from nfops.params import Param
from nfops.strategies.choosing import YEAR_S, at_the_money, volatility_of
from nfops.strategies.entry.clock import AT
from nfops.strategies.legs import Codes
from nfops.strategies.signals import QUIET, EntryRule, Signals, View, at_clock, is_open, outside
from nfops.types import MISSING, YEAR_DAYS, Int32Array

THRESHOLD: Final = Param(
    "strategy.entry.threshold", "fraction", 0.02, "implied less realised volatility beyond which it trades", high=10
)
WINDOW: Final = Param("strategy.entry.rv_s", "seconds", 2700, "window of the realised volatility", low=1, high=86_400)
STEP: Final = Param("strategy.entry.rv_step_s", "seconds", 60, "length of its returns", low=1, high=86_400)
YEAR_OF_SESSIONS_S: Final = YEAR_DAYS * 22_500


def _find(view: View, codes: Codes) -> Signals:
    clock = codes[AT.path]
    if not is_open(view, clock):
        return outside()
    second = view.second(clock)
    implied = straddle_volatility(view, second)
    if math.isnan(implied):
        return at_clock(view, clock, own="no_iv")
    realised = realised_volatility(view.ref.price, second, codes[WINDOW.path], codes[STEP.path])
    if math.isnan(realised):
        return at_clock(view, clock, own="no_rv")
    gap, threshold = implied - realised, codes[THRESHOLD.path] / 1e6
    if abs(gap) <= threshold:
        return at_clock(view, clock, own=QUIET)
    return at_clock(view, clock, direction=-1 if gap > 0 else 1)


def straddle_volatility(view: View, second: int) -> float:
    """Mean implied volatility of the call and the put at the money, or NaN."""
    if view.expiry == MISSING or view.ref.price[second] == MISSING:
        return math.nan
    years = (view.to_expiry - second) / YEAR_S
    return mean_volatility(view.day.arrays, view.expiry, second, int(view.ref.price[second]), view.max_age_s, years)


@jit
def mean_volatility(arrays: DayArrays, expiry: int, second: int, ref: int, max_age_s: int, years: float) -> float:
    """Mean implied volatility of the pair at the money, or NaN."""
    call = at_the_money(arrays, expiry, second, ref, 1)
    if call == MISSING:
        return math.nan
    forward = parity_forward(arrays, expiry, second, max_age_s)
    of_call = volatility_of(arrays, call, second, forward, years)
    return (of_call + volatility_of(arrays, call + 1, second, forward, years)) / 2.0


@jit
def realised_volatility(ref: Int32Array, second: int, window: int, step: int) -> float:
    """Annualised sample deviation of log returns over ``step`` seconds that end at ``second``, or NaN."""
    count, total, squares = 0, 0.0, 0.0
    mean = 0.0
    # Twice: the mean first, then the squares around it.
    for turn in range(2):
        at = second
        while at >= max(step, second - window + step):
            if ref[at] != MISSING and ref[at - step] != MISSING:
                change = math.log(ref[at] / ref[at - step])
                if turn == 0:
                    count += 1
                    total += change
                else:
                    squares += (change - mean) ** 2
            at -= step
        if count < 2:
            return math.nan
        mean = total / count
    return math.sqrt(squares / (count - 1)) * math.sqrt(YEAR_OF_SESSIONS_S / step)


VOLATILITY: Final = EntryRule(
    "volatility",
    "at a time of day: down when implied volatility stands above realised, up when below",
    (AT, THRESHOLD, WINDOW, STEP),
    _find,
    gives="direction",
    sees="expiry",
)
