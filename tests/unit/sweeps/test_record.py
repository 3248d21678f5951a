from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.neighbours import Surroundings
from sweeps import record
from tests.sweep_folder import make_sweep


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    return SweepFolder.read(make_sweep(tmp_path_factory.mktemp("record") / "20240301-090000-abc"))


def test_parameters_are_the_fixed_configuration_and_the_search_space(folder: SweepFolder) -> None:
    found = record.parameters(folder)
    assert found["strategy.exit.stop_pct"] == "10, 20, 30, 40"
    assert found["strategy.exit.target_pct"] == "10, 25, off"
    assert found["strategy.exit.settle"] == "false"
    assert found["fills"] == "last"
    assert found["fills.max_age_s"] == "60"
    assert found["span.start"] == "2024-01-01"
    assert not [path for path in found if path.startswith(("paths", "executor"))]


def test_long_lists_of_values_are_cut(tmp_path: Path) -> None:
    axes = {"strategy.exit.stop_pct": list(range(1, 200))}
    found = record.parameters(SweepFolder.read(make_sweep(tmp_path / "sweep", axes=axes, days=4)))
    assert len(found["strategy.exit.stop_pct"]) == 500
    assert found["strategy.exit.stop_pct"].endswith("…")


def test_sweep_metrics_are_the_best_trial_and_the_spread_of_all(folder: SweepFolder) -> None:
    found = record.sweep_metrics(folder)
    sharpe = sorted(folder.trials["sharpe"].to_list())
    assert found["best/sharpe"] == sharpe[-1]
    assert found["median/sharpe"] == pytest.approx((sharpe[17] + sharpe[18]) / 2)
    assert found["best/trial_id"] == folder.trials.sort("sharpe")["trial_id"][-1]
    counts = (found["sweep/trials"], found["sweep/days"], found["sweep/days_missing"], found["sweep/days_incomplete"])
    assert counts == (36, 27, 2, 1)


def test_what_is_undefined_is_left_out() -> None:
    row = {
        "trial_id": 1,
        "sharpe": None,
        "sortino": math.nan,
        "calmar": math.inf,
        "total": 5.0,
        "skip_stale": 2,
        "status": "ok",
    }
    assert record.trial_metrics(row) == {"total": 5.0, "skip_stale": 2.0}


@pytest.mark.parametrize(("trials", "recorded"), [(200, 200), (201, 20)])
def test_few_trials_are_all_recorded_of_many_the_best(tmp_path: Path, trials: int, recorded: int) -> None:
    axes = {"strategy.exit.stop_pct": list(range(trials))}
    chosen = record.chosen(SweepFolder.read(make_sweep(tmp_path / "sweep", axes=axes, days=4)))
    assert chosen.height == recorded
    assert chosen["sharpe"].to_list() == sorted(chosen["sharpe"], reverse=True)


def test_the_number_of_trials_recorded_one_by_one_can_be_set(folder: SweepFolder) -> None:
    config = {**folder.summary["config"], "record": {"runs": 7}}
    asked = SweepFolder(
        folder.path, {**folder.summary, "config": config}, folder.trials, folder.daily, folder.fills, folder.status
    )
    assert record.chosen(asked)["trial_id"].to_list() == folder.ranked["trial_id"].head(7).to_list()


def test_tags_identify_data_code_and_configuration(folder: SweepFolder, tmp_path: Path) -> None:
    found = record.tags(Surroundings(folder))
    assert found["nfops.sweep_id"] == "20240301-090000-abc"
    assert found["nfops.dates"] == "2024-01-01..2024-02-09"
    assert found["nfops.data_hash"] == "ab" * 16
    assert found["mlflow.source.git.commit"] == "0123456789abcdef" * 2
    other = SweepFolder.read(make_sweep(tmp_path / "other", days=12))
    assert record.tags(Surroundings(other))["nfops.config_hash"] != found["nfops.config_hash"]
    assert all(isinstance(text, str) for text in found.values())


def test_a_trial_has_its_place_and_says_whether_it_is_on_the_plateau(tmp_path: Path) -> None:
    # The median is 0, so 7.5 and more is as good; 9.5 stands beside a 0, the others beside what is as good.
    path = make_sweep(tmp_path / "sweep", axes={"strategy.x": [1, 2, 3, 4, 5, 6, 7]}, days=4, status="ok")
    trials = pl.read_parquet(path / "trials.parquet")
    trials.with_columns(sharpe=pl.Series([9.0, 10.0, 9.5, 0, 0, 0, 0])).write_parquet(path / "trials.parquet")
    around = Surroundings(SweepFolder.read(path))
    found = [record.trial_tags(around, rank) for rank in (1, 2, 3)]
    assert around.folder.ranked["trial_id"].head(3).to_list() == [1, 2, 0]
    assert [tags["nfops.plateau"] for tags in found] == ["true", "false", "true"]
    assert [(tags["nfops.kind"], tags["nfops.rank"]) for tags in found] == [
        ("trial", "1"),
        ("trial", "2"),
        ("trial", "3"),
    ]
    assert "The best stands on a plateau" in record.tags(around)[record.NOTE]


def test_a_sweep_not_from_a_checkout_has_no_commit(folder: SweepFolder) -> None:
    summary = {**folder.summary, "code": {**folder.summary["code"], "git_commit": None}}
    loose = SweepFolder(folder.path, summary, folder.trials, folder.daily, pl.DataFrame(), folder.status)
    assert "mlflow.source.git.commit" not in record.tags(Surroundings(loose))
