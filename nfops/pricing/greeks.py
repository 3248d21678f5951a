"""Sensitivities under Black-76 with no interest, as a scalar kernel, per unit of the underlying.

J. Hull, "Options, Futures, and Other Derivatives", chapters on the Greek letters and on futures options.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from nfops.jit import jit
from nfops.pricing.black76 import normal_cdf


class Greeks(NamedTuple):
    """What a premium in some unit changes by; NaN where volatility or time is not positive."""

    delta: float
    """... with the forward."""
    gamma: float
    """Change of delta with the forward; the same for call and put."""
    vega: float
    """... with a volatility of 1.00 (100 %); the same for call and put."""
    theta: float
    """... with a year gone by; divide by 365 for a day. The same for call and put, because there is no interest."""


@jit
def greeks(forward: float, strike: float, years: float, volatility: float, sign: int) -> Greeks:
    """Sensitivities of a call (``sign`` 1) or put (-1)."""
    if not (forward > 0.0 and strike > 0.0 and years > 0.0 and volatility > 0.0):
        return Greeks(math.nan, math.nan, math.nan, math.nan)
    root = math.sqrt(years)
    spread = volatility * root
    d1 = math.log(forward / strike) / spread + spread / 2.0
    density = math.exp(-d1 * d1 / 2.0) / math.sqrt(2.0 * math.pi)
    vega = forward * density * root
    return Greeks(
        sign * normal_cdf(sign * d1),
        density / (forward * spread),
        vega,
        -vega * volatility / (2.0 * years),
    )
