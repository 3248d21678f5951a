"""The server that compares what was recorded: where it says to look, what a browser then shows, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from nfops.errors import ConfigError
from sweeps import ui
from sweeps.adapters.mlflow_recorder import LATEST
from tests.browser import browser, visit
from tests.recorded import Recorded

DRAWN = """
new Promise((done) => {
  const look = () => {
    const drawn = document.querySelectorAll(".parcoords, g.parallel-coordinates, canvas.gl-canvas").length;
    if (drawn) done(drawn); else setTimeout(look, 300);
  };
  look();
})
"""
"""Waits until the parallel coordinates are drawn; the browser's patience ends it otherwise."""


@contextmanager
def served(mlruns: Path, port: int) -> Iterator[list[str]]:
    """Serve what is recorded, as ``nfops ui`` does; give the lines it says, and end it well."""
    code = "import sys, pathlib; from sweeps import ui; sys.exit(ui.serve(pathlib.Path(sys.argv[1]), int(sys.argv[2])))"
    words = [sys.executable, "-u", "-c", code, str(mlruns), str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as server:
        try:
            assert server.stdout is not None
            lines: list[str] = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(server.stdout.readline())
                assert lines[-1], lines
            yield lines
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0


@pytest.mark.slow
def test_the_server_says_where_to_look_and_ends_when_told(recorded: Recorded) -> None:
    port = free_port()
    with served(recorded.mlruns, port):
        page = urllib.request.urlopen(ui.address(port)).read().decode()
        assert "MLflow" in page
    with socket.socket() as again:
        assert again.connect_ex((ui.HOST, port)) != 0


@pytest.mark.slow
def test_the_best_trials_are_compared_in_a_browser_that_fetches_nothing_from_elsewhere(recorded: Recorded) -> None:
    browser()
    (recorded.mlruns / LATEST).write_text(json.dumps(recorded.latest))  # other tests here record, too
    port = free_port()
    with served(recorded.mlruns, port) as lines:
        address = next(line for line in lines if "compared" in line).split()[-1]
        seen = visit(address, [DRAWN, "document.body.innerText"])
    lines_drawn, text = seen.answers
    assert lines_drawn > 0
    assert "Comparing 20 Runs from 1 Experiment" in text
    assert all(words in text for words in ("Parallel Coordinates Plot", "strategy.exit.stop_pct", "strategy.entry.at"))
    assert {urlsplit(asked).netloc for asked in seen.fetched} == {f"{ui.HOST}:{port}"}


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
