from __future__ import annotations

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.metrics import METRICS, OBJECTIVES, objective

TRIALS = pl.DataFrame(
    {
        "trial_id": [0, 1, 2, 3, 4],
        "status": ["ok", "ok", "ok", "ok", "partial"],
        "sharpe": [1.0, None, 2.0, 2.0, 9.0],
        "max_drawdown": [50.0, 40.0, 60.0, None, 1.0],
    }
)


@pytest.mark.parametrize(("name", "order"), [("sharpe", [2, 3, 0, 1]), ("max_drawdown", [1, 0, 2, 3])])
def test_best_first_equals_by_number_undefined_last_partial_left_out(name: str, order: list[int]) -> None:
    assert objective(name).best_first(TRIALS)["trial_id"].to_list() == order


def test_partial_trials_are_ranked_when_there_are_no_others() -> None:
    partial = TRIALS.with_columns(status=pl.lit("partial"))
    assert objective("sharpe").best_first(partial)["trial_id"].to_list() == [4, 2, 3, 0, 1]


def test_an_unknown_objective_is_told_the_choices() -> None:
    with pytest.raises(ConfigError, match=r"objective must be one of total, .* got 'sharp'; did you mean sharpe"):
        objective("sharp")


def test_every_metric_can_be_an_objective_and_carries_its_own_name() -> None:
    assert tuple(OBJECTIVES) == METRICS
    assert all(name == found.name for name, found in OBJECTIVES.items())
