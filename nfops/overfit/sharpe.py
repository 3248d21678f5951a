"""How much of a Sharpe ratio is luck: probabilistic and deflated Sharpe ratio, and the shortest honest backtest.

Sharpe ratios here are per *day* (mean over deviation, not annualised), because the formulas are about observations.

D. Bailey and M. Lopez de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012), and "The deflated
Sharpe ratio", Journal of Portfolio Management 40 (2014); D. Bailey, J. Borwein, M. Lopez de Prado and Q. Zhu,
"Pseudo-mathematics and financial charlatanism", Notices of the AMS 61 (2014).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from nfops.types import FloatArray

_ROWS: Final = 10_000

EULER: Final = float(np.euler_gamma)


def probabilistic_sharpe(sharpe: float, days: int, skew: float, kurtosis: float, benchmark: float = 0.0) -> float:
    """Probability that the true Sharpe ratio lies above ``benchmark``, given what was seen.

    Parameters
    ----------
    sharpe, benchmark
        Per day.
    days
        Number of daily results behind ``sharpe``.
    skew, kurtosis
        Of the daily results; kurtosis in *excess* of the normal distribution's 3.

    Returns
    -------
    NaN with fewer than two days, or where the moments leave no positive variance.
    """
    variance = 1.0 - skew * sharpe + (kurtosis + 2.0) / 4.0 * sharpe**2
    if days < 2 or not variance > 0.0:
        return math.nan
    return float(ndtr((sharpe - benchmark) * math.sqrt(days - 1) / math.sqrt(variance)))


def expected_best(trials: float) -> float:
    """Greatest of ``trials`` independent standard normal numbers to be expected; 0 for one trial or none."""
    if trials <= 1.0:
        return 0.0
    high, higher = ndtri(1.0 - 1.0 / trials), ndtri(1.0 - 1.0 / (trials * math.e))
    return float((1.0 - EULER) * high + EULER * higher)


def expected_best_sharpe(variance: float, trials: float) -> float:
    """Sharpe ratio per day that the best of ``trials`` without any edge shows by luck.

    ``variance`` is that of the Sharpe ratios per day across the trials.
    """
    return math.sqrt(variance) * expected_best(trials)


def deflated_sharpe(sharpe: float, days: int, skew: float, kurtosis: float, variance: float, trials: float) -> float:
    """Probability that the best of ``trials`` has an edge at all: the probabilistic ratio above the expected best.

    Parameters are those of :func:`probabilistic_sharpe` and :func:`expected_best_sharpe`.
    """
    return probabilistic_sharpe(sharpe, days, skew, kurtosis, expected_best_sharpe(variance, trials))


def minimum_backtest_years(trials: float, yearly_sharpe: float) -> float:
    """Years a backtest must have so that the best of ``trials`` without an edge is not expected to show the ratio.

    ``yearly_sharpe`` is annualised. Infinite when it is not positive.
    """
    return (expected_best(trials) / yearly_sharpe) ** 2 if yearly_sharpe > 0.0 else math.inf


def daily_sharpe(net: FloatArray) -> FloatArray:
    """Sharpe ratio per day of each row of ``net`` (P, D); 0 where nothing ever changes."""
    ratio = np.zeros(len(net))
    for at in range(0, len(net), _ROWS):  # a deviation takes a copy of what it is of
        rows = net[at : at + _ROWS]
        mean, deviation = rows.mean(axis=1), rows.std(axis=1, ddof=1)
        np.divide(mean, deviation, out=ratio[at : at + _ROWS], where=deviation > 0.0)
    return ratio
