"""Trials as Optuna sees them, and which parameters decided."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import optuna
import polars as pl
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.search import Search, is_ordered

FEWEST: Final = 10
"""Trials, from fewer of which nothing is learned about parameters."""

MOST: Final = 300
"""Trials that importances are learned from at most, in some seconds; the time grows with their square."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


def directions(search: Search) -> list[StudyDirection]:
    """Give which way each objective is better."""
    return [StudyDirection.MAXIMIZE if maximise else StudyDirection.MINIMIZE for maximise in search.maximise]


def axes_of(grid: ParamGrid) -> dict[str, BaseDistribution]:
    """Describe the places of each axis of a grid: in order where its values are."""
    lasts = {path: len(values) - 1 for path, values in grid.axes.items()}
    return {
        path: IntDistribution(0, last) if is_ordered(grid, path) else CategoricalDistribution(list(range(last + 1)))
        for path, last in lasts.items()
    }


def untried(rng: np.random.Generator, count: int, *tried: Container[int]) -> int:
    """Draw one of ``count`` positions that is in none of those tried, of which there are fewer."""
    position = int(rng.integers(count))
    while any(position in some for some in tried):
        position = (position + 1) % count
    return position


def told(
    grid: ParamGrid,
    search: Search,
    positions: Int64Array,
    scores: FloatArray,
    excess: FloatArray,
    noted: Mapping[str, Any] | None = None,
) -> list[FrozenTrial]:
    """Give what trials at ``positions`` (n,) of a grid came to: objectives ``(n, k)`` and constraints ``(n, c)``."""
    places = np.stack(np.unravel_index(positions, grid.shape), axis=1).tolist()
    axes = axes_of(grid)
    return [
        create_trial(
            values=values,
            params=dict(zip(axes, at, strict=True)),
            distributions=dict(axes),
            system_attrs=dict(noted or {}),
            constraints={one.name: of for one, of in zip(search.constraints, beyond, strict=True)},
        )
        for at, values, beyond in zip(places, scores.tolist(), excess.tolist(), strict=True)
    ]


def importances(search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Give, by objective, how much of what finished trials differ by each parameter decides (fANOVA), summing to 1.

    Of more than MOST trials as many are drawn. Values are told by their places in ascending order: as categories, each
    would be a dimension of its own.

    F. Hutter, H. Hoos and K. Leyton-Brown, "An efficient approach for assessing hyperparameter importance" (2014).
    An objective that fewer than FEWEST trials know, or in which they are all the same, has none.
    """
    trials = trials.sample(min(len(trials), MOST), seed=search.seed)
    scores = search.scores(trials)
    scores = scores[~np.isnan(scores).any(axis=1)]
    if len(scores) < FEWEST:
        return {}
    study = optuna.create_study(directions=directions(search))
    places = trials.with_columns(pl.col(path).rank("dense").fill_null(0).cast(pl.Int64) for path in axes)
    spaces = {path: IntDistribution(0, int(places[path].to_numpy().max())) for path in axes}
    study.add_trials(finished(search, spaces, places))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=search.seed)
    varied = [at for at in range(len(search.objectives)) if np.ptp(scores[:, at]) > 0.0]
    return {
        search.objectives[at]: optuna.importance.get_param_importances(
            study, evaluator=evaluator, target=partial(_score, at)
        )
        for at in varied
    }


def _score(at: int, trial: FrozenTrial) -> float:
    return float(trial.values[at])


def finished(search: Search, spaces: Mapping[str, BaseDistribution], trials: pl.DataFrame) -> list[FrozenTrial]:
    """Give trials with the values of their parameters."""
    scores, excess = search.scores(trials), search.excess(trials)
    return [
        create_trial(
            state=TrialState.FAIL if np.isnan(scores[at]).any() else TrialState.COMPLETE,
            values=None if np.isnan(scores[at]).any() else scores[at].tolist(),
            params={path: row[path] for path in spaces},
            distributions=dict(spaces),
            user_attrs={"trial_id": row["trial_id"]},
            constraints={one.name: float(excess[at, n]) for n, one in enumerate(search.constraints)},
        )
        for at, row in enumerate(trials.iter_rows(named=True))
    ]
