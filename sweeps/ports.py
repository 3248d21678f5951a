"""What the sweep asks of the tools around it; each port has plain implementations in adapters/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nfops.daycache import ChainDay
from nfops.engine import DayResult
from nfops.market import DayFacts
from nfops.types import Int64Array

if TYPE_CHECKING:
    from sweeps.outcome import Sweep


@dataclass(frozen=True)
class Task:
    """One day of one block: a strategy's names and numbers, never code."""

    date: dt.date
    start: int
    """First trial of the block."""
    strategy: tuple[str, str, str]
    """Its name and those of its parts."""
    values: Int64Array
    facts: DayFacts


@dataclass(frozen=True)
class Outcome:
    """A task's result, or why there is none."""

    task: Task
    result: DayResult | None
    seconds: float
    error_type: str = ""
    error: str = ""
    trace: str = ""


class Executor(Protocol):
    """Runs tasks, in any order; a task that fails is an outcome, never an exception."""

    def run(self, tasks: Sequence[Task], load: Callable[[dt.date], ChainDay]) -> Iterator[Outcome]:
        """Yield an outcome for each task as it is done."""
        ...

    def close(self) -> None:
        """Give back whatever was started."""
        ...


class Recorder(Protocol):
    """Keeps finished sweeps where people compare them."""

    def record(self, sweep: Sweep) -> str:
        """Record a sweep whose files are written; say where to look."""
        ...
