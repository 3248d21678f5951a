"""`nfops ui`: the MLflow server on this machine, opened where the last sweep's best trials are compared."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from nfops.errors import ConfigError, NfopsError
from sweeps.adapters.mlflow_recorder import DATABASE, LATEST

HOST: Final = "127.0.0.1"
PORT: Final = 5000
PATIENCE_S: Final = 120
"""A cold server needs a dozen seconds; a busy machine several times that."""


def serve(mlruns: Path, port: int = PORT, say: Callable[[str], None] = print) -> int:
    """Run the server until it is interrupted or terminated; return the exit code.

    Parameters
    ----------
    mlruns
        Folder in which sweeps were recorded.
    port
        Port on 127.0.0.1.
    say
        Told where to look once the server answers.

    Raises
    ------
    ConfigError
        When nothing is recorded in ``mlruns``, or the port is taken.
    NfopsError
        When the server ends, or does not answer, before it is ready.
    """
    database = mlruns.resolve() / DATABASE
    if not database.is_file():
        raise ConfigError(
            f"nothing is recorded in {mlruns}: {DATABASE} is not there; run a sweep with record=mlflow first"
        )
    _claim(port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    say(f"Starting MLflow on {address(port)} ...")
    server = subprocess.Popen(command(mlruns, port), env=_environment(), stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(server, port)
        for line in links(mlruns, port):
            say(line)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(server)


def command(mlruns: Path, port: int) -> list[str]:
    """Return the command line of a server that shows ``mlruns`` to this machine only."""
    home = mlruns.resolve()
    return [
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{home / DATABASE}", "--artifacts-destination", str(home / "artifacts")),
        *("--uvicorn-opts", "--log-level warning"),
    ]


def address(port: int) -> str:
    """Return the address of the server."""
    return f"http://{HOST}:{port}"


def links(mlruns: Path, port: int) -> list[str]:
    """Say what to open: the last run's own page, its best trials or its windows side by side, and everything."""
    base = f"{address(port)}/#"
    lines = [f"All experiments        {base}/experiments"]
    latest = mlruns / LATEST
    if latest.is_file():
        at: Mapping[str, Any] = json.loads(latest.read_text(encoding="utf-8"))
        place, run = at["experiment"], at["run"]
        best = urlencode({"runs": _listed(at["compared"]), "experiments": _listed([place])}, quote_via=quote)
        order = {"orderByKey": f"metrics.`{at['objective']}`", "orderByAsc": str(not at["maximise"]).lower()}
        below = urlencode({"searchFilter": f"tags.mlflow.parentRunId = '{run}'", **order}, quote_via=quote)
        walked = at.get("kind") == "walkforward"
        last, its = ("The last walk-forward", "Its windows") if walked else ("The last sweep", "Its best")
        told = {
            last: f"experiments/{place}/runs/{run}",
            f"{its}, compared": f"compare-runs?{best}",
            f"{its}, as charts": f"experiments/{place}/runs?{below}&compareRunsMode=CHART",
            f"{its}, as a table": f"experiments/{place}/runs?{below}",
        }
        lines = [*(f"{what:22} {base}/{where}" for what, where in told.items()), *lines]
    return [*lines, "Ctrl-C stops the server."]


def _listed(ids: Sequence[str]) -> str:
    """Write identifiers as MLflow's page reads them."""
    return json.dumps(ids, separators=(",", ":"))


def _claim(port: int) -> None:
    """Raise ConfigError unless this port could be listened on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as fault:
            raise ConfigError(
                f"port {port} on {HOST} cannot be used ({fault}); choose another one with --port"
            ) from fault


def _environment() -> dict[str, str]:
    """No telemetry, no processes for what nfops does not use, no warnings between MLflow and its own libraries."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return os.environ | quiet | {"PYTHONWARNINGS": "ignore"}


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server answers."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise NfopsError(
                f"MLflow ended with code {server.returncode} before it was ready; its message stands above"
            )
        try:
            with urllib.request.urlopen(f"{address(port)}/health", timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise NfopsError(f"MLflow did not answer on {address(port)} within {PATIENCE_S} s")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its workers."""
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
