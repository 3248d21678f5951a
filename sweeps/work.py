"""What a worker does: one task on one day."""

from __future__ import annotations

import time
import traceback

from nfops.daycache import ChainDay
from nfops.engine import run_day
from nfops.params import ParamBlock
from nfops.strategies import compose
from sweeps.ports import Outcome, Task


def evaluate(task: Task, day: ChainDay) -> Outcome:
    """Run a task; whatever goes wrong becomes part of the outcome."""
    began = time.perf_counter()
    strategy = compose(*task.strategy)
    try:
        result = run_day(day, strategy, ParamBlock(strategy.schema, task.values), task.facts)
    except Exception as fault:  # noqa: BLE001 - a failed day is reported, whatever failed
        return failed(task, fault, time.perf_counter() - began)
    return Outcome(task, result, time.perf_counter() - began)


def failed(task: Task, fault: BaseException, seconds: float) -> Outcome:
    """Build the outcome of a task that raised."""
    trace = "".join(traceback.format_exception(fault))
    return Outcome(task, None, seconds, getattr(fault, "reason", type(fault).__name__), str(fault), trace)
