"""Finished trials as Optuna sees them: a storage that its tools open, and which parameters decided."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import optuna
import polars as pl
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.pool import StaticPool

from nfops.files import replacing
from sweeps.search import Search

FEWEST: Final = 10
"""Trials, from fewer of which nothing is learned about parameters."""

MOST: Final = 500
"""Trials that importances are learned from at most, in some seconds; the time grows with their square."""

optuna.logging.set_verbosity(optuna.logging.WARNING)


def directions(search: Search) -> list[StudyDirection]:
    """Give which way each objective is better."""
    return [StudyDirection.MAXIMIZE if maximise else StudyDirection.MINIMIZE for maximise in search.maximise]


def export(path: Path, name: str, search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> None:
    """Write finished trials as an ordinary Optuna storage (SQLite), which optuna-dashboard and ``optuna`` open.

    Parameters have their own values instead of positions, and each trial knows its ``trial_id``. Optuna commits each
    trial on its own, so they are written in memory first: a disk would take as long again.
    """
    with replacing(path) as part, closing(sqlite3.connect(":memory:", check_same_thread=False)) as memory:
        held = {"creator": lambda: memory, "poolclass": StaticPool}
        storage = optuna.storages.RDBStorage("sqlite://", engine_kwargs=held)
        study = optuna.create_study(storage=storage, study_name=name, directions=directions(search))
        spaces = {path: CategoricalDistribution(trials[path].unique(maintain_order=True).to_list()) for path in axes}
        study.add_trials(_finished(search, spaces, trials))
        with closing(sqlite3.connect(part)) as file:
            memory.backup(file)
        storage.remove_session()


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
    study.add_trials(_finished(search, spaces, places))
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


def _finished(search: Search, spaces: Mapping[str, BaseDistribution], trials: pl.DataFrame) -> list[FrozenTrial]:
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
