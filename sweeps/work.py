"""What a worker does: one block on one day."""

from __future__ import annotations

import datetime as dt
import time
import traceback
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nfops.daycache import ChainDay
from nfops.engine import DayResult, run_day
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy, compose
from nfops.types import Int64Array
from sweeps.ports import Outcome, Rows, Task
from sweeps.results import block_name

NUMBERS: Final = tuple(
    one.name for one in fields(DayResult) if one.name not in {"symbol", "date", "skips", "fills", "charges"}
)
"""Columns with one number a trial."""

MOST_SETS: Final = 250_000
"""Parameter sets that are kept, with what they share: some 100 MB. With more, each task finds that anew."""


@dataclass
class _Kept:
    """A block of an earlier task."""

    values: Int64Array
    """As they came last."""
    name: str
    block: ParamBlock


_KEPT: Final[deque[_Kept]] = deque()

_KINDS: Final = tuple((int(np.iinfo(kind).max), kind) for kind in (np.int8, np.int16, np.int32, np.int64))


def evaluate(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
    """Run a task on one of its days; whatever goes wrong becomes part of the outcome."""
    began = time.perf_counter()
    strategy = compose(*task.strategy)
    try:
        result = run_day(day, strategy, _block(strategy, task), facts, fills=task.fills)
        rows = rows_of(result)
    except Exception as fault:  # noqa: BLE001 - a failed day is reported, whatever failed
        return failed(task, day.date, fault, time.perf_counter() - began)
    return Outcome(day.date, task.start, rows, time.perf_counter() - began, result if task.fills else None)


def _block(strategy: Strategy, task: Task) -> ParamBlock:
    """Give the block of a task: the same one for each of its days, because what its rows share is found once."""
    for kept in _KEPT:
        if kept.values is task.values and kept.block.schema is strategy.schema:
            return kept.block
    # Sent to another process, the same numbers come as another array each time.
    name = block_name(task.values)
    for kept in _KEPT:
        if kept.name == name and kept.block.schema is strategy.schema:
            kept.values = task.values
            return kept.block
    _KEPT.append(_Kept(task.values, name, ParamBlock(strategy.schema, task.values)))
    while len(_KEPT) > 1 and sum(len(kept.values) for kept in _KEPT) > MOST_SETS:
        _KEPT.popleft()
    return _KEPT[-1].block


def failed(task: Task, date: dt.date, fault: BaseException, seconds: float) -> Outcome:
    """Build the outcome of a day that raised."""
    trace = "".join(traceback.format_exception(fault))
    kind = getattr(fault, "reason", type(fault).__name__)
    return Outcome(date, task.start, None, seconds, error_type=kind, error=str(fault), trace=trace)


def rows_of(result: DayResult) -> Rows:
    """Keep the daily numbers of a result in as few bytes as they need."""
    columns = {name: getattr(result, name) for name in NUMBERS}
    return narrowed(columns | {f"skip_{reason}": counts for reason, counts in result.skips.items()})


def narrowed(columns: Mapping[str, npt.NDArray[Any]]) -> Rows:
    """Keep columns in as few bytes as they need, those that are all 0 in none."""
    narrow = {name: _narrow(column) for name, column in columns.items()}
    return {name: column for name, column in narrow.items() if column is not None}


def _narrow(column: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Give a column in the smallest type that holds it, or None when it is all 0."""
    most = max(int(column.max()), -int(column.min()))
    return column.astype(next(kind for limit, kind in _KINDS if most <= limit)) if most else None
