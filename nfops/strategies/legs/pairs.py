"""A call and a put, alone or with something against them."""

from __future__ import annotations

from typing import Final

from nfops.strategies.legs.base import MEASURES, SIDE, WINGS, Leg, LegRule, as_signalled, by_choice, param
from nfops.types import CALL, PUT

STANCE: Final = param("stance", "choice", "front_short", "which expiry is sold", choices=("front_short", "front_long"))

_PAIR: Final = (Leg(CALL), Leg(PUT))
_OTHERS: Final = (Leg(CALL, side=-1, market=1), Leg(PUT, side=-1, market=1))

PAIRS: Final = (
    LegRule("pair", "a call and a put, sold or bought", (SIDE, *MEASURES), _PAIR, by_choice(SIDE.path)),
    LegRule(
        "pair_by_signal",
        "a call and a put, bought or sold as the signal says",
        MEASURES,
        _PAIR,
        as_signalled,
        wants="direction",
    ),
    LegRule(
        "condor",
        "a pair, and against each leg a wing further out",
        (SIDE, *MEASURES, WINGS),
        (*_PAIR, Leg(CALL, partner=0, winged=1, side=-1), Leg(PUT, partner=1, winged=1, side=-1)),
        by_choice(SIDE.path),
    ),
    LegRule(
        "calendar",
        "a pair, and against each leg the same strike of the next expiry",
        (STANCE, *MEASURES),
        (*_PAIR, Leg(CALL, partner=0, next=1, side=-1), Leg(PUT, partner=1, next=1, side=-1)),
        by_choice(STANCE.path),
    ),
    LegRule(
        "diagonal",
        "a pair, and against each leg one further out of the next expiry",
        (STANCE, *MEASURES, WINGS),
        (*_PAIR, Leg(CALL, partner=0, winged=1, next=1, side=-1), Leg(PUT, partner=1, winged=1, next=1, side=-1)),
        by_choice(STANCE.path),
    ),
    LegRule(
        "jade_lizard",
        "a call and a put, and against the call a wing further out",
        (SIDE, *MEASURES, WINGS),
        (*_PAIR, Leg(CALL, partner=0, winged=1, side=-1)),
        by_choice(SIDE.path),
    ),
    LegRule(
        "two_pairs",
        "a pair of this index as the signal says, one of the companion against it",
        MEASURES,
        (*_PAIR, *_OTHERS),
        as_signalled,
        wants="direction",
    ),
)
