"""What moved the price of an option from one look to the next: time, the forward, the volatility.

The price is worked out anew step by step (full revaluation; J. Hull, "Options, Futures, and Other Derivatives", has in
its chapter on the Greek letters the Taylor series of which these are the exact terms). With P(F, T, v) by Black-76 and
looks at (F0, T0, v0) and (F1, T1, v1):

    theta = P(F0, T1, v0) - P(F0, T0, v0)
    delta = D x (F1 - F0), where D is the delta at the first look
    gamma = P(F1, T1, v0) - P(F0, T1, v0) - delta, which begins with half the gamma times (F1 - F0)^2
    vega  = P(F1, T1, v1) - P(F1, T1, v0)

They add up to P(F1, T1, v1) - P(F0, T0, v0). What no volatility or forward is known for stays unexplained.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nfops.pricing.arrays import all_greeks, implied_volatilities, prices
from nfops.types import FloatArray, Int64Array


class Parts(NamedTuple):
    """Sums over all steps, in the unit of prices times that of what was held."""

    delta: float
    gamma: float
    vega: float
    theta: float


def attribute(
    price: FloatArray, forward: FloatArray, years: FloatArray, strike: float, sign: int, held: Int64Array
) -> Parts:
    """Split the profit of one option over the steps between K looks.

    Parameters
    ----------
    price, forward, years
        ``(K,)`` float64 at each look; NaN where not known.
    strike, sign
        Of the option; ``sign`` is 1 for a call and -1 for a put.
    held
        ``(K - 1,)``: units held from each look to the next, negative when sold.
    """
    volatility = implied_volatilities(price, forward, strike, years, sign)
    f0, f1, t0, t1, v0, v1 = forward[:-1], forward[1:], years[:-1], years[1:], volatility[:-1], volatility[1:]
    known = (held != 0) & np.isfinite(v0) & np.isfinite(f1)
    later = prices(f0, strike, t1, v0, sign)
    moved = prices(f1, strike, t1, v0, sign)
    delta = all_greeks(f0, strike, t0, v0, sign)["delta"] * (f1 - f0)

    def total(steps: FloatArray, where: FloatArray) -> float:
        return float((held * np.where(where, steps, 0.0)).sum())

    return Parts(
        delta=total(delta, known),
        gamma=total(moved - later - delta, known),
        vega=total(price[1:] - moved, known & np.isfinite(v1)),
        theta=total(later - prices(f0, strike, t0, v0, sign), known),
    )
