"""The clock of a trading day: segments, breaks and the second grid (SPEC 3.1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from nfops.types import Int32Array, sealed


@dataclass(frozen=True)
class Session:
    """One trading day. ``segments`` are (open, close) pairs in seconds of the day (IST), ascending and disjoint."""

    date: dt.date
    kind: str
    segments: tuple[tuple[int, int], ...]

    @property
    def open(self) -> int:
        """First open, in seconds of the day."""
        return self.segments[0][0]

    @property
    def close(self) -> int:
        """Last close, in seconds of the day."""
        return self.segments[-1][1]

    @property
    def seconds(self) -> int:
        """S: length of the grid, breaks included."""
        return self.close - self.open

    def second(self, clock: int) -> int:
        """Grid second of a time of day; negative or >= S outside the session."""
        return clock - self.open

    def trades_at(self, clock: int) -> bool:
        """Whether a time of day lies inside a segment."""
        return any(start <= clock < end for start, end in self.segments)

    @cached_property
    def next_trading(self) -> Int32Array:
        """``(S,)``: the second itself where it is traded, else the first one after the break."""
        grid = np.arange(self.seconds, dtype=np.int32)
        for (_, end), (start, _) in pairwise(self.segments):
            grid[end - self.open : start - self.open] = start - self.open
        return sealed(grid)
