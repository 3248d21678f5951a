"""Which trials are traded by first passages, and which are walked second by second. The one place that decides."""

from __future__ import annotations

import numpy as np

from nfops.engine.search_kernels import MOST_LEGS
from nfops.params import ParamBlock
from nfops.strategies import Strategy, exits
from nfops.strategies.hedge import EVERY
from nfops.types import OFF, BoolArray

LEGS_ALONE = 2
"""Most legs of a position whose legs may leave alone: what is left is one leg."""


def by_passage(strategy: Strategy, block: ParamBlock) -> BoolArray:
    """Rows ``(P,)`` whose exits come when prices, a profit or the clock first do what is known at the entry.

    They reach a level, the profit lies so far below its best, or the index stands on the wrong side for so long. This
    holds without a hedge or a leg that comes back, in profits per unit; and with rules of legs, for two legs at most.
    It is decided by parameters alone, never by prices.
    """
    column = {param.path: block.column(param.path) for param in exits.PARAMS}
    rules = [column[param.path] for param in exits.PARAMS]
    legs = len(strategy.legs.legs)
    if strategy.in_money or legs > MOST_LEGS:
        return np.zeros(len(block), np.bool_)
    quick = block.column(EVERY) == OFF
    quick &= (rules[exits.LEG_STOP] == OFF) | (rules[exits.REENTRY] == 0)
    if legs > LEGS_ALONE:
        quick &= (rules[exits.LEG_STOP] == OFF) & (rules[exits.LEG_TARGET] == OFF)
    return np.asarray(quick, np.bool_)
