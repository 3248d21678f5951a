"""Leg rules: what a signal is turned into (SPEC 5 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from nfops.params import Param
from nfops.strategies.choosing import FOLLOWS, GIVEN
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
    """1: it stands ``wing`` steps further out than its partner."""
    next: int = 0
    """1: of the next expiry."""
    side: int = 1
    """1: on the side of the first leg, -1: against it."""
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

    @property
    def layout(self) -> Int64Array:
        """The legs ``(L, 6)`` as kernels see them."""
        rows = [[leg.right, leg.partner, leg.winged, leg.next, leg.side, leg.market] for leg in self.legs]
        return sealed(np.array(rows, np.int64))


def _param(name: str, *rest: object, **more: object) -> Param:
    return Param(f"strategy.legs.{name}", *rest, **more)  # type: ignore[arg-type]


MEASURES: Final = (
    _param("premium", "points", None, "the strike whose price is nearest", high=100_000, nullable=True),
    _param("delta", "fraction", None, "the strike whose |delta| is nearest", high=1, nullable=True),
    _param("pct", "percent", None, "the strike this far from the index", high=100, nullable=True),
    _param("otm", "count", None, "strike steps out of the money", low=-100, high=100, nullable=True),
    _param("offset", "count", 0, "strike steps above the money, failing those", low=-100, high=100),
)
"""In the order in which the first that is not null decides."""

_SIDE: Final = _param("side", "choice", "sell", "side of the first leg", choices=("sell", "buy"))
_WING: Final = _param("wing", "count", 2, "strike steps from a leg to its wing", low=1, high=100)
_WITH_FLOW: Final = _param("with_flow", "flag", True, "trade with the larger flow; false: against it")
_MODE: Final = _param(
    "mode",
    "choice",
    "buy",
    "buy the option that gains from the move, or sell the opposite one",
    choices=("buy", "sell_opposite"),
)
_STANCE: Final = _param(
    "stance", "choice", "front_short", "which expiry is sold", choices=("front_short", "front_long")
)


def _rights(up: Int64Array) -> Int64Array:
    return np.where(up > 0, CALL, PUT).astype(np.int64)


def _by_choice(path: str) -> Callable[[Codes, Int64Array], Turned]:
    """Sell when the choice is its first, buy when it is the second, whatever the direction."""

    def turn(codes: Codes, direction: Int64Array) -> Turned:
        return np.full(len(direction), CALL), np.full(len(direction), 1 if codes[path] else -1)

    return turn


def _as_signalled(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys all, down sells all."""
    del codes
    return np.full(len(direction), CALL), direction


def _bought(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys a call, down a put."""
    del codes
    return _rights(direction), np.ones(len(direction), np.int64)


def _by_flow(codes: Codes, direction: Int64Array) -> Turned:
    return _bought(codes, direction if codes[_WITH_FLOW.path] else -direction)


def _by_mode(codes: Codes, direction: Int64Array) -> Turned:
    side = -1 if codes[_MODE.path] else 1
    return _rights(side * direction), np.full(len(direction), side)


_PAIR: Final = (Leg(CALL), Leg(PUT))
_OTHERS: Final = (Leg(CALL, side=-1, market=1), Leg(PUT, side=-1, market=1))
_SINGLE: Final = (Leg(FOLLOWS),)

LEG_RULES: Final[Mapping[str, LegRule]] = {
    rule.name: rule
    for rule in (
        LegRule("pair", "a call and a put, sold or bought", (_SIDE, *MEASURES), _PAIR, _by_choice(_SIDE.path)),
        LegRule(
            "pair_by_signal", "a call and a put, bought or sold as the signal says", MEASURES, _PAIR, _as_signalled
        ),
        LegRule(
            "condor",
            "a pair, and against each leg a wing further out",
            (_SIDE, *MEASURES, _WING),
            (*_PAIR, Leg(CALL, partner=0, winged=1, side=-1), Leg(PUT, partner=1, winged=1, side=-1)),
            _by_choice(_SIDE.path),
        ),
        LegRule(
            "calendar",
            "a pair, and against each leg the same strike of the next expiry",
            (_STANCE, *MEASURES),
            (*_PAIR, Leg(CALL, partner=0, next=1, side=-1), Leg(PUT, partner=1, next=1, side=-1)),
            _by_choice(_STANCE.path),
        ),
        LegRule("directional", "buy a call on the way up, a put on the way down", MEASURES, _SINGLE, _bought),
        LegRule("flow", "buy a call or a put with or against a flow", (_WITH_FLOW, *MEASURES), _SINGLE, _by_flow),
        LegRule("momentum", "one option with a move", (_MODE, *MEASURES), _SINGLE, _by_mode),
        LegRule("signalled", "the contract the signal names", (_SIDE,), (Leg(GIVEN),), _by_choice(_SIDE.path)),
        LegRule(
            "two_pairs",
            "a pair of this index as the signal says, one of the companion against it",
            MEASURES,
            (*_PAIR, *_OTHERS),
            _as_signalled,
        ),
    )
}
"""Every leg rule by its name."""

CHOICES: Final = tuple(param.path for param in MEASURES)
WING: Final = _WING.path
