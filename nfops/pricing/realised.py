"""Realised volatility of a price, from closes or from ranges, per square root of a year.

A year is 252 trading days, so the numbers stand beside an implied volatility over *calendar* time only roughly.
"""

from __future__ import annotations

import math

import numpy as np

from nfops.types import YEAR_DAYS, FloatArray


def close_to_close(close: FloatArray, bars_a_day: float) -> float:
    """Sample standard deviation (ddof 1) of log returns, annualised.

    Parameters
    ----------
    close
        Prices (N,) at equal distances, in order of time; NaN where none is known, whose returns are left out.
    bars_a_day
        Bars of this length in a trading day: 1 for daily closes, 375 for minutes of 09:15-15:30.

    Returns
    -------
    NaN with fewer than two returns.
    """
    returns = np.diff(np.log(close))
    known = returns[np.isfinite(returns)]
    return float(known.std(ddof=1)) * math.sqrt(YEAR_DAYS * bars_a_day) if len(known) > 1 else math.nan


def parkinson(high: FloatArray, low: FloatArray, bars_a_day: float) -> float:
    """Volatility from the range of bars (N,), with a fifth of the variance of closes if the price never jumps.

    M. Parkinson, "The extreme value method for estimating the variance of the rate of return", Journal of Business 53
    (1980): mean of ln(high/low)^2 / (4 ln 2). NaN without a bar.
    """
    squares = np.log(high / low) ** 2
    return _annual(squares / (4.0 * math.log(2.0)), bars_a_day)


def garman_klass(open_: FloatArray, high: FloatArray, low: FloatArray, close: FloatArray, bars_a_day: float) -> float:
    """Volatility from whole bars (N,), more exact than from ranges alone.

    M. Garman and M. Klass, "On the estimation of security price volatilities from historical data", Journal of
    Business 53 (1980): mean of ln(high/low)^2 / 2 - (2 ln 2 - 1) ln(close/open)^2. NaN without a bar.
    """
    squares = np.log(high / low) ** 2 / 2.0 - (2.0 * math.log(2.0) - 1.0) * np.log(close / open_) ** 2
    return _annual(squares, bars_a_day)


def _annual(variances: FloatArray, bars_a_day: float) -> float:
    known = variances[np.isfinite(variances)]
    return math.sqrt(float(known.mean()) * YEAR_DAYS * bars_a_day) if len(known) else math.nan
