"""What a position is made of: its legs, their fills, the trail and the orders of the hedge."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from tests.naive.choosing import Wish
from tests.naive.market_view import Contract


class Fill(NamedTuple):
    """One executed order."""

    position: int
    leg: int
    contract: Contract
    side: int
    lots: int
    decided: int
    second: int
    price: int
    age: int
    reason: str
    kind: str
    fallback: bool
    stale: bool


@dataclass
class Leg:
    """A leg: what it is, what it paid and, once it is leaving, why and when."""

    number: int
    wish: Wish
    contract: Contract
    asked: int
    opens: int
    lots: int
    weight: int = 1
    """What a paisa of it is in profit: units where profits are in money."""
    phase: str = "ordered"
    """Then in, leaving and out; or waiting to come back, and ordered again."""
    paid: int = 0
    first: int | None = None
    reason: str = ""
    decided: int = -1
    due: int = -1
    left: int = -1
    again: int = 0
    banked: int = 0


@dataclass
class Trail:
    """Best profit since the trail was armed."""

    fall: Fraction | None
    after: Fraction
    best: float | None = None

    def hit(self, mtm: float) -> bool:
        if self.best is None and mtm >= self.after:
            self.best = mtm
        if self.best is None:
            return False
        self.best = max(self.best, mtm)
        return self.fall is not None and mtm <= self.best - self.fall


@dataclass
class Order:
    """A trade of the hedge that is under way."""

    units: int
    decided: int
    due: int
