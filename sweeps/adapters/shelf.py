"""Days in an object store that need not be put there again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container
from typing import Any

from nfops.daycache import ChainDay
from sweeps.adapters.flights import size


class Shelf:
    """References to days, for as many bytes as there is room for.

    Passes over the days of a sweep begin with the same ones, so that what came last is let go first: who let go what
    came first would have none of them when they are asked for again.
    """

    def __init__(self, put: Callable[[ChainDay], Any], room: int) -> None:
        self._put, self._room = put, room
        self._days: dict[dt.date, tuple[Any, int]] = {}
        self._bytes = 0

    def reference(self, day: ChainDay, busy: Container[dt.date]) -> Any:
        """Give the reference to a day, which is put where it is not; ``busy`` days stay, whatever room they take."""
        if day.date not in self._days:
            self._bytes += size(day)
            for date in [date for date in reversed(self._days) if date not in busy]:
                if self._bytes <= self._room:
                    break
                self._bytes -= self._days.pop(date)[1]
            self._days[day.date] = self._put(day), size(day)
        return self._days[day.date][0]

    def clear(self) -> None:
        """Let all days go."""
        self._days.clear()
        self._bytes = 0
