"""Runs tasks on Ray: the cores of this machine or a cluster. The only file that imports ray.

The arrays of a day are put into the object store once and shared, without copying, by all tasks of that day; where the
same days are asked for again, also by later passes, as far as half of the smallest node's store holds them. At most a
few tasks per core, and no more bytes of days than that, are under way, so no store is flooded. Workers read no data
from any disk.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import ray

from nfops.daycache import ChainDay, fetch, parts_of
from nfops.errors import NfopsError
from nfops.market import DayFacts
from nfops.types import Int64Array
from sweeps.adapters.cluster_watch import Watch, answers
from sweeps.adapters.flights import Flight, InFlight, cuts, size
from sweeps.adapters.parcels import Parcel, opened, packed
from sweeps.adapters.shelf import Shelf
from sweeps.ports import Outcome, Task, never
from sweeps.work import evaluate, failed

AHEAD = 3
"""Tasks under way per core."""

MOST_BYTES = 128 * 2**20
"""Days of a task together, if they are more than one: memory that Ray has used before is written to four times as fast
as what it has not, so as little of it as keeps everybody busy is used."""

PASSING = 8
"""Part of the room for days that is used where no day will be asked for again, for the same reason."""

RECOUNT_S = 5.0
"""Cores of the cluster are counted again so often."""

LOOK_S = 1.0
"""When nothing came back for so long, the cluster is looked at."""

_QUIET = {
    "POLARS_MAX_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""One thread a worker, and no telemetry; workers inherit what is set before Ray starts."""


