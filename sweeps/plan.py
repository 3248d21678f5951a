"""How the work of a sweep is cut: into blocks of trials, and of days as many at a time as make a task worth sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from nfops.market import DayFacts
from nfops.types import Int64Array
from sweeps.ports import Outcome, Task
from sweeps.results import block_name
from sweeps.stop import Stop

TASK_S: Final = 0.5
"""A task takes about so long: far more than sending it, far less than people wait."""

MOST_DAYS: Final = 64

SENDING_S: Final = 0.003
"""A day takes so long, and longer, on its way to another process."""


@dataclass(frozen=True, eq=False)
class Block:
    """Trials that are evaluated together."""

    start: int
    """First trial."""
    values: Int64Array

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def name(self) -> str:
        """Name of its numbers, under which its results are kept."""
        return block_name(self.values)


class Pace:
    """How long a day of a block takes, as measured, and how many days a task can carry."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._seen = 0
        self._weight = 0.0

    def saw(self, outcome: Outcome) -> None:
        """Take the time and the weight of a day that was computed."""
        self._seconds += outcome.seconds
        self._seen += 1
        self._weight = max(self._weight, outcome.weight)

    @property
    def days(self) -> int:
        """Days that a task should have; a single one until the first is measured.

        No more than can be carried at once, by the heaviest day so far: of a task that is cut, each block may send the
        days anew.
        """
        if not self._seen:
            return 1
        worth = round(TASK_S * self._seen / max(self._seconds, 1e-6))
        return max(1, min(MOST_DAYS, worth, int(1 / max(self._weight, 1 / MOST_DAYS))))

    @property
    def is_quick(self) -> bool:
        """Whether a day of a block takes less time than to send it; not before one was measured."""
        return self._seen > 0 and self._seconds < SENDING_S * self._seen


@dataclass(frozen=True)
class Plan:
    """The work of a sweep, less what is known."""

    strategy: tuple[str, str, str]
    blocks: Sequence[Block]
    facts: Mapping[dt.date, DayFacts]
    """The usable days, in order."""
    names: Callable[[dt.date], str]
    """Name of a day under which results are kept; NfopsError when it cannot be loaded."""
    known: Container[tuple[str, str]]

    def __len__(self) -> int:
        """Days times blocks."""
        return len(self.blocks) * len(self.facts)

    @property
    def found(self) -> int:
        """Days times blocks that need not be computed."""
        return sum(len(self.facts) - len(self.missing(block, list(self.facts))) for block in self.blocks)

    @property
    def whole(self) -> dict[dt.date, str]:
        """Days, with their names, on which every block is known."""
        lost = {facts.session.date for block in self.blocks for facts in self.missing(block, list(self.facts))}
        return {date: self.names(date) for date in self.facts if date not in lost}

    @property
    def begun(self) -> list[Block]:
        """Blocks that are known on one day at least."""
        return [block for block in self.blocks if len(self.missing(block, list(self.facts))) < len(self.facts)]

    def missing(self, block: Block, dates: Sequence[dt.date]) -> tuple[DayFacts, ...]:
        """Give the facts of those of ``dates`` on which a block is not known."""
        return tuple(self.facts[date] for date in dates if (block.name, self.names(date)) not in self.known)

    def tasks(self, pace: Pace, stop: Stop) -> Iterator[Task]:
        """Cut what is missing, all blocks of some days before the next days, which keeps few days in memory."""
        left = list(self.facts)
        while left:
            count = pace.days
            dates, left = left[:count], left[count:]
            for block in self.blocks:
                if stop.asked:
                    return
                if wanted := self.missing(block, dates):
                    yield Task(wanted, block.start, self.strategy, block.values)
