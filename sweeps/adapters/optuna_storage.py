"""Finished trials as an ordinary Optuna storage, which optuna-dashboard and ``optuna`` open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import polars as pl
from optuna.distributions import CategoricalDistribution, distribution_to_json
from optuna.storages._rdb import models
from optuna.trial import FrozenTrial

from nfops.files import replacing
from sweeps.adapters.optuna_study import directions, finished
from sweeps.search import Search


def export(path: Path, name: str, search: Search, axes: Mapping[str, Any], trials: pl.DataFrame) -> None:
    """Write finished trials to an SQLite file; parameters have their own values, each trial knows its ``trial_id``.

    Optuna's own way asks the database a dozen questions for each trial: for some thousand trials longer than their
    search takes. So its tables are written at once, by its own classes.
    """
    with replacing(path) as part:
        storage = optuna.storages.RDBStorage(f"sqlite:///{part}")
        study = storage.create_new_study(directions(search), name)
        spaces = {path: CategoricalDistribution(trials[path].unique(maintain_order=True).to_list()) for path in axes}
        written = {path: distribution_to_json(space) for path, space in spaces.items()}
        with storage.scoped_session() as session, session.begin():
            session.add_all(
                _row(study, number, trial, written) for number, trial in enumerate(finished(search, spaces, trials))
            )
        storage.remove_session()
        storage.engine.dispose()


def _row(study: int, number: int, trial: FrozenTrial, spaces: Mapping[str, str]) -> models.TrialModel:
    """Give a trial as Optuna's tables hold it; ``spaces`` are its parameters' distributions as JSON."""
    row = models.TrialModel(study_id=study, number=number, state=trial.state)
    row.datetime_start, row.datetime_complete = trial.datetime_start, trial.datetime_complete
    row.params = [
        models.TrialParamModel(
            param_name=path,
            param_value=trial.distributions[path].to_internal_repr(value),
            distribution_json=spaces[path],
        )
        for path, value in trial.params.items()
    ]
    kept = [models.TrialValueModel.value_to_stored_repr(value) for value in trial.values or ()]
    row.values = [
        models.TrialValueModel(objective=at, value=value, value_type=kind) for at, (value, kind) in enumerate(kept)
    ]
    row.user_attributes = _noted(models.TrialUserAttributeModel, trial.user_attrs)
    row.system_attributes = _noted(models.TrialSystemAttributeModel, trial.system_attrs)
    return row


def _noted(kind: type, attributes: Mapping[str, Any]) -> list[Any]:
    return [kind(key=key, value_json=json.dumps(value)) for key, value in attributes.items()]
