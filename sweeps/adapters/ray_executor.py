"""Runs tasks on Ray: the cores of this machine or a cluster. The only file that imports ray.

The arrays of a day are put into the object store once and shared, without copying, by all tasks of that day and by
later passes over it, as long as all days together fit into half of the store. At most a few tasks per core, and no
more bytes of days than that, are under way, so the store is never flooded.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import ray

from nfops.daycache import ChainDay
from nfops.errors import NfopsError
from nfops.market import DayFacts
from nfops.types import Events, Int64Array
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate, failed

AHEAD = 3
"""Tasks under way per core."""

_QUIET = {
    "POLARS_MAX_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""One thread a worker, and no telemetry; workers inherit what is set before Ray starts."""


class RayExecutor:
    """Executor port on Ray."""

    def __init__(self, workers: int | None, address: str | None) -> None:
        os.environ.update({name: os.environ.get(name, value) for name, value in _QUIET.items()})
        if ray.is_initialized():
            ray.shutdown()
        address = address or os.environ.get("RAY_ADDRESS")
        # "local": another cluster that runs on this machine is joined only when it is named.
        own = {"address": "local", "num_cpus": workers or os.cpu_count(), "include_dashboard": False}
        ray.init(**({"address": address} if address else own), log_to_driver=False, logging_level=logging.ERROR)
        have: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self._slots = AHEAD * int(workers or have.get("CPU", 1))
        self._budget = int(have.get("object_store_memory", 0)) // 2
        self._days: dict[dt.date, Any] = {}
        self._bytes = 0
        self._blocks: dict[int, tuple[Int64Array, Any]] = {}

    def run(self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay]) -> Iterator[Outcome]:
        """Yield outcomes as they are done."""
        flying: dict[Any, _Flight] = {}
        for task in tasks:
            began, days, wanted = time.perf_counter(), [], []
            for facts in task.facts:
                try:
                    day = load(facts.session.date)
                except (NfopsError, OSError) as fault:
                    yield failed(task, facts.session.date, fault, time.perf_counter() - began)
                    continue
                wanted.append(facts)
                days.append(day)
            for cut in _cuts([size(day) for day in days], self._budget // 2):
                part = replace(task, facts=tuple(wanted[cut]))
                weight = sum(size(day) for day in days[cut])
                while flying and (
                    len(flying) >= self._slots or weight + sum(f.bytes for f in flying.values()) > self._budget
                ):
                    yield from self._landed(flying)
                references = [self._put(day) for day in days[cut]]
                block = self._block(task.start, task.values)
                bare = replace(part, values=_NOTHING)
                light = weight <= self._budget * AHEAD // (2 * self._slots)
                names = [reference.hex() for reference in references] if light else []
                flying[_evaluate.remote(bare, block, names, *references)] = _Flight(part, weight, time.perf_counter())
        while flying:
            yield from self._landed(flying)

    def close(self) -> None:
        """Stop what was started, or leave the cluster."""
        self._days.clear()
        self._blocks.clear()
        ray.shutdown()

    def _put(self, day: ChainDay) -> Any:
        """Give the reference to a day in the store; the oldest are let go when they do not all fit."""
        if day.date not in self._days:
            self._bytes += size(day)
            while self._days and self._bytes > self._budget:
                oldest = next(iter(self._days))
                self._bytes -= self._days.pop(oldest)[1]
            self._days[day.date] = ray.put(day), size(day)
        return self._days[day.date][0]

    def _block(self, start: int, values: Int64Array) -> Any:
        """Give the reference to the numbers of a block; another block of the same place takes it over."""
        held, reference = self._blocks.get(start, (None, None))
        if held is not values:
            reference = ray.put(values)
            self._blocks[start] = values, reference
        return reference

    @staticmethod
    def _landed(flying: dict[Any, _Flight]) -> Iterator[Outcome]:
        done, _ = ray.wait(list(flying), num_returns=1)
        for reference in done:
            flight = flying.pop(reference)
            try:
                yield from ray.get(reference)
            except (ray.exceptions.RayError, OSError) as fault:
                seconds = (time.perf_counter() - flight.began) / len(flight.task.facts)
                for facts in flight.task.facts:
                    yield failed(flight.task, facts.session.date, fault, seconds)


@dataclass(frozen=True)
class _Flight:
    """A task under way."""

    task: Task
    bytes: int
    """Bytes of its days, which the store holds at least as long."""
    began: float


_NOTHING: Final = np.zeros((0, 0), np.int64)
"""Stands in a task for numbers that travel on their own, once."""


def _cuts(sizes: Sequence[int], most: int) -> Iterator[slice]:
    """Cut days into runs of at most so many bytes, one day at least."""
    first, held = 0, 0
    for at, one in enumerate(sizes):
        if held and held + one > most:
            yield slice(first, at)
            first, held = at, 0
        held += one
    if first < len(sizes):
        yield slice(first, len(sizes))


def size(day: ChainDay) -> int:
    """Bytes of a day's arrays, its companion's included."""
    arrays = [part for array in day.arrays for part in (array if isinstance(array, Events) else (array,))]
    own = sum(np.asarray(array).nbytes for array in [*arrays, *(day.spot or ())])
    return own + (size(day.companion.day) if day.companion else 0)


_KEPT: Final[dict[str, tuple[DayFacts, ChainDay]]] = {}
"""Days of a worker's last task, by their references: what was found out about a day is known as long as the day is."""


@ray.remote
def _evaluate(task: Task, values: Int64Array, names: list[str], *days: ChainDay) -> list[Outcome]:
    """Run a task; Ray has turned the references into what they stand for.

    With ``names`` its days are kept for the next task, which mostly is another block on the same days. A kept day holds
    its place in the object store, so the workers together keep at most half of what may be under way.
    """
    pairs = list(zip(task.facts, days, strict=True))
    kept = {name: _KEPT.get(name, pair) for name, pair in zip(names, pairs, strict=bool(names))}
    _KEPT.clear()
    _KEPT.update(kept)
    whole = replace(task, values=values)
    return [evaluate(whole, *pair) for pair in kept.values() or pairs]
