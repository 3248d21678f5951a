"""Runs tasks one after the other in this process: for tests, debugging and small jobs."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator

from nfops.daycache import ChainDay
from nfops.errors import NfopsError
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate, failed


class LocalExecutor:
    """The plain executor; every other one must give the same bytes."""

    def run(self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay]) -> Iterator[Outcome]:
        """Yield outcomes in the order of the tasks."""
        for task in tasks:
            for facts in task.facts:
                began = time.perf_counter()
                try:
                    day = load(facts.session.date)
                except (NfopsError, OSError) as fault:
                    yield failed(task, facts.session.date, fault, time.perf_counter() - began)
                    continue
                yield evaluate(task, facts, day)

    def close(self) -> None:
        """Nothing was started."""
