"""How good the best of many trials looks by luck alone, where trials win and lose on the same days.

Without an edge, Sharpe ratios in units of their standard error are normal numbers, as correlated as the days of the
trials. The greatest of them is drawn many times, so that no number of independent trials has to stand for correlations:
one that has the right mean is too small far above it. The draws are the multiplier bootstrap of V. Chernozhukov, D.
Chetverikov and K. Kato, "Gaussian approximations and multiplier bootstrap for maxima of sums of high-dimensional random
vectors", Annals of Statistics 41 (2013): one normal number a day weighs that day of all trials. So no matrix of trials
by trials is needed, and there may be more trials than days.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from nfops.overfit.selection import REPETITIONS
from nfops.types import FloatArray

_ROWS: Final = 2_000
"""Trials that are weighed at a time."""

_GRID: Final = np.linspace(-9.0, 9.0, 3_601)
_MANY: Final = 1e12
"""More independent trials than this are not told apart; the best of them is expected at 7.1."""


def best_by_luck(net: FloatArray, seed: int, repetitions: int = REPETITIONS) -> FloatArray:
    """Draw the greatest of P standard normal numbers that are as correlated as the rows of ``net``.

    Parameters
    ----------
    net
        (P, D) daily results in any unit; rows that never change are left out.
    seed
        The same seed gives the same draws.

    Returns
    -------
    (repetitions,) draws; -inf where no row changes.
    """
    weights = np.random.default_rng(seed).normal(size=(net.shape[1], repetitions))
    best = np.full(repetitions, -np.inf)
    for at in range(0, len(net), _ROWS):
        rows = net[at : at + _ROWS]
        around = rows[rows.std(axis=1) > 0.0]
        around = around - around.mean(axis=1, keepdims=True)
        around /= np.sqrt(np.square(around).sum(axis=1, keepdims=True))
        np.maximum(best, (around @ weights).max(axis=0, initial=-np.inf), out=best)
    return best


def independent_trials(expected: float) -> float:
    """Say how many independent standard normal numbers have a greatest one of ``expected`` on average; at least 1."""
    if expected <= 0.0:
        return 1.0
    return math.exp(brentq(lambda size: _expected_best(math.exp(size)) - expected, 0.0, math.log(_MANY)))


def _expected_best(trials: float) -> float:
    """Greatest of so many to be expected, exactly: :func:`nfops.overfit.expected_best` holds for many only."""
    step = float(_GRID[1] - _GRID[0])
    return step * float((np.heaviside(_GRID, 0.5) - ndtr(_GRID) ** trials).sum())
