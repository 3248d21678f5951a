"""Metrics of trials from their daily net results (SPEC 9), for all trials at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from nfops.types import BoolArray, FloatArray, Int64Array

YEAR_DAYS: Final = 252
TAIL: Final = 0.05

DESCENDING: Final = frozenset({"max_drawdown", "std", "cost_share"})
"""Metrics of which less is better; of all others more is."""


def daily_metrics(net_paise: Int64Array, positions: Int64Array, kept: BoolArray) -> dict[str, FloatArray]:
    """Compute every metric of daily results.

    Parameters
    ----------
    net_paise, positions
        ``(P, D)`` net result and positions of each trial and day, days ascending.
    kept
        ``(P, D)``: whether the day counts for the trial.

    Returns
    -------
    dict
        Name to ``(P,)`` float64 in rupees or ratios; NaN where undefined, never infinite.
    """
    trials = len(net_paise)
    out = {name: np.full(trials, np.nan) for name in METRICS}
    rows, of_trial = np.unique(kept, axis=0, return_inverse=True)
    for row, days in enumerate(rows):
        which = np.flatnonzero(of_trial.ravel() == row)
        values = _of_days(net_paise[which][:, days] / 100.0, positions[which][:, days])
        for name, column in values.items():
            out[name][which] = column
    return out


def _of_days(net: FloatArray, positions: Int64Array) -> dict[str, FloatArray]:
    """Metrics over the same days for all trials; ``net`` (P, D) rupees."""
    trials, days = net.shape
    total = net.sum(axis=1)
    if days == 0:
        return {"total": total}
    mean = total / days
    std = net.std(axis=1, ddof=1) if days > 1 else np.full(trials, np.nan)
    downside = np.sqrt((np.minimum(net, 0.0) ** 2).mean(axis=1))
    drawdown = max_drawdown(net)
    traded = (positions > 0).sum(axis=1)
    gains, losses = np.maximum(net, 0.0).sum(axis=1), -np.minimum(net, 0.0).sum(axis=1)
    worst = np.sort(net, axis=1)[:, : int(np.ceil(TAIL * days))]
    centred = net - mean[:, None]
    spread = net.std(axis=1)
    return {
        "total": total,
        "mean": mean,
        "std": std,
        "sharpe": _ratio(mean, std) * np.sqrt(YEAR_DAYS),
        "sortino": _ratio(mean, downside) * np.sqrt(YEAR_DAYS),
        "max_drawdown": drawdown,
        "calmar": _ratio(mean * YEAR_DAYS, drawdown),
        "win_rate": _ratio((net > 0).sum(axis=1).astype(float), traded.astype(float)),
        "profit_factor": _ratio(gains, losses),
        "cvar_5": worst.mean(axis=1),
        "worst_day": net.min(axis=1),
        "skew": _ratio((centred**3).mean(axis=1), spread**3),
        "kurtosis": _ratio((centred**4).mean(axis=1), spread**4) - 3.0,
    }


METRICS: Final = (
    "total",
    "mean",
    "std",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "win_rate",
    "profit_factor",
    "cvar_5",
    "worst_day",
    "skew",
    "kurtosis",
)
"""In the order of their columns."""


def max_drawdown(net: FloatArray) -> FloatArray:
    """Deepest fall of the cumulative result below its running maximum, which starts at 0; ``(P, D)`` to ``(P,)``."""
    curve = np.cumsum(net, axis=1)
    peak = np.maximum(np.maximum.accumulate(curve, axis=1), 0.0)
    return np.asarray((peak - curve).max(axis=1), np.float64)


def cost_share(cost_paise: Int64Array, gross_paise: Int64Array, kept: BoolArray) -> FloatArray:
    """Costs as a share of the absolute gross result over the days kept; ``(P, D)`` to ``(P,)``."""
    cost, gross = (cost_paise * kept).sum(axis=1), (gross_paise * kept).sum(axis=1)
    return _ratio(cost.astype(float), np.abs(gross).astype(float))


def ranking(metric: str, values: FloatArray) -> Int64Array:
    """Order trials by a metric, best first, undefined ones last; equals keep their order."""
    direction: Callable[[FloatArray], FloatArray] = np.positive if metric in DESCENDING else np.negative
    return np.argsort(np.where(np.isnan(values), np.inf, direction(values)), kind="stable").astype(np.int64)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide, NaN where the divisor is zero or rounding noise of a constant."""
    usable = np.abs(below) > 1e-12
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=usable), np.float64)
