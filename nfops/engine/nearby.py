"""What a block will mostly read of a day: a guess, made for the disk. Nothing depends on it but time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nfops.daycache import ChainDay, parts_of
from nfops.engine.rules_kernels import HUNDRED_PCT
from nfops.params import ParamBlock
from nfops.strategies import Strategy
from nfops.strategies.legs import CHOICES, WING
from nfops.types import MISSING, OFF

PREMIUM, DELTA, PCT, OTM, OFFSET = CHOICES
NEARBY: Final = (*CHOICES, WING)
"""Parameters that decide about it."""

SPARE: Final = 2
"""Strike steps beyond those that are chosen: a strike may lack a price."""


@dataclass(frozen=True)
class Reach:
    """How far from the index a block chooses strikes: strike steps, and hundredths of a percent of the index."""

    steps: int
    share: int


def reach_of(strategy: Strategy, block: ParamBlock) -> Reach | None:
    """Say how far a block reaches; None: anywhere, because it looks for a price or a delta, or sees whole days."""
    if strategy.entry.sees == "day" or _codes(block, PREMIUM, DELTA):
        return None
    away, wing = (max(map(abs, _codes(block, *paths)), default=0) for paths in ((OTM, OFFSET), (WING,)))
    return Reach(SPARE + away + wing, max(_codes(block, PCT), default=0))


def nearby(day: ChainDay, reach: Reach | None, step: int) -> Iterator[npt.NDArray[Any]]:
    """Give what a block will mostly read of a day: prices and trades as far as it reaches; ``step`` in paise.

    The index is given first, because it is read when more is asked for.
    """
    if day.spot is None or reach is None:
        yield from parts_of(day)
        return
    yield from day.spot
    known = day.spot.price[day.spot.price != MISSING]
    if not len(known):
        return
    least, most, arrays = float(known.min()), float(known.max()), day.arrays
    far = reach.steps * step + most * reach.share / HUNDRED_PCT
    for first, end in zip(arrays.base[:-1].tolist(), arrays.base[1:].tolist(), strict=True):
        start, stop = first + np.searchsorted(arrays.strike[first:end], (least - far, most + far))
        events = slice(int(arrays.trades.start[start]), int(arrays.trades.start[stop]))
        yield from (arrays.last[start:stop], arrays.trades.second[events])


def _codes(block: ParamBlock, *paths: str) -> set[int]:
    """Distinct values of some parameters that are set, as far as the strategy has them."""
    there = [block.column(path) for path in paths if path in block.schema.by_path]
    return {int(code) for column in there for code in np.unique(column) if code != OFF}
