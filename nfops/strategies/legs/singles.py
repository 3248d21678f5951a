"""One option."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.strategies.choosing import FOLLOWS, GIVEN
from nfops.strategies.legs.base import MEASURES, SIDE, Codes, Leg, LegRule, Turned, bought, by_choice, param, rights_of
from nfops.types import Int64Array

WITH_FLOW: Final = param("with_flow", "flag", True, "trade with the larger flow; false: against it")
MODE: Final = param(
    "mode",
    "choice",
    "buy",
    "buy the option that gains from the move, or sell the opposite one",
    choices=("buy", "sell_opposite"),
)


def _by_flow(codes: Codes, direction: Int64Array) -> Turned:
    return bought(codes, direction if codes[WITH_FLOW.path] else -direction)


def _by_mode(codes: Codes, direction: Int64Array) -> Turned:
    side = -1 if codes[MODE.path] else 1
    return rights_of(side * direction), np.full(len(direction), side)


_SINGLE: Final = (Leg(FOLLOWS),)

SINGLES: Final = (
    LegRule(
        "directional", "buy a call on the way up, a put on the way down", MEASURES, _SINGLE, bought, wants="direction"
    ),
    LegRule(
        "flow",
        "buy a call or a put with or against a flow",
        (WITH_FLOW, *MEASURES),
        _SINGLE,
        _by_flow,
        wants="direction",
    ),
    LegRule("momentum", "one option with a move", (MODE, *MEASURES), _SINGLE, _by_mode, wants="direction"),
    LegRule(
        "signalled", "the contract the signal names", (SIDE,), (Leg(GIVEN),), by_choice(SIDE.path), wants="contract"
    ),
)
