"""How much of a day a strategy looks at."""

from __future__ import annotations

from nfops.daycache import ChainDay, narrowed
from nfops.engine.study import EXPIRY
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy
from nfops.strategies.choosing import NEXT
from nfops.strategies.hedge import EVERY
from nfops.types import OFF

SCOPE = (EXPIRY, EVERY)
"""Parameters that decide about it."""


def scoped(day: ChainDay, strategy: Strategy, block: ParamBlock, facts: DayFacts) -> ChainDay:
    """Give a day without the expiries that no row of ``block`` can come to trade; results are the same.

    Nothing is left out where an entry rule sees the whole day, where a hedge may be made of the future, and where the
    index is unknown: any expiry may then tell where it stands.
    """
    if strategy.entry.sees == "day" or day.spot is None or _hedged(block):
        return day
    choices, codes = block.schema.by_path[EXPIRY].choices, set(block.column(EXPIRY).tolist())
    ahead = 1 + int(strategy.legs.layout[:, NEXT].any())
    meant = {facts.expiry_after(str(choices[code]), after) for code in codes for after in range(ahead)}
    return narrowed(day, {expiry for expiry in meant if expiry is not None})


def _hedged(block: ParamBlock) -> bool:
    return EVERY in block.schema.by_path and bool((block.column(EVERY) != OFF).any())
