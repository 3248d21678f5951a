"""Searches that learn, by Optuna. The only file that imports optuna.

Generations have a fixed size and are told in the order of their trials, so what is asked does not depend on how many
workers there are or which was first.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
import polars as pl
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from nfops.files import replacing
from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.search import Search

PATIENCE: Final = 3
"""Asked so many times the trials it wants, a sampler that only repeats itself is helped out by random ones."""

ORDERED: Final = frozenset({"clock", "seconds", "count", "percent", "points", "fraction"})
"""Kinds of parameters whose values have an order."""

FEWEST: Final = 10
"""Trials, from fewer of which nothing is learned about parameters."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


class OptunaSearcher:
    """TPE or NSGA-II over the positions of a grid."""

    def __init__(self, grid: ParamGrid, search: Search) -> None:
        self._grid, self._search = grid, search
        self._axes = {path: _axis(grid, path) for path in grid.axes}
        self._study = optuna.create_study(directions=_directions(search), sampler=_sampler(search))
        self._open: dict[int, Trial] = {}
        self._told: dict[int, FrozenTrial] = {}
        self._rng = np.random.default_rng(search.seed)

    def ask(self) -> Int64Array | None:
        """Give the positions ``(n,)`` of the next generation; None when there are trials enough."""
        most = min(self._search.n_trials or 0, len(self._grid)) - len(self._told)
        wanted = min(self._search.generation, most)
        if wanted <= 0:
            return None
        for _ in range(PATIENCE * wanted):
            self._suggest()
            if len(self._open) == wanted:
                break
        while len(self._open) < wanted:
            self._enqueue_other()
        return np.array(list(self._open), np.int64)

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take the scores of a generation; a trial without a score is one that failed."""
        for at, position in enumerate(positions.tolist()):
            trial = self._open.pop(position)
            if np.isnan(scores[at]).any() or np.isnan(excess[at]).any():
                self._told[position] = self._study.tell(trial, state=TrialState.FAIL)
                continue
            for constraint, beyond in zip(self._search.constraints, excess[at].tolist(), strict=True):
                trial.set_constraint(constraint.name, beyond)
            self._told[position] = self._study.tell(trial, scores[at].tolist())

    def _suggest(self) -> None:
        """Ask for one trial; one that is known is told at once, one that is under way is left."""
        trial = self._study.ask(self._axes)
        position = int(np.ravel_multi_index([trial.params[path] for path in self._axes], self._grid.shape))
        known = self._told.get(position)
        if known is not None and known.state == TrialState.COMPLETE:
            for name, beyond in known.constraints.items():
                trial.set_constraint(name, beyond)
            self._study.tell(trial, known.values)
        elif known is not None or position in self._open:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._open[position] = trial

    def _enqueue_other(self) -> None:
        """Take a random position that was never asked."""
        position = int(self._rng.integers(len(self._grid)))
        while position in self._told or position in self._open:
            position = (position + 1) % len(self._grid)
        at = np.unravel_index(position, self._grid.shape)
        self._study.enqueue_trial({path: int(index) for path, index in zip(self._axes, at, strict=True)})
        self._suggest()


def export(path: Path, name: str, search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> None:
    """Write finished trials as an ordinary Optuna storage (SQLite), which optuna-dashboard and ``optuna`` open.

    Parameters have their own values instead of positions, and each trial knows its ``trial_id``.
    """
    with replacing(path) as part:
        study = optuna.create_study(storage=f"sqlite:///{part}", study_name=name, directions=_directions(search))
        study.add_trials(_finished(search, axes, trials))


def importances(search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Give, by objective, how much of what finished trials differ by each parameter decides (fANOVA), summing to 1.

    F. Hutter, H. Hoos and K. Leyton-Brown, "An efficient approach for assessing hyperparameter importance" (2014).
    An objective that fewer than FEWEST trials know, or in which they are all the same, has none.
    """
    scores = search.scores(trials)
    scores = scores[~np.isnan(scores).any(axis=1)]
    if len(scores) < FEWEST:
        return {}
    study = optuna.create_study(directions=_directions(search))
    study.add_trials(_finished(search, axes, trials))
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


def _finished(search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> list[FrozenTrial]:
    """Give trials with the values of their parameters."""
    scores, excess = search.scores(trials), search.excess(trials)
    spaces = {path: CategoricalDistribution(trials[path].unique(maintain_order=True).to_list()) for path in axes}
    return [
        create_trial(
            state=TrialState.FAIL if np.isnan(scores[at]).any() else TrialState.COMPLETE,
            values=None if np.isnan(scores[at]).any() else scores[at].tolist(),
            params={path: row[path] for path in axes},
            distributions=dict(spaces),
            user_attrs={"trial_id": row["trial_id"]},
            constraints={one.name: float(excess[at, n]) for n, one in enumerate(search.constraints)},
        )
        for at, row in enumerate(trials.iter_rows(named=True))
    ]


def _axis(grid: ParamGrid, path: str) -> BaseDistribution:
    """Describe the places of an axis: in order where its values are."""
    values, kind = grid.axes[path], grid.schema.by_path[path].kind
    last = len(values) - 1
    if kind in ORDERED and list(values) == sorted(values) and last:
        return IntDistribution(0, last)
    return CategoricalDistribution(list(range(last + 1)))


def _directions(search: Search) -> list[StudyDirection]:
    return [StudyDirection.MAXIMIZE if maximise else StudyDirection.MINIMIZE for maximise in search.maximise]


def _sampler(search: Search) -> optuna.samplers.BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if search.name == "nsga2":
            return optuna.samplers.NSGAIISampler(population_size=search.generation, seed=search.seed)
        return optuna.samplers.TPESampler(seed=search.seed, n_startup_trials=search.generation)
