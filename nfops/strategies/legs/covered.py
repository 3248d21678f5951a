"""Options beside a future, which is made of a call bought and a put sold at one strike: no future is a leg here."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.strategies.legs.base import LEAN, OFFSET, WINGS, Codes, Leg, LegRule, Turned, way_of
from nfops.types import CALL, PUT, Int64Array


def _long(codes: Codes, direction: Int64Array) -> Turned:
    """Whatever the signal, the future is bought."""
    del codes
    return np.full(len(direction), CALL), np.ones(len(direction), np.int64)


def _leaning(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys the future, down sells it, and the wings change sides with it."""
    return np.full(len(direction), CALL), way_of(codes, direction)


_FUTURE: Final = (Leg(CALL), Leg(PUT, partner=0, side=-1))
_OVER: Final = Leg(CALL, partner=0, winged=1, side=-1)
_UNDER: Final = Leg(PUT, partner=0, winged=1)

COVERED: Final = (
    LegRule("covered_call", "a future bought, and a call sold further up", (OFFSET, WINGS), (*_FUTURE, _OVER), _long),
    LegRule(
        "protective_put", "a future bought, and a put bought further down", (OFFSET, WINGS), (*_FUTURE, _UNDER), _long
    ),
    LegRule(
        "collar",
        "a future, an option sold further along its way and one bought against it",
        (LEAN, OFFSET, WINGS),
        (*_FUTURE, _OVER, _UNDER),
        _leaning,
    ),
)
