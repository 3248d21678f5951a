"""Option values of the simulated market: one forward an expiry, one smile for both rights, Black-76 at no interest."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import ndtr

from nfops.types import FloatArray

CARRY: Final = 0.065
"""Annual basis of the future and the parity forward over the index."""

SKEW: Final = -0.05
CURVATURE: Final = 0.018
TERM: Final = 0.04
YEAR_S: Final = 365 * 86_400
TICK: Final = 0.05


def forward(spot: FloatArray, seconds_left: FloatArray) -> FloatArray:
    """Forward of the index to an expiry that many calendar seconds away."""
    return np.asarray(spot * np.exp(CARRY * seconds_left / YEAR_S), np.float64)


def smile(implied: FloatArray, strike: float, ahead: FloatArray, years: FloatArray) -> FloatArray:
    """Volatility of a strike: skewed and curved in standard deviations, slightly rising with time to expiry."""
    deviation = np.clip(np.log(strike / ahead) / (implied * np.sqrt(years)), -4.0, 4.0)
    term = 1.0 + TERM * np.log(np.maximum(years * 365, 0.05) / 7.0)
    return np.asarray(implied * term * (1.0 + SKEW * deviation + CURVATURE * deviation**2), np.float64)


def value(ahead: FloatArray, implied: FloatArray, strike: float, years: FloatArray, right: str) -> FloatArray:
    """Fair value in rupees of an option on the forward ``ahead``, ``(N,)``; puts follow from calls by parity.

    ``years`` counts variance, not the calendar: see :func:`nfops.synth.path.variance_years`.
    """
    years = np.maximum(years, 1.0 / YEAR_S)
    spread = np.maximum(smile(implied, strike, ahead, years), 0.03) * np.sqrt(years)
    d1 = np.log(ahead / strike) / spread + spread / 2.0
    call = ahead * ndtr(d1) - strike * ndtr(d1 - spread)
    return np.asarray(np.maximum(call if right == "CE" else call - ahead + strike, 0.0), np.float64)


def half_spread(fair: FloatArray, away: float, activity: FloatArray) -> FloatArray:
    """Half of the distance between bid and ask: wider for dearer options, away from the money and at the open."""
    return np.asarray(TICK / 2 + fair * 0.0006 * (1.0 + 6.0 * away) * np.sqrt(activity) + 0.02 * away, np.float64)


def on_grid(price: FloatArray) -> FloatArray:
    """Round to the tick; nothing is cheaper than one tick."""
    return np.asarray(np.maximum(np.round(price / TICK), 1.0) * TICK, np.float64)
