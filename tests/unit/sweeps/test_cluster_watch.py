"""A cluster is looked at while nothing comes back from it: a lost head is an error, a missing core is waited for."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nfops.errors import NfopsError
from sweeps.adapters import cluster_watch
from sweeps.adapters.cluster_watch import Watch


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(cluster_watch, "time", made)
    return made


@pytest.fixture
def head() -> Iterator[socket.socket]:
    """What answers as a head does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def address(head: socket.socket) -> str:
    return f"127.0.0.1:{head.getsockname()[1]}"


def test_a_cluster_without_a_core_is_told_once_and_given_up_when_patience_ends(
    clock: Clock, head: socket.socket
) -> None:
    told: list[str] = []
    watch = Watch(address(head), lambda: 0, 60.0, told.extend)

    for _ in range(61):
        watch.look()
        clock.sleep(1)
    with pytest.raises(NfopsError, match=r"has had a core for 60 s \(executor\.patience_s\); start a node"):
        watch.look()

    assert told == [
        f"no node of the Ray cluster at {address(head)} has a core; waiting for one for 60 s (executor.patience_s)"
    ]


def test_a_node_that_joins_in_time_is_told_and_patience_begins_anew(clock: Clock, head: socket.socket) -> None:
    told: list[str] = []
    cores = iter([4, 0, 0, 2, 2, 0, 0])
    watch = Watch(address(head), lambda: next(cores), 60.0, told.extend)

    for _ in range(7):
        watch.look()
        clock.sleep(50)

    assert [line.partition(" ")[0] for line in told] == ["no", "a", "no"]


def test_whoever_sets_no_patience_waits_for_ever(clock: Clock, head: socket.socket) -> None:
    told: list[str] = []
    watch = Watch(address(head), lambda: 0, None, told.extend)
    for _ in range(3):
        watch.look()
        clock.sleep(1_000_000)
    assert [line.endswith("waiting for one") for line in told] == [True]


def test_a_head_that_is_gone_is_tried_for_a_while_and_then_lost(clock: Clock, head: socket.socket) -> None:
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        return 1

    watch, place = Watch(address(head), count, None, print), address(head)
    watch.look()
    head.close()
    began = clock.now
    with pytest.raises(NfopsError, match=f"the head of the Ray cluster at {place} is lost"):
        watch.look()

    assert 20 < clock.now - began <= 22
    assert len(asked) == 1  # a head that does not answer is asked nothing: Ray would wait, and end the process
