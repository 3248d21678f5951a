"""Spreads that bet on a way, or on a distance: they lean up or down, as asked or as the signal says."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.strategies.choosing import FOLLOWS
from nfops.strategies.legs.base import (
    LEAN,
    MEASURES,
    SIDE,
    WINGS,
    Codes,
    Leg,
    LegRule,
    Turned,
    param,
    rights_of,
    way_of,
)
from nfops.types import CALL, PUT, Int64Array

SPREAD: Final = param(
    "spread",
    "choice",
    "debit",
    "buy the option of the way it leans, or sell that of the other",
    choices=("debit", "credit"),
)


def _reversed(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys the call and sells the put, down the reverse."""
    return np.full(len(direction), CALL), way_of(codes, direction)


def _vertical(codes: Codes, direction: Int64Array) -> Turned:
    """Up buys a call spread or sells a put spread."""
    side = -1 if codes[SPREAD.path] else 1
    return rights_of(side * way_of(codes, direction)), np.full(len(direction), side)


def _of_one_right(codes: Codes, direction: Int64Array) -> Turned:
    """Up takes calls, down puts; the first leg is sold or bought as asked."""
    return rights_of(way_of(codes, direction)), np.full(len(direction), 1 if codes[SIDE.path] else -1)


SPREADS: Final = (
    LegRule(
        "risk_reversal",
        "a call against a put, both chosen by the same measure",
        (LEAN, *MEASURES),
        (Leg(CALL), Leg(PUT, side=-1)),
        _reversed,
    ),
    LegRule(
        "vertical",
        "an option against one of its right further out",
        (LEAN, SPREAD, *MEASURES, WINGS),
        (Leg(FOLLOWS), Leg(FOLLOWS, partner=0, winged=1, side=-1)),
        _vertical,
    ),
    LegRule(
        "ratio",
        "an option against two of its right further out; bought: a front ratio, sold: a back ratio",
        (LEAN, SIDE, *MEASURES, WINGS),
        (Leg(FOLLOWS), Leg(FOLLOWS, partner=0, winged=1, side=-1, ratio=2)),
        _of_one_right,
    ),
    LegRule(
        "butterfly",
        "two options of one right against one further in and one further out",
        (LEAN, SIDE, *MEASURES, WINGS),
        (
            Leg(FOLLOWS, ratio=2),
            Leg(FOLLOWS, partner=0, winged=-1, side=-1),
            Leg(FOLLOWS, partner=0, winged=1, side=-1),
        ),
        _of_one_right,
    ),
)
