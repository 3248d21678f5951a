"""What MLflow keeps of a sweep and of a walk-forward, read back from a real database."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from nfops.report import SweepFolder
from sweeps import ui
from sweeps.adapters import mlflow_recorder
from sweeps.adapters.mlflow_recorder import LATEST, RecordError
from tests.recorded import Recorded
from tests.sweep_folder import make_sweep
from tests.unit.report.test_walk import BURNT, SEEN
from tests.unit.report.test_walk import folder as make_walk


@pytest.mark.slow
def test_a_sweep_is_one_run_with_its_files(recorded: Recorded) -> None:
    assert (
        recorded.said == "MLflow experiment nfops/short_straddle/NIFTY, run 20240301-090000-abc with 36 trials below it"
    )
    run = recorded.client.get_run(recorded.latest["run"])
    assert (run.info.status, run.data.tags["nfops.kind"]) == ("FINISHED", "sweep")
    assert run.data.params["strategy.exit.stop_pct"] == "10, 20, 30, 40"
    assert run.data.metrics["sweep/trials"] == 36
    attached = {item.path for item in recorded.client.list_artifacts(run.info.run_id)}
    assert {
        "sweep.json",
        "trials.parquet",
        "daily.parquet",
        "fills.parquet",
        "leaderboard.json",
        "report.html",
        "config.yaml",
    } <= attached
    figures = {item.path for item in recorded.client.list_artifacts(run.info.run_id, "figures")}
    assert figures == {f"figures/{name}.png" for name in ("bands", "curves", "days", "heatmap", "spread")}
    assert "looks better than it is" in run.data.tags["mlflow.note.content"]
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(recorded.mlruns / "artifacts")


@pytest.mark.slow
def test_the_data_of_the_sweep_and_of_each_trial_is_known_by_its_hash(recorded: Recorded) -> None:
    import mlflow.data  # noqa: PLC0415 - costly, and here alone

    for name in (recorded.latest["run"], *recorded.latest["compared"]):
        (data,) = recorded.client.get_run(name).inputs.dataset_inputs
        assert (data.dataset.name, data.dataset.digest) == ("NIFTY 2024-01-01..2024-02-09", "ab" * 16)
        assert mlflow.data.get_source(data.dataset).to_dict() == {"uri": "data"}
    assert json.loads(data.dataset.profile) == {"days": 27}


@pytest.mark.slow
def test_the_configuration_and_the_table_of_the_best_can_be_loaded(recorded: Recorded, tmp_path: Path) -> None:
    folder = SweepFolder.read(recorded.sweep)
    file = recorded.client.download_artifacts(recorded.latest["run"], "config.yaml", str(tmp_path))
    assert yaml.safe_load(Path(file).read_text()) == folder.summary["config"]
    file = recorded.client.download_artifacts(recorded.latest["run"], "leaderboard.json", str(tmp_path))
    table = json.loads(Path(file).read_text())
    assert [row[table["columns"].index("trial_id")] for row in table["data"]] == folder.ranked["trial_id"][
        :20
    ].to_list()
    tag = recorded.client.get_run(recorded.latest["run"]).data.tags["mlflow.loggedArtifacts"]
    assert json.loads(tag) == [{"path": "leaderboard.json", "type": "table"}]


@pytest.mark.slow
@pytest.mark.parametrize(("trials", "asked", "runs"), [(400, None, 20), (400, 3, 3), (800, 3, 3)])
def test_the_cost_of_a_record_does_not_grow_with_the_trials(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trials: int, asked: int | None, runs: int
) -> None:
    """Four calls a run, whatever the number of trials; the time of 100,000 trials is that of their report."""
    path = make_sweep(tmp_path / "sweep", axes={"strategy.exit.stop_pct": list(range(trials))}, days=5)
    summary = json.loads((path / "sweep.json").read_text())
    summary["config"]["record"] = {"name": "mlflow", "fills": "top", "top": 20, "runs": asked}
    (path / "sweep.json").write_text(json.dumps(summary))
    client, made = recorded.client, []
    for name in ("create_run", "log_batch", "log_inputs", "set_terminated"):
        monkeypatch.setattr(client, name, counted(getattr(client, name), made))
    assert recorded.recorder.record(path).endswith(f"with {runs} trials below it")
    assert len(made) == 4 * (1 + runs)


def counted(call: Callable[..., Any], made: list[str]) -> Callable[..., Any]:
    def counting(*values: Any, **named: Any) -> Any:
        made.append(call.__name__)
        return call(*values, **named)

    return counting


@pytest.mark.slow
def test_its_trials_are_runs_below_it_best_first(recorded: Recorded) -> None:
    folder = SweepFolder.read(recorded.sweep)
    best = folder.ranked.row(0, named=True)
    run = recorded.client.get_run(recorded.latest["compared"][0])
    assert run.info.run_name == f"#1 trial {best['trial_id']}"
    assert run.data.tags["mlflow.parentRunId"] == recorded.latest["run"]
    assert run.data.params == folder.setting(best)
    assert run.data.metrics["sharpe"] == best["sharpe"]
    below = recorded.client.search_runs(
        [recorded.latest["experiment"]], f"tags.mlflow.parentRunId = '{recorded.latest['run']}'", max_results=100
    )
    assert len(below) == 36
    assert below[0].info.run_id == run.info.run_id  # MLflow lists the latest first


@pytest.mark.slow
def test_the_curve_of_a_trial_has_a_step_per_day(recorded: Recorded) -> None:
    folder = SweepFolder.read(recorded.sweep)
    points = recorded.client.get_metric_history(recorded.latest["compared"][0], "equity")
    assert [point.step for point in points] == list(range(1, 28))
    assert points[-1].value == pytest.approx(folder.ranked["total"][0])


@pytest.mark.parametrize(("days", "kept"), [(0, 0), (1, 1), (500, 500), (1_501, 500)])
def test_a_long_curve_is_kept_in_equal_steps(days: int, kept: int) -> None:
    steps = mlflow_recorder._steps(days)
    assert len(steps) == kept
    assert not days or (steps[0], steps[-1]) == (1, days)
    assert all(1 <= later - sooner <= 4 for sooner, later in itertools.pairwise(steps))


@pytest.mark.slow
def test_the_database_is_readable_while_it_is_written_and_knows_its_sizes(recorded: Recorded) -> None:
    with sqlite3.connect(recorded.mlruns / "mlflow.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0


@pytest.mark.slow
def test_a_locked_database_is_said_to_be_locked(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_recorder, "LOCKED_S", 1.0)
    sweep = make_sweep(tmp_path / "20240302-090000-abc")
    other = sqlite3.connect(recorded.mlruns / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(
            RecordError, match=r"mlflow\.db is locked by another process\)\. The sweep's files are whole"
        ):
            recorded.recorder.record(sweep)
    finally:
        other.close()


@pytest.mark.slow
def test_whatever_fails_is_one_kind_of_error(recorded: Recorded, tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=r"no record of this sweep \(DataError: .* not the folder of a finished sweep"
    ):
        recorded.recorder.record(tmp_path)


@pytest.fixture
def walked(tmp_path: Path) -> Path:
    """A walk-forward of two windows, of which the first chose stop_pct off and lost a quarter, the second nothing."""
    kept = {"started": "2024-03-01 09:00:00+00:00", "finished": "2024-03-01 09:05:00+00:00", "data_hash": "cd" * 16}
    path = make_walk(tmp_path / "20240303-090000-abc", burnt=BURNT[:1], seen=SEEN, **kept)
    said = json.loads((path / "wf.json").read_text())
    said["config"] |= {"paths": {"data": "data"}, "walkforward": {"train_days": 5, "test_days": 2}}
    said["code"] |= {"git_commit": None, "git_dirty": False}
    (path / "wf.json").write_text(json.dumps(said))
    dates = [f"2024-01-{day:02}" for day in (1, 2, 3, 4, 5, 8, 9, 10, 11)]
    pl.DataFrame({"date": dates, "ok": [day != "2024-01-03" for day in dates]}).write_parquet(path / "status.parquet")
    return path


@pytest.mark.slow
def test_a_walk_forward_is_one_run_with_a_run_for_each_window(
    recorded: Recorded, walked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, made = recorded.client, []
    with monkeypatch.context() as patched:
        for name in ("create_run", "log_batch", "log_inputs", "set_terminated"):
            patched.setattr(client, name, counted(getattr(client, name), made))
        said = [recorded.recorder.record(walked) for _ in range(2)]
    assert said == [
        "MLflow experiment nfops/short_straddle/NIFTY, run 20240303-090000-abc with 2 windows below it",
        "MLflow experiment nfops/short_straddle/NIFTY has run 20240303-090000-abc already",
    ]
    assert len(made) == 4 * 3

    latest = json.loads((recorded.mlruns / LATEST).read_text())
    run = client.get_run(latest["run"])
    tags = {name.removeprefix("nfops."): text for name, text in run.data.tags.items()}
    assert (tags["kind"], tags["dropped"], tags["burnt"], tags["seen"]) == ("walkforward", "true", "0", "1")
    assert "DROPPED: the stitched days" in tags["mlflow.note.content"]
    assert "SEEN: window 1" in tags["mlflow.note.content"]
    assert (run.data.params["walkforward.train_days"], run.data.params["strategy.exit.stop_pct"]) == ("5", "10, off")
    numbers = run.data.metrics
    assert (numbers["is/sharpe"], numbers["oos/sharpe"], numbers["delta/sharpe"]) == (2.0, 1.5, -0.5)
    assert (numbers["walk/windows"], numbers["walk/windows_dropped"], numbers["walk/windows_burnt"]) == (2, 1, 1)
    # 500 rupees, then 200 of them lost; the second window stays out of the market.
    assert [point.value for point in client.get_metric_history(run.info.run_id, "equity")] == [500, 300, 300, 300]
    attached = {item.path for place in (None, "figures") for item in client.list_artifacts(run.info.run_id, place)}
    assert {"wf.json", "windows.parquet", "oos_daily.parquet", "walkforward.html", "config.yaml"} <= attached
    assert "figures/walkforward.png" in attached

    first, second = (client.get_run(name) for name in latest["compared"])
    assert [one.info.run_name for one in (first, second)] == ["window 0", "window 1"]
    assert {one.data.tags["mlflow.parentRunId"] for one in (first, second)} == {run.info.run_id}
    assert [one.data.tags["nfops.chosen"] for one in (first, second)] == ["true", "false"]
    assert [one.data.tags["nfops.dropped"] for one in (first, second)] == ["true", "unknown"]
    assert first.data.params["strategy.exit.stop_pct"] == "off"
    assert first.data.params["walkforward.test_start"] == "2024-01-08"
    assert (first.data.metrics["is/sharpe"], first.data.metrics["delta/sharpe"]) == (2.0, -0.5)
    assert "is/sharpe" not in second.data.metrics
    assert [point.value for point in client.get_metric_history(first.info.run_id, "equity")] == [500, 300]
    for one in (run, first, second):
        (data,) = one.inputs.dataset_inputs
        assert (data.dataset.name, data.dataset.digest) == ("NIFTY 2024-01-01..2024-01-12", "cd" * 16)
    assert json.loads(data.dataset.profile) == {"days": 8}
    assert any("Its windows, compared" in line for line in ui.links(recorded.mlruns, 5055))
