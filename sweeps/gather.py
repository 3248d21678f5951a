"""Outcomes on their way to disk: written every few seconds, so that little is lost whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from nfops.types import PAISE, Int64Array
from sweeps.plan import Block
from sweeps.ports import Outcome, Rows
from sweeps.results import ResultStore

if TYPE_CHECKING:
    import datetime as dt

EVERY_S: Final = 5.0
MOST_ROWS: Final = 4_000_000
"""Daily rows held at most before they are written, some 100 MB."""


class Gathering:
    """Takes outcomes in any order."""

    def __init__(self, store: ResultStore, names: Callable[[dt.date], str]) -> None:
        self._store, self._names = store, names
        self._blocks: dict[int, Block] = {}
        self._waiting: dict[int, list[tuple[str, Rows]]] = {}
        self._rows = 0
        self._written = time.monotonic()
        self._totals: dict[int, Int64Array] = {}
        self._days: dict[int, int] = {}

    def expect(self, blocks: Sequence[Block]) -> None:
        """Say of which blocks outcomes may come."""
        for block in blocks:
            self._blocks[block.start] = block
            self._totals[block.start], self._days[block.start] = np.zeros(len(block), np.int64), 0

    def add(self, outcome: Outcome) -> None:
        """Take a day of a block that came out."""
        assert outcome.rows is not None  # noqa: S101 - a failed day has nothing to keep
        start = outcome.start
        self._waiting.setdefault(start, []).append((self._names(outcome.date), outcome.rows))
        self._rows += len(self._blocks[start])
        self._totals[start] += outcome.rows.get("gross_paise", 0)
        self._totals[start] -= outcome.rows.get("cost_paise", 0)
        self._days[start] += 1
        if self._rows >= MOST_ROWS or time.monotonic() - self._written > EVERY_S:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        self._store.add(
            (self._blocks[start].name, days, len(self._blocks[start])) for start, days in sorted(self._waiting.items())
        )
        self._waiting, self._rows, self._written = {}, 0, time.monotonic()

    def best(self) -> tuple[int, float] | None:
        """Trial with the highest total so far among those that most days were computed of, and it in rupees."""
        most = max(self._days.values(), default=0)
        if not most:
            return None
        tops = [(int(self._totals[at].max()), at) for at, days in self._days.items() if days == most]
        total, start = max(tops)
        return start + int(self._totals[start].argmax()), total / PAISE