class RayExecutor:
    """Executor port on Ray.

    ``again`` says whether the same days will be asked for once more, as each generation of a search does.

    A task whose worker or node is lost is tried again by Ray, and after three times day by day, so that a day that ends
    every worker takes no other day with it.

    Raises
    ------
    NfopsError
        When no cluster answers at ``address``, or Ray cannot start here; and from ``run`` when the head is lost, or no
        node has had a core for ``patience_s`` (None: whole nights are waited for one).
    """

    def __init__(
        self,
        workers: int | None,
        address: str | None,
        runtime_env: Mapping[str, Any] | None = None,
        *,
        again: bool = True,
        patience_s: float | None = None,
        say: Callable[[list[str]], None] = print,
    ) -> None:
        os.environ.update({name: os.environ.get(name, value) for name, value in _QUIET.items()})
        if ray.is_initialized():
            ray.shutdown()
        address = address or os.environ.get("RAY_ADDRESS")
        there = {"address": address, "runtime_env": dict(runtime_env or {})}
        # "local": another cluster that runs on this machine is joined only when it is named.
        own = {"address": "local", "num_cpus": workers or os.cpu_count(), "include_dashboard": False}
        try:
            answers(address)
            _start(there if address else own)
        except Exception as fault:  # Ray raises whatever it likes, plain exceptions too
            where = f"no Ray cluster can be used at {address}" if address else "Ray cannot start here"
            raise NfopsError(f"{where} ({_told(fault)}); executor=local does without") from fault
        self._workers = workers
        self._cores, self._counted = 0, -math.inf
        self._watch = Watch(ray.get_runtime_context().gcs_address, _cores, patience_s, say)
        self._store = min(_stores(), default=0)
        self._budget = self._store // 2
        self._most = min(self._budget // 2, MOST_BYTES)
        self._shelf = Shelf(ray.put, self._budget if again else self._budget // PASSING)
        self._blocks: dict[int, tuple[Int64Array, Any]] = {}

    def run(
        self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay], stopped: Callable[[], bool] = never
    ) -> Iterator[Outcome]:
        """Yield outcomes as they are done; once ``stopped``, a cluster without a core is not waited for."""
        flying = InFlight()
        for task in tasks:
            began, days, wanted = time.perf_counter(), [], []
            for facts in task.facts:
                try:
                    day = load(facts.session.date)
                    self._fits(day)
                except (NfopsError, OSError) as fault:
                    yield failed(task, facts.session.date, fault, time.perf_counter() - began)
                    continue
                wanted.append(facts)
                days.append(day)
                fetch(parts_of(day))
            for cut in cuts([size(day) for day in days], self._most):
                part = replace(task, facts=tuple(wanted[cut]))
                sizes = {day.date: size(day) for day in days[cut]}
                while flying.flights and (
                    len(flying.flights) >= self._slots() or flying.bytes_with(sizes) > self._budget
                ):
                    yield from self._landed(flying, stopped)
                busy = flying.days | sizes.keys()
                try:
                    references = [self._shelf.reference(day, busy) for day in days[cut]]
                except ray.exceptions.RayError as fault:
                    self._watch.must_answer()
                    yield from _lost(part, fault, began)
                    continue
                self._send(flying, Flight(part, tuple(references), sizes, time.perf_counter()))
        while flying.flights:
            yield from self._landed(flying, stopped)

    def close(self) -> None:
        """Stop what was started, or leave the cluster."""
        self._shelf.clear()
        self._blocks.clear()
        ray.shutdown()

    def _slots(self) -> int:
        """Tasks that may be under way: for the workers asked for, or for the cores there are now; nodes come and go."""
        if self._workers is None and time.monotonic() - self._counted > RECOUNT_S:
            self._watch.must_answer()
            self._cores, self._counted = _cores(), time.monotonic()
        return AHEAD * max(1, self._workers or self._cores)

    def _fits(self, day: ChainDay) -> None:
        """Refuse a day that Ray would keep on disk, wherever it is read."""
        if size(day) > self._store:
            day_mb, store_mb = f"{size(day) / 1e6:,.0f} MB", f"{self._store / 1e6:,.0f} MB"
            why = f"a day of {day_mb} does not fit into Ray's object store of {store_mb}"
            raise NfopsError(f"{why}; start Ray with a larger one (--object-store-memory), or take executor=local")

    def _block(self, start: int, values: Int64Array) -> Any:
        """Give the reference to the numbers of a block; another block of the same place takes it over."""
        held, reference = self._blocks.get(start, (None, None))
        if held is not values:
            reference = ray.put(packed(values))
            self._blocks[start] = values, reference
        return reference

    def _send(self, flying: InFlight, flight: Flight) -> None:
        block, bare = self._block(flight.task.start, flight.task.values), replace(flight.task, values=_NOTHING)
        light = sum(flight.sizes.values()) <= self._budget * AHEAD // (2 * self._slots())
        names = [reference.hex() for reference in flight.days] if light else []
        flying.begin(_evaluate.remote(bare, block, names, *flight.days), flight)

    def _landed(self, flying: InFlight, stopped: Callable[[], bool]) -> Iterator[Outcome]:
        done: list[Any] = []
        while not done:
            done, _ = ray.wait(list(flying.flights), num_returns=1, timeout=LOOK_S)
            if not done:
                self._watch.look()
                if stopped() and not _cores():
                    flying.flights.clear()
                    return
        for reference in done:
            flight = flying.end(reference)
            try:
                for outcome in ray.get(reference):
                    yield replace(outcome, weight=flight.sizes[outcome.date] / self._most)
            except (ray.exceptions.RayError, OSError) as fault:
                self._watch.must_answer()
                if len(flight.days) == 1:
                    yield from _lost(flight.task, fault, flight.began)
                for alone in flight.alone() if len(flight.days) > 1 else ():
                    self._send(flying, alone)


def _start(how: Mapping[str, Any]) -> None:
    """Start or join Ray, once more where a busy machine did not manage it in the half minute that Ray allows."""
    for last in (False, True):
        try:
            ray.init(**how, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as fault:
            ray.shutdown()
            if last or "timed out during startup" not in str(fault):
                raise
        else:
            return


def _told(fault: BaseException) -> str:
    """Say what an exception says, and the last line of what it came from, which Ray likes to hide."""
    told, root = f"{type(fault).__name__}: {fault}", fault
    while root.__cause__ is not None:
        root = root.__cause__
    return told if root is fault else f"{told}, because of {str(root).strip().rpartition(chr(10))[2]}"


_NOTHING: Final = np.zeros((0, 0), np.int64)
"""Stands in a task for numbers that travel on their own, once."""


_KEPT: Final[dict[str, tuple[DayFacts, ChainDay]]] = {}
"""Days of a worker's last task, by their references: what was found out about a day is known as long as the day is."""


@ray.remote
def _evaluate(task: Task, parcel: Parcel, names: list[str], *days: ChainDay) -> list[Outcome]:
    """Run a task; Ray has turned the references into what they stand for.

    With ``names`` its days are kept for the next task, which mostly is another block on the same days. A kept day holds
    its place in the object store, so the workers together keep at most half of what may be under way.
    """
    pairs = list(zip(task.facts, days, strict=True))
    kept = {name: _KEPT.get(name, pair) for name, pair in zip(names, pairs, strict=bool(names))}
    _KEPT.clear()
    _KEPT.update(kept)
    whole = replace(task, values=opened(parcel))
    return [evaluate(whole, *pair) for pair in kept.values() or pairs]


def _cores() -> int:
    """Cores of all nodes, busy or not."""
    have: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return int(have.get("CPU", 0))


def _stores() -> list[int]:
    """Bytes of each node's object store; a day has to fit into any of them, the driver's first of all."""
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    return [int(have["object_store_memory"]) for have in alive if "object_store_memory" in have]


def _lost(task: Task, fault: BaseException, began: float) -> Iterator[Outcome]:
    """Say of each day of a task that it did not come back."""
    seconds = (time.perf_counter() - began) / len(task.facts)
    for facts in task.facts:
        yield failed(task, facts.session.date, fault, seconds)
