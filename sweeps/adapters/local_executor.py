"""Runs tasks one after the other in this process: for tests, debugging and small jobs."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence

from nfops.daycache import ChainDay
from nfops.errors import NfopsError
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate, failed


class LocalExecutor:
    """The plain executor; every other one must give the same bytes."""

    def run(self, tasks: Sequence[Task], load: Callable[[dt.date], ChainDay]) -> Iterator[Outcome]:
        """Yield outcomes in the order of the tasks."""
        for task in tasks:
            began = time.perf_counter()
            try:
                day = load(task.date)
            except (NfopsError, OSError) as fault:
                yield failed(task, fault, time.perf_counter() - began)
                continue
            yield evaluate(task, day)

    def close(self) -> None:
        """Nothing was started."""
