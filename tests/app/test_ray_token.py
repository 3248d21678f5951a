"""A head that was started by hand asks for a token; a sweep that joins it shows the one of its user."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sweeps import run
from sweeps.adapters.ray_token import offer_token
from tests.ray_nodes import RAY, started
from tests.sweeping import digests, words


def environment(home: Path) -> dict[str, str]:
    """The environment of a user who has this home, and decided nothing about Ray."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    kernels = str(Path(os.environ["NUMBA_CACHE_DIR"]).parent)
    return {**ours, "HOME": str(home), "NFOPS_KERNEL_CACHE": kernels}


@contextmanager
def head(home: Path) -> Iterator[str]:
    """Start a head as the guide tells, with two cores; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # The names of Ray's sockets have to be short.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as place:
        here = [f"--port={port}", "--node-ip-address=127.0.0.1", f"--temp-dir={place}", "--include-dashboard=false"]
        command = [RAY, "start", "--head", "--num-cpus=2", "--object-store-memory=100000000", "--block", *here]
        with started(command, environment(home)) as process:
            wait_for(port, process)
            yield f"127.0.0.1:{port}"


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the port answers."""
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the head ended"
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        assert time.monotonic() < end, "the head does not answer"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_sweep_joins_a_head_that_was_started_by_hand(root: Path, tmp_path: Path, undisturbed: dict[str, str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run([RAY, "get-auth-token", "--generate"], env=environment(home), check=True, capture_output=True)
    with head(home) as address:
        on_it = words(root, tmp_path / "sweep", "executor=ray", f"executor.address={address}")
        command = [sys.executable, "-m", "sweeps", "sweep", *on_it]
        done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)

    assert done.returncode == run.DONE, done.stdout + done.stderr
    assert digests(tmp_path / "sweep") == undisturbed


@pytest.mark.parametrize(
    ("known", "have", "mode"),
    [
        ({}, False, None),
        ({}, True, "token"),
        ({"RAY_AUTH_TOKEN": "abc"}, False, "token"),
        ({"RAY_AUTH_TOKEN_PATH": "/run/secrets/ray"}, False, "token"),
        ({"RAY_AUTH_MODE": "disabled"}, True, "disabled"),  # as the user says
    ],
)
def test_a_token_is_offered_where_there_is_one(
    known: dict[str, str], have: bool, mode: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", known)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if have:
        (tmp_path / ".ray").mkdir()
        (tmp_path / ".ray" / "auth_token").write_text("abc")
    offer_token()
    assert os.environ.get("RAY_AUTH_MODE") == mode
