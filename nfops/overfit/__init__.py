"""The statistics of the search itself: what tells an edge from the best of many lucky draws."""

from nfops.overfit.clusters import clusters, effective_trials
from nfops.overfit.correlated import best_by_luck, independent_trials
from nfops.overfit.cscv import Overfitting, cscv
from nfops.overfit.judgement import Judgement, judge
from nfops.overfit.selection import Selection, block_length, interval, resampled, selection
from nfops.overfit.sharpe import (
    daily_sharpe,
    deflated_sharpe,
    expected_best,
    expected_best_sharpe,
    minimum_backtest_years,
    probabilistic_sharpe,
)

__all__ = [
    "Judgement",
    "Overfitting",
    "Selection",
    "best_by_luck",
    "block_length",
    "clusters",
    "cscv",
    "daily_sharpe",
    "deflated_sharpe",
    "effective_trials",
    "expected_best",
    "expected_best_sharpe",
    "independent_trials",
    "interval",
    "judge",
    "minimum_backtest_years",
    "probabilistic_sharpe",
    "resampled",
    "selection",
]
