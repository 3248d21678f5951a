"""Runs tasks on Ray: the cores of this machine or a cluster. The only file that imports ray.

The arrays of a day are put into the object store once and shared, without copying, by all tasks of that day and by
later passes over it, as long as all days together fit into half of the store. At most a few tasks per core are under
way, so the store is never flooded.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import ray

from nfops.daycache import ChainDay
from nfops.errors import NfopsError
from nfops.types import Events
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
        if address:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        else:
            ray.init(
                num_cpus=workers or os.cpu_count(),
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        have: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self._slots = AHEAD * int(workers or have.get("CPU", 1))
        self._budget = int(have.get("object_store_memory", 0)) // 2
        self._days: dict[dt.date, Any] = {}
        self._bytes = 0

    def run(self, tasks: Sequence[Task], load: Callable[[dt.date], ChainDay]) -> Iterator[Outcome]:
        """Yield outcomes as they are done."""
        flying: dict[Any, tuple[Task, float]] = {}
        for task in tasks:
            while len(flying) >= self._slots:
                yield from self._landed(flying)
            began = time.perf_counter()
            try:
                day = self._day(task.date, load)
            except (NfopsError, OSError) as fault:
                yield failed(task, fault, time.perf_counter() - began)
                continue
            flying[_evaluate.remote(task, day)] = task, began
        while flying:
            yield from self._landed(flying)

    def close(self) -> None:
        """Stop what was started, or leave the cluster."""
        self._days.clear()
        ray.shutdown()

    def _day(self, date: dt.date, load: Callable[[dt.date], ChainDay]) -> Any:
        """Give the reference to a day in the store; days are put again only when they do not all fit."""
        if date not in self._days:
            day = load(date)
            if self._bytes + size(day) > self._budget:
                self._days.clear()
                self._bytes = 0
            self._days[date] = ray.put(day)
            self._bytes += size(day)
        return self._days[date]

    @staticmethod
    def _landed(flying: dict[Any, tuple[Task, float]]) -> Iterator[Outcome]:
        done, _ = ray.wait(list(flying), num_returns=1)
        for reference in done:
            task, began = flying.pop(reference)
            try:
                yield ray.get(reference)
            except (ray.exceptions.RayError, OSError) as fault:
                yield failed(task, fault, time.perf_counter() - began)


def size(day: ChainDay) -> int:
    """Bytes of a day's arrays, its companion's included."""
    arrays = [part for array in day.arrays for part in (array if isinstance(array, Events) else (array,))]
    own = sum(np.asarray(array).nbytes for array in [*arrays, *(day.spot or ())])
    return own + (size(day.companion.day) if day.companion else 0)


_evaluate = ray.remote(evaluate)
