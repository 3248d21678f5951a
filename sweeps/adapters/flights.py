"""What is under way on a cluster: tasks with their days, and the bytes of memory that these hold there."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from nfops.daycache import ChainDay, parts_of
from sweeps.ports import Task


@dataclass(frozen=True)
class Flight:
    """A task under way."""

    task: Task
    days: tuple[Any, ...]
    """References to its days."""
    sizes: Mapping[dt.date, int]
    """Bytes of its days, which the store holds at least as long."""
    began: float

    def alone(self) -> Iterator[Flight]:
        """Cut it into single days."""
        for facts, day, (date, one) in zip(self.task.facts, self.days, self.sizes.items(), strict=True):
            yield Flight(replace(self.task, facts=(facts,)), (day,), {date: one}, time.perf_counter())


class InFlight:
    """Flights under way, and the bytes of their days, each counted once however many blocks fly on it."""

    def __init__(self) -> None:
        self.flights: dict[Any, Flight] = {}
        self._uses: Counter[dt.date] = Counter()
        self._bytes = 0

    @property
    def days(self) -> AbstractSet[dt.date]:
        """Days of the flights under way."""
        return self._uses.keys()

    def bytes_with(self, sizes: Mapping[dt.date, int]) -> int:
        """Bytes of all days under way if these began, too."""
        return self._bytes + sum(one for date, one in sizes.items() if not self._uses[date])

    def begin(self, reference: Any, flight: Flight) -> None:
        """Note a flight."""
        self._bytes = self.bytes_with(flight.sizes)
        self._uses.update(flight.sizes.keys())
        self.flights[reference] = flight

    def end(self, reference: Any) -> Flight:
        """Forget a flight."""
        flight = self.flights.pop(reference)
        self._uses -= Counter(flight.sizes.keys())
        self._bytes -= sum(one for date, one in flight.sizes.items() if not self._uses[date])
        return flight


def cuts(sizes: Sequence[int], most: int) -> Iterator[slice]:
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
    return sum(part.nbytes for part in parts_of(day))
