"""The numbers of one row of daily results: what was earned, how unevenly, and how bad it got (SPEC §9).

Sums are taken in whole paise and turned into rupees last. So a trial that earns the same every day has a deviation
of exactly 0 and a Sharpe ratio that is undefined, instead of one of 10^16 left over from rounding.
"""

from __future__ import annotations

import numpy as np

from nfops.types import MISSING, PAISE, YEAR_DAYS, FloatArray, Int64Array


def statistics(
    gross_paise: Int64Array, cost_paise: Int64Array, n_positions: Int64Array, capital_paise: Int64Array
) -> dict[str, FloatArray]:
    """Return every statistic of P rows over the same D >= 1 days.

    Parameters
    ----------
    gross_paise, cost_paise
        ``(P, D)`` int64 in order of date.
    n_positions
        ``(P, D)`` int64, positions opened on the day.
    capital_paise
        ``(P, D)`` int64, the most that was blocked on the day, MISSING if unknown.

    Returns
    -------
    dict
        Name -> ``(P,)`` float64; money in rupees, NaN where a statistic is undefined, never infinite.
    """
    net = gross_paise - cost_paise
    days = net.shape[1]
    total = net.sum(axis=1)
    mean = total / days
    std = _deviation(net, mean)
    downside = np.sqrt(np.square(np.minimum(net, 0).astype(np.float64)).sum(axis=1) / days)
    fall = _fall(net)
    worst = np.sort(net, axis=1)[:, : -(-days // 20)]
    skew, kurtosis = _shape(net - mean[:, None])
    year = np.sqrt(YEAR_DAYS)
    known = (capital_paise != MISSING).all(axis=1)
    capital = np.where(known, capital_paise.max(axis=1), np.nan)
    return {
        "total": total / PAISE,
        "mean": mean / PAISE,
        "std": std / PAISE,
        "sharpe": _ratio(mean, std) * year,
        "sortino": _ratio(mean, downside) * year,
        "max_drawdown": fall / PAISE,
        "calmar": _ratio(mean * YEAR_DAYS, fall),
        "win_rate": _ratio((net > 0).sum(axis=1), (n_positions > 0).sum(axis=1)),
        "profit_factor": _ratio(np.maximum(net, 0).sum(axis=1), -np.minimum(net, 0).sum(axis=1)),
        "cvar_5": worst.sum(axis=1) / worst.shape[1] / PAISE,
        "worst_day": worst[:, 0] / PAISE,
        "skew": skew,
        "kurtosis": kurtosis,
        "cost_share": _ratio(cost_paise.sum(axis=1), np.abs(gross_paise.sum(axis=1))),
        "peak_capital": capital / PAISE,
        "return_on_capital": _ratio(mean * YEAR_DAYS, capital),
    }


def _ratio(top: FloatArray | Int64Array, bottom: FloatArray | Int64Array) -> FloatArray:
    """``top / bottom``, undefined where ``bottom`` is 0."""
    ratio = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=ratio, where=bottom != 0)
    return ratio


def _deviation(net: Int64Array, mean: FloatArray) -> FloatArray:
    """Sample standard deviation; one day has none."""
    days = net.shape[1]
    if days < 2:
        return np.full(len(net), np.nan)
    spread: FloatArray = np.sqrt(np.square(net - mean[:, None]).sum(axis=1) / (days - 1))
    return spread


def _fall(net: Int64Array) -> Int64Array:
    """Deepest fall of the running total below its highest level so far, which starts at 0."""
    level = np.cumsum(net, axis=1)
    peak = np.maximum.accumulate(np.maximum(level, 0), axis=1)
    fall: Int64Array = (peak - level).max(axis=1)
    return fall


def _shape(deviation: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return population skewness and excess kurtosis."""
    square = np.square(deviation)
    variance = square.mean(axis=1)
    third = (square * deviation).mean(axis=1)
    fourth = np.square(square).mean(axis=1)
    return _ratio(third, variance**1.5), _ratio(fourth, np.square(variance)) - 3
