"""Runs tasks one after the other in this process: for tests, debugging and small jobs."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator

from nfops.daycache import ChainDay
from nfops.errors import NfopsError
from sweeps.ports import Outcome, Task, never
from sweeps.work import evaluate, failed


class LocalExecutor:
    """The plain executor; every other one must give the same bytes."""

    def run(
        self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay], stopped: Callable[[], bool] = never
    ) -> Iterator[Outcome]:
        """Yield outcomes in the order of the tasks.

        Days of the task before are kept: the next block mostly trades the same ones, and what was found out about a
        day is known as long as the day itself is.
        """
        del stopped  # no task waits for anybody
        days: dict[dt.date, ChainDay] = {}
        for task in tasks:
            dates = [facts.session.date for facts in task.facts]
            days = {date: days[date] for date in dates if date in days}
            for facts, date in zip(task.facts, dates, strict=True):
                began = time.perf_counter()
                try:
                    if date not in days:
                        days[date] = load(date)
                except (NfopsError, OSError) as fault:
                    yield failed(task, date, fault, time.perf_counter() - began)
                    continue
                yield evaluate(task, facts, days[date])

    def close(self) -> None:
        """Nothing was started."""
