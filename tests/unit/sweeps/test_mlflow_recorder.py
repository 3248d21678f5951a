"""Against a real database: MLflow's migrations take many seconds, so it is made once for all tests here."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from nfops.errors import ConfigError
from nfops.report import SweepFolder
from sweeps import ui
from sweeps.adapters.mlflow_recorder import LATEST, MlflowRecorder, RecordError
from tests.sweep_folder import make_sweep


class Recorded:
    """A sweep, and where it was recorded."""

    def __init__(self, home: Path) -> None:
        self.mlruns = home / "mlruns"
        self.sweep = make_sweep(home / "20240301-090000-abc")
        self.recorder = MlflowRecorder(self.mlruns)
        self.said = self.recorder.record(self.sweep)
        self.latest = json.loads((self.mlruns / LATEST).read_text())
        self.client = cast("Any", self.recorder)._opened.result()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("mlflow"))


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
    } <= attached
    figures = {item.path for item in recorded.client.list_artifacts(run.info.run_id, "figures")}
    assert figures == {"figures/curves.png", "figures/heatmap.png", "figures/days.png"}
    assert "looks better than it is" in run.data.tags["mlflow.note.content"]
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(recorded.mlruns / "artifacts")
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("NIFTY 2024-01-01..2024-02-09", "ab" * 16)


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


@pytest.mark.slow
def test_the_database_is_readable_while_it_is_written_and_knows_its_sizes(recorded: Recorded) -> None:
    with sqlite3.connect(recorded.mlruns / "mlflow.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 0


@pytest.mark.slow
def test_a_locked_database_is_said_to_be_locked(recorded: Recorded, tmp_path: Path) -> None:
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


@pytest.mark.slow
def test_the_server_says_where_to_look_and_ends_when_told(recorded: Recorded) -> None:
    port = free_port()
    code = "import sys, pathlib; from sweeps import ui; sys.exit(ui.serve(pathlib.Path(sys.argv[1]), int(sys.argv[2])))"
    words = [sys.executable, "-u", "-c", code, str(recorded.mlruns), str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as server:
        try:
            assert server.stdout is not None
            lines = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(server.stdout.readline())
                assert lines[-1], lines
            page = urllib.request.urlopen(ui.address(port)).read().decode()
            assert "MLflow" in page
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
    with socket.socket() as again:
        assert again.connect_ex((ui.HOST, port)) != 0


def test_links_lead_to_the_comparison_of_the_best(tmp_path: Path) -> None:
    latest = {"experiment": "3", "run": "r0", "compared": ["a", "b"], "objective": "max_drawdown", "maximise": False}
    (tmp_path / LATEST).write_text(json.dumps(latest))
    lines = ui.links(tmp_path, 5055)
    fragment = urlsplit(next(line for line in lines if "compared" in line).split()[-1]).fragment
    assert fragment.startswith("/compare-runs?")
    asked = parse_qs(urlsplit(fragment).query)
    assert asked == {"runs": ['["a","b"]'], "experiments": ['["3"]']}
    table = parse_qs(urlsplit(urlsplit(next(line for line in lines if "table" in line).split()[-1]).fragment).query)
    assert table["searchFilter"] == ["tags.mlflow.parentRunId = 'r0'"]
    assert (table["orderByKey"], table["orderByAsc"]) == (["metrics.`max_drawdown`"], ["true"])


def test_nothing_recorded_is_said_before_a_server_starts(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"nothing is recorded in .*mlflow\.db is not there; run a sweep with record=mlflow"
    ):
        ui.serve(tmp_path)


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").touch()
    with socket.socket() as taken:
        taken.bind((ui.HOST, 0))
        taken.listen()
        with pytest.raises(
            ConfigError, match=rf"port {taken.getsockname()[1]} on 127\.0\.0\.1 cannot be used .*--port"
        ):
            ui.serve(tmp_path, taken.getsockname()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ui.HOST, 0))
        return int(probe.getsockname()[1])
