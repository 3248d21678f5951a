"""What the sweep asks of the tools around it; each port has plain implementations in adapters/."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy.typing as npt

from nfops.daycache import ChainDay
from nfops.engine import DayResult
from nfops.market import DayFacts
from nfops.types import FloatArray, Int64Array

Rows: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""Daily numbers of the trials of a block, each ``(P,)`` of a small integer type; a column that is absent is all 0."""


@dataclass(frozen=True)
class Task:
    """One block on some days: a strategy's names and numbers, never code."""

    facts: tuple[DayFacts, ...]
    """Those of the days, in order."""
    start: int
    """First trial of the block."""
    strategy: tuple[str, str, str]
    """Its name and those of its parts."""
    values: Int64Array
    fills: bool = False
    """Send the fills, too."""


@dataclass(frozen=True)
class Outcome:
    """One block on one day: its numbers, or why there are none."""

    date: dt.date
    start: int
    rows: Rows | None
    seconds: float
    result: DayResult | None = None
    """Everything, where the task asked for fills."""
    error_type: str = ""
    error: str = ""
    trace: str = ""
    weight: float = 0.0
    """Part of what a task may carry that the day takes; 0 where days need not be sent."""


def never() -> bool:
    """Answer that nobody asked to stop."""
    return False


class Executor(Protocol):
    """Runs tasks, in any order; a day that fails is an outcome, never an exception."""

    def run(
        self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay], stopped: Callable[[], bool] = never
    ) -> Iterator[Outcome]:
        """Yield an outcome for each day of each task as it is done; tasks are asked for as they can be begun.

        Once ``stopped``, what is under way is finished, and what nobody can do is let go.
        """
        ...

    def close(self) -> None:
        """Give back whatever was started."""
        ...


class Searcher(Protocol):
    """Chooses trials, as positions in a grid, a generation at a time."""

    def ask(self) -> Int64Array | None:
        """Give the positions ``(n,)`` of the next generation, each once in a search; None when it is over."""
        ...

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take what a generation came to, in its order: objectives ``(n, k)``, constraints ``(n, c)``; NaN unknown."""
        ...


class Learner(Searcher, Protocol):
    """A searcher that chooses by what trials came to."""

    def recall(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take what earlier trials came to, before the first generation; they may be asked again.

        Parameters
        ----------
        positions
            ``(n,)`` places in the grid.
        scores, excess
            Objectives ``(n, k)`` and constraints ``(n, c)``, all known.
        """
        ...


class Recorder(Protocol):
    """Keeps finished sweeps where people compare them."""

    def record(self, folder: Path) -> str:
        """Record a sweep whose files are written to ``folder``; say where to look, unless in its files."""
        ...
