"""What a leg rule is, the parameters that rules share, and how they take a signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from nfops.params import Param
from nfops.types import CALL, MISSING, PUT, Int64Array, sealed

Codes: TypeAlias = Mapping[str, Any]
"""Codes of one set of parameters by path: integers, and a tuple of them for a list of times."""

Turned: TypeAlias = tuple[Int64Array, Int64Array]
"""Right of the legs that follow a signal, and side of the first leg; ``(N,)`` each."""


@dataclass(frozen=True)
class Leg:
    """One leg of a structure."""

    right: int
    """CALL, PUT, or FOLLOWS the signal, or GIVEN by it."""
    partner: int = MISSING
    """Leg whose strike it starts from; else its strike is chosen by the measure."""
    winged: int = 0
    """1: it stands ``wing`` steps further out than its partner, -1: further in."""
    next: int = 0
    """1: of the next expiry."""
    side: int = 1
    """1: on the side of the first leg, -1: against it."""
    ratio: int = 1
    """Lots of it for a lot of the position."""
    market: int = 0
    """1: of the companion index."""


@dataclass(frozen=True)
class LegRule:
    """A registered leg rule: its name, parameters, legs, and how it takes a signal's direction."""

    name: str
    doc: str
    params: tuple[Param, ...]
    legs: tuple[Leg, ...]
    turn: Callable[[Codes, Int64Array], Turned]
    """Parameter codes and directions ``(N,)`` -1, 0, 1 to rights and sides."""
    wants: Literal["", "direction", "contract"] = ""
    """What it cannot do without in a signal."""

    @property
    def layout(self) -> Int64Array:
        """The legs ``(L, 6)`` as kernels see them."""
        rows = [[leg.right, leg.partner, leg.winged, leg.next, leg.side * leg.ratio, leg.market] for leg in self.legs]
        return sealed(np.array(rows, np.int64))


def param(name: str, *rest: object, **more: object) -> Param:
    """Declare a parameter of a leg rule."""
    return Param(f"strategy.legs.{name}", *rest, **more)  # type: ignore[arg-type]


OFFSET: Final = param("offset", "count", 0, "strike steps above the money, failing those", low=-100, high=100)
MEASURES: Final = (
    param("premium", "points", None, "the strike whose price is nearest", high=100_000, nullable=True),
    param("delta", "fraction", None, "the strike whose |delta| is nearest", high=1, nullable=True),
    param("pct", "percent", None, "the strike this far from the index", high=100, nullable=True),
    param("otm", "count", None, "strike steps out of the money", low=-100, high=100, nullable=True),
    OFFSET,
)
"""In the order in which the first that is not null decides."""

SIDE: Final = param("side", "choice", "sell", "side of the first leg", choices=("sell", "buy"))
WINGS: Final = param("wing", "count", 2, "strike steps from a leg to its wing", low=1, high=100)
LEAN: Final = param("lean", "choice", "signal", "which way it bets; a signal without direction is up",
                    choices=("signal", "up", "down"))  # fmt: skip


def rights_of(up: Int64Array) -> Int64Array:
    """Give calls for a rise and puts for a fall ``(N,)``."""
    return np.where(up > 0, CALL, PUT).astype(np.int64)


def by_choice(path: str) -> Callable[[Codes, Int64Array], Turned]:
    """Sell when the choice is its first, buy when it is the second, whatever the direction."""

    def turn(codes: Codes, direction: Int64Array) -> Turned:
        return np.full(len(direction), CALL), np.full(len(direction), 1 if codes[path] else -1)

    return turn


def as_signalled(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys all, down sells all."""
    del codes
    return np.full(len(direction), CALL), direction


def bought(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys a call, down a put."""
    del codes
    return rights_of(direction), np.ones(len(direction), np.int64)


def way_of(codes: Codes, direction: Int64Array) -> Int64Array:
    """Give 1 where a rule that can lean bets on a rise, -1 where on a fall ``(N,)``."""
    lean = LEAN.choices[codes[LEAN.path]]
    if lean != "signal":
        return np.full(len(direction), 1 if lean == "up" else -1)
    return np.where(direction < 0, -1, 1).astype(np.int64)


CHOICES: Final = tuple(param.path for param in MEASURES)
WING: Final = WINGS.path
