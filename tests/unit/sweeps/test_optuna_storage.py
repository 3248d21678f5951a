"""The study that is written at once is the one that Optuna writes trial by trial."""

from __future__ import annotations

from pathlib import Path

import optuna
import polars as pl
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweeps.adapters.optuna_storage import export
from tests.landscape import search

TRIALS = pl.DataFrame(
    {
        "trial_id": [0, 1, 2, 3],
        "a": [5, 10, 5, 10],
        "b": [None, "09:20", "09:20", None],
        "sharpe": [1.5, None, -0.25, float("inf")],
        "max_drawdown": [100.0, 50.0, 0.0, 7.0],
        "n_trades": [20, 30, 0, 21],
    }
)
SPACES = {"a": CategoricalDistribution([5, 10]), "b": CategoricalDistribution([None, "09:20"])}


def by_optuna() -> list[FrozenTrial]:
    """The trials as Optuna is told them by hand; ``n_trades>=20`` is missed by 0, -10, 20 and -1."""
    study = optuna.create_study(directions=["maximize", "minimize"])
    for at, beyond in enumerate([0.0, -10.0, 20.0, -1.0]):
        row = TRIALS.row(at, named=True)
        lost = row["sharpe"] is None
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if lost else TrialState.COMPLETE,
                values=None if lost else [row["sharpe"], row["max_drawdown"]],
                params={"a": row["a"], "b": row["b"]},
                distributions=dict(SPACES),
                user_attrs={"trial_id": row["trial_id"]},
                constraints={"n_trades>=20": beyond},
            )
        )
    return study.trials


def told(trial: FrozenTrial) -> tuple[object, ...]:
    """All that a trial says but its times."""
    found = trial.number, trial.state, trial.values, trial.params, trial.distributions
    return *found, trial.user_attrs, trial.system_attrs, trial.constraints, trial.intermediate_values


def test_a_study_written_at_once_is_the_one_optuna_is_told_trial_by_trial(tmp_path: Path) -> None:
    made = search("nsga2", objectives=["sharpe", "max_drawdown"], constraints=["n_trades>=20"])

    export(tmp_path / "study.db", "mine", made, dict.fromkeys(SPACES), TRIALS)

    read = optuna.load_study(study_name="mine", storage=f"sqlite:///{tmp_path / 'study.db'}")
    assert [told(trial) for trial in read.trials] == [told(trial) for trial in by_optuna()]
    assert [trial.number for trial in read.best_trials] == [3]
    assert all(trial.datetime_start and trial.datetime_complete for trial in read.trials)
    read.enqueue_trial({"a": 5, "b": None})
    assert read.ask(SPACES).number == 4
