"""A cluster on one machine: the same bytes as here, also when nodes or its head are lost, and no data on workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import ray
from ray.cluster_utils import Cluster

from nfops.daycache import ChainDay
from sweeps import run
from sweeps.adapters import cluster_watch, ray_executor
from sweeps.adapters.cluster_watch import Watch
from sweeps.console import Console
from sweeps.ports import Outcome, Task
from sweeps.stop import CANCEL
from sweeps.work import failed
from tests.ray_nodes import RAY, started
from tests.sweeping import digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CODE = Path(__file__).parents[2]
WHOLE = ray_executor._evaluate._function


SOON = {"health_check_initial_delay_ms": 100, "health_check_period_ms": 200, "health_check_failure_threshold": 3}
"""A node that is lost is missed within a second."""


@contextmanager
def clustered(cores: int) -> Iterator[Cluster]:
    """Start a head with so many cores; everything is ended with it."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cores, "_system_config": SOON})
    try:
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def noting(marks: Path, stays: str | None = None) -> Any:
    """Give what workers run instead: they wait until two nodes were seen; where one stays, others wait to be lost."""
    whole = WHOLE

    def noted(task: Task, parcel: Any, names: list[str], *days: ChainDay) -> list[Outcome]:
        node = ray.get_runtime_context().get_node_id()
        (marks / f"{node}-{os.getpid()}-{time.monotonic_ns()}").touch()
        while stays not in {None, node} or len(nodes_seen(marks)) < 2:
            time.sleep(0.05)
        return whole(task, parcel, names, *days)

    return ray.remote(noted)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    made = tmp_path / "marks"
    made.mkdir()
    return made


def nodes_seen(marks: Path) -> set[str]:
    return {mark.name.partition("-")[0] for mark in marks.iterdir() if mark.name.count("-") == 2}


def test_a_node_that_is_lost_under_way_changes_nothing(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, marks: Path
) -> None:
    into = tmp_path / "sweep"
    with clustered(1) as cluster, ThreadPoolExecutor(1) as aside:
        lost = cluster.add_node(num_cpus=1)
        monkeypatch.setattr(ray_executor, "_evaluate", noting(marks, cluster.head_node.node_id))
        # Aside: the driver may wait for nothing but the tasks of that node by then.
        removed = aside.submit(_remove_when_used, cluster, lost, marks)

        assert run.main(words(root, into, "executor=ray", f"executor.address={cluster.address}")) == run.DONE

        removed.result()
        assert nodes_seen(marks) == {cluster.head_node.node_id, lost.node_id}
        assert [node["Alive"] for node in ray_nodes(cluster) if node["NodeID"] == lost.node_id] == [False]
    assert pl.read_parquet(into / "status.parquet")["state"].unique().to_list() == ["ok"]
    assert digests(into) == undisturbed


def _remove_when_used(cluster: Cluster, lost: Any, marks: Path) -> None:
    end = time.monotonic() + 120
    while lost.node_id not in nodes_seen(marks) and time.monotonic() < end:
        time.sleep(0.05)
    cluster.remove_node(lost, allow_graceful=False)


def ray_nodes(cluster: Cluster) -> list[dict[str, Any]]:
    """Nodes of a cluster, lost ones included."""
    ray.init(address=cluster.address, log_to_driver=False)
    return ray.nodes()


def drive(marks: str, *said: str) -> int:
    """Drive a sweep, in a process of its own, whose tasks wait for ever but for the first block's."""
    place, whole, look = Path(marks), WHOLE, Watch.look

    def waiting(task: Task, parcel: Any, names: list[str], *days: ChainDay) -> list[Outcome]:
        if task.start:
            (place / "waiting").touch()
            time.sleep(600)
        return whole(task, parcel, names, *days)

    def looking(self: Watch) -> None:
        look(self)
        if (place / "waiting").exists():
            (place / "looked").touch()  # nothing comes back any more: the driver only waits

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ray_executor, "_evaluate", ray.remote(waiting))
        patched.setattr(Watch, "look", looking)
        patched.setattr(cluster_watch, "LOST_S", 1.0)
        return run.main(list(said))


def test_a_sweep_whose_head_is_lost_ends_with_one_error_and_goes_on_elsewhere(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], marks: Path
) -> None:
    into = tmp_path / "sweep"
    start = f"import sys; from {__name__} import drive; sys.exit(drive(*sys.argv[1:]))"
    with clustered(1) as cluster:
        address = cluster.address
        on_it = words(root, into, "executor=ray", f"executor.address={address}")
        with subprocess.Popen(
            [sys.executable, "-c", start, str(marks), *on_it], cwd=CODE, stdout=subprocess.PIPE, text=True
        ) as driver:
            _until(lambda: driver.poll() is not None or (marks / "looked").exists(), 120)
            cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
            told, _ = driver.communicate(
                timeout=50
            )  # Ray itself would end it after sixty seconds, without a word of ours

    assert driver.returncode == run.FAILED
    assert told.count(f"the head of the Ray cluster at {address} is lost") == 1
    assert f"go on with: nfops resume {into}" in told
    assert "Traceback" not in told
    assert not (into / "trials.parquet").exists()
    assert (nfops("status", into).exit_code, json.loads((into / "sweep.json").read_text())["status"]) == (3, "failed")
    assert nfops("resume", into, "--executor", "local").exit_code == run.DONE
    assert digests(into) == undisturbed


