"""A volatility index of a chain by the method of the India VIX: the variance that out-of-the-money options replicate.

NSE, "India VIX: computation methodology": per expiry, with K0 the strike at or just below the forward F,
variance = (2/T) sum of dK/K^2 Q(K) - (1/T) (F/K0 - 1)^2, and the near and next expiries interpolated to 30 days.
Here there is no interest, as everywhere in nfops, and quotes that are missing are filled by a natural cubic spline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from nfops.types import FloatArray

TENOR: Final = 30 / 365
"""Years the index looks ahead."""

WIDEST: Final = 0.3
"""Spread of an admissible quote, as a share of its middle."""

FEWEST: Final = 4
"""Admissible quotes on either side of the forward, below which there is no index."""


@dataclass(frozen=True, eq=False)
class Strip:
    """The quotes of one expiry; prices in one unit, arrays (K,) in ascending order of strike, NaN without a quote."""

    forward: float
    years: float
    strike: FloatArray
    call_bid: FloatArray
    call_ask: FloatArray
    put_bid: FloatArray
    put_ask: FloatArray


def middles(bid: FloatArray, ask: FloatArray) -> FloatArray:
    """Middle of each quote, NaN where a side is missing or the spread is too wide to be admissible."""
    middle = (bid + ask) / 2.0
    return np.where((bid > 0.0) & (ask >= bid) & (ask - bid <= WIDEST * middle), middle, np.nan)


def strip_variance(strip: Strip) -> float:
    """Variance per year that the options of one expiry imply; NaN with too few quotes or past expiry."""
    strike, below = strip.strike, np.flatnonzero(strip.strike <= strip.forward)
    if not len(below) or not strip.years > 0.0:
        return math.nan
    center = int(below[-1])
    puts = _filled(strike, middles(strip.put_bid, strip.put_ask), slice(None, center + 1))
    calls = _filled(strike, middles(strip.call_bid, strip.call_ask), slice(center, None))
    if puts is None or calls is None:
        return math.nan
    both = (puts[-1] + calls[0]) / 2.0  # at K0 the sides meet
    quotes = np.concatenate([puts[:-1], [both], calls[1:]])
    used = np.isfinite(quotes)
    total = 2.0 * float((np.gradient(strike[used]) / strike[used] ** 2 * quotes[used]).sum())
    return (total - (strip.forward / float(strike[center]) - 1.0) ** 2) / strip.years


def volatility_index(near: Strip, following: Strip, tenor: float = TENOR) -> float:
    """Volatility per square root of a year over ``tenor`` years, 0.15 for an index of 15; NaN without it.

    The variances of both expiries are interpolated, or extrapolated, linearly in total variance.
    """
    total_near, total_next = (strip_variance(strip) * strip.years for strip in (near, following))
    share = (tenor - near.years) / (following.years - near.years)
    total = total_near + share * (total_next - total_near)
    return math.sqrt(total / tenor) if total > 0.0 else math.nan


def _filled(strike: FloatArray, quotes: FloatArray, side: slice) -> FloatArray | None:
    """Fill missing quotes between known ones of one side of the chain; those beyond the last known stay NaN."""
    strike, quotes = strike[side], quotes[side]
    known = np.flatnonzero(np.isfinite(quotes))
    if len(known) < FEWEST:
        return None
    inside = np.arange(known[0], known[-1] + 1)
    filled = np.full(len(quotes), np.nan)
    filled[inside] = CubicSpline(strike[known], quotes[known], bc_type="natural")(strike[inside])
    filled[known] = quotes[known]
    return filled
