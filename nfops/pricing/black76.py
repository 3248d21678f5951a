"""Black-76 on the forward with no interest: price, implied volatility and delta, as scalar kernels.

F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976). Prices in any one unit, time in
years, volatility per square root of a year.
"""

from __future__ import annotations

import math
from typing import Final

from nfops.jit import jit

MAX_SPREAD: Final = 20.0
"""Largest standard deviation to expiry that is looked for: beyond it no double can tell the price from its limit."""

_STEPS: Final = 100


@jit
def normal_cdf(x: float) -> float:
    """Probability that a standard normal variable is at most ``x``."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@jit
def price(forward: float, strike: float, years: float, volatility: float, sign: int) -> float:
    """Undiscounted price of a call (``sign`` 1) or put (-1); intrinsic value without volatility or time."""
    spread = volatility * math.sqrt(max(years, 0.0))
    if spread == 0.0:
        return max(sign * (forward - strike), 0.0)
    d1 = math.log(forward / strike) / spread + spread / 2.0
    return sign * (forward * normal_cdf(sign * d1) - strike * normal_cdf(sign * (d1 - spread)))


@jit
def implied_volatility(premium: float, forward: float, strike: float, years: float, sign: int) -> float:
    """Volatility at which :func:`price` gives ``premium``; NaN at or below intrinsic value, or past expiry.

    The out-of-the-money side is inverted: an in-the-money premium first loses its intrinsic value (put-call parity),
    because in doubles its own inversion would lose the information. Newton's steps are kept inside a bracket.
    """
    intrinsic = max(sign * (forward - strike), 0.0)
    value = premium - intrinsic
    if not (value > 0.0 and years > 0.0 and forward > 0.0 and strike > 0.0):
        return math.nan
    side = 1 if strike >= forward else -1
    if value >= min(forward, strike):
        return math.nan
    root = math.sqrt(years)
    low, high = 0.0, MAX_SPREAD / root
    guess = min(max(math.sqrt(2.0 * abs(math.log(forward / strike)) / years), 0.05), 5.0)
    for _ in range(_STEPS):
        error = price(forward, strike, years, guess, side) - value
        if error > 0.0:
            high = guess
        else:
            low = guess
        d1 = math.log(forward / strike) / (guess * root) + guess * root / 2.0
        vega = forward * root * math.exp(-d1 * d1 / 2.0) / math.sqrt(2.0 * math.pi)
        step = guess - error / vega if vega > 0.0 else math.nan
        if not low < step < high:
            step = 0.5 * (low + high)
        if abs(step - guess) <= 1e-15 * guess:
            return step
        guess = step
    return guess


@jit
def delta(forward: float, strike: float, years: float, volatility: float, sign: int) -> float:
    """Change of the price with the forward: N(d1) for a call, N(d1) - 1 for a put."""
    spread = volatility * math.sqrt(years)
    d1 = math.log(forward / strike) / spread + spread / 2.0
    return normal_cdf(d1) if sign > 0 else normal_cdf(d1) - 1.0