def test_a_cluster_without_a_core_is_told_waited_for_and_given_up(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, marks: Path
) -> None:
    told, idle = list[str](), threading.Event()

    def noted(_: Console, lines: Sequence[str]) -> None:
        told.extend(lines)
        if any("has a core; waiting" in line for line in lines):
            idle.set()

    monkeypatch.setattr(Console, "remark", noted)
    with clustered(0) as cluster, ThreadPoolExecutor(1) as aside, ExitStack() as ending:
        on_it = ("executor=ray", f"executor.address={cluster.address}")
        assert run.main(words(root, tmp_path / "a", *on_it, "executor.patience_s=1")) == run.FAILED
        assert ["waiting for one for 1 s (executor.patience_s)" in line for line in told] == [True]
        assert "has had a core for 1 s" in json.loads((tmp_path / "a" / "sweep.json").read_text())["error"]
        told.clear()
        idle.clear()

        def cancel() -> None:
            assert idle.wait(60)
            (tmp_path / "a" / CANCEL).touch()

        cancelled = aside.submit(cancel)
        assert run.main(words(root, tmp_path / "a", *on_it)) == run.INTERRUPTED
        cancelled.result()
        assert json.loads((tmp_path / "a" / "sweep.json").read_text())["status"] == "interrupted"
        told.clear()
        idle.clear()

        lost = cluster.add_node(num_cpus=1)
        monkeypatch.setattr(ray_executor, "_evaluate", noting(marks))

        def come_and_go() -> None:
            _remove_when_used(cluster, lost, marks)
            assert idle.wait(60)
            (marks / "another-0-0").touch()  # from now on nobody waits to be lost
            ending.enter_context(started(joining(cluster.address)))  # a thread may not add a node to the cluster

        changed = aside.submit(come_and_go)
        assert run.main(words(root, tmp_path / "b", *on_it)) == run.DONE
        changed.result()

    assert [line.partition(" ")[0] for line in told] == ["no", "a"]
    assert told[-1] == "a node has joined the cluster; the sweep goes on"
    assert digests(tmp_path / "b") == undisturbed
    assert nfops("resume", tmp_path / "a", "--executor", "local").exit_code == run.DONE
    assert digests(tmp_path / "a") == undisturbed


def test_workers_without_any_data_give_the_same_bytes(
    root: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, marks: Path
) -> None:
    into, whole = tmp_path / "sweep", WHOLE

    def blind(task: Task, parcel: Any, names: list[str], *days: ChainDay) -> list[Outcome]:
        seen = len(list(root.iterdir()))
        (marks / f"{seen}-{os.getpid()}-{time.monotonic_ns()}").touch()
        return whole(task, parcel, names, *days)

    monkeypatch.setattr(ray_executor, "_evaluate", ray.remote(blind))
    with clustered(0) as cluster, blind_node(cluster.address, [root]) as node:
        _until(lambda: node.poll() is not None or any(one["Alive"] for one in ray_nodes(cluster)[1:]))
        ray.shutdown()

        assert run.main(words(root, into, "executor=ray", f"executor.address={cluster.address}")) == run.DONE

    assert nodes_seen(marks) == {"0"}  # each task found the data root empty
    assert len(list(root.iterdir())) > 0
    assert digests(into) == undisturbed


def test_code_that_is_sent_is_what_workers_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marks: Path
) -> None:
    ours = [CODE / name for name in ("nfops", "sweeps")]

    def told(task: Task, parcel: Any, names: list[str], *days: ChainDay) -> list[Outcome]:
        del parcel, names
        (marks / "code").write_text(f"{[list(place.iterdir()) for place in ours]} {sys.modules['nfops'].__file__}")
        # Kernels would be compiled anew where the code lies now, for minutes; that it arrived is enough.
        return [failed(task, day.date, NotImplementedError("seen"), 0.0) for day in days]

    monkeypatch.setattr(ray_executor, "_evaluate", ray.remote(told))
    with clustered(0) as cluster, blind_node(cluster.address, [root, *ours]) as node:
        _until(lambda: node.poll() is not None or any(one["Alive"] for one in ray_nodes(cluster)[1:]))
        ray.shutdown()
        sent = f"executor.runtime_env={{py_modules:[{ours[0]},{ours[1]}]}}"
        on_it = ("executor=ray", f"executor.address={cluster.address}", sent)

        assert run.main(words(root, tmp_path / "sweep", *on_it)) == run.FAILED

    empty, found = (marks / "code").read_text().split("] ")
    assert empty == "[[], []"
    assert "py_modules_files" in found
    status = pl.read_parquet(tmp_path / "sweep" / "status.parquet")
    assert status["error"].unique().to_list() == ["seen"]


@contextmanager
def blind_node(address: str, hidden: Sequence[Path]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a node whose processes see empty folders in place of ``hidden``, or skip where that is not permitted."""
    apart = ["unshare", "--mount", "--propagation", "private"]
    hide = " && ".join(f"mount -t tmpfs nfops-test {place}" for place in hidden)
    tried = subprocess.run([*apart, "sh", "-c", hide], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"a folder cannot be hidden from a process here: {tried.stderr.strip()}")
    with started([*apart, "sh", "-c", f"{hide} && exec {' '.join(joining(address))}"]) as node:
        yield node


def joining(address: str) -> list[str]:
    """Words that start a node with one core and stay as long as it does."""
    return [RAY, "start", f"--address={address}", "--num-cpus=1", "--block"]


def _until(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        ray.shutdown()
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.5)
