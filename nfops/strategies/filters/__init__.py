"""Filters: conditions on entries, whatever the strategy. A new one is a file here and a line in this registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from nfops.params import Param, ParamBlock, Value
from nfops.strategies.filters.base import Filter
from nfops.strategies.filters.days_to_expiry import DAYS_TO_EXPIRY
from nfops.strategies.filters.direction import ONE_WAY
from nfops.strategies.filters.event import AROUND_EVENTS, EVENT
from nfops.strategies.filters.gap import GAP
from nfops.strategies.filters.iv_rank import IV_RANK
from nfops.strategies.filters.trend import MOVE, TREND
from nfops.strategies.filters.volatility import VOLATILITY
from nfops.strategies.filters.weekday import WEEKDAY
from nfops.strategies.legs import Codes
from nfops.strategies.signals import FINE, NOTHING, Signals, View
from nfops.types import OFF

__all__ = ["EVENT_PATH", "FILTERS", "GAP", "IV_RANK", "PARAMS", "Filter", "closed", "faults", "sifted", "used"]

FILTERS: Final[Mapping[str, Filter]] = {
    known.name: known
    for known in (WEEKDAY, DAYS_TO_EXPIRY, AROUND_EVENTS, GAP, IV_RANK, VOLATILITY, TREND, MOVE, ONE_WAY)
}
"""Every filter by its name, in the order in which they are asked: those of whole days first."""

EVENT_PATH: Final = EVENT.path

PARAMS: Final[tuple[Param, ...]] = tuple(param for known in FILTERS.values() for param in known.params)


def used(block: ParamBlock) -> tuple[Filter, ...]:
    """Return the filters that some row of a block switches on."""
    return tuple(
        known for known in FILTERS.values() if (block.columns([param.path for param in known.switches]) != OFF).any()
    )


def closed(view: View, codes: Codes, filters: Sequence[Filter]) -> Signals | None:
    """Nothing, with the reason, when a filter refuses the whole day, so that no entry need be looked for."""
    for known in filters:
        if known.by_day is not None and known.is_on(codes) and (reason := known.by_day(view, codes)):
            return replace(NOTHING, refused=reason)
    return None


def sifted(signals: Signals, view: View, codes: Codes, filters: Sequence[Filter]) -> Signals:
    """Give the same signals; those that a filter refuses have its reason, those that have their own keep it."""
    own = signals.own
    for known in filters:
        fine = own == FINE
        if known.by_second is not None and known.is_on(codes) and fine.any():
            own = np.where(fine, known.by_second(view, codes, signals), own)
    return replace(signals, own=own)


def faults(values: Mapping[str, Sequence[Value]]) -> list[str]:
    """Say which ranges are empty whatever is taken of the values of their bounds (path -> values)."""
    found = []
    for low in (param.path for param in PARAMS if param.path.endswith("_min")):
        high = low.removesuffix("_min") + "_max"
        least, most = (_numbers(values.get(path, ())) for path in (low, high))
        if least and most and min(least) > max(most):
            found.append(f"{low} {min(least):g} lies above {high} {max(most):g}: no entry can pass")
    return found


def _numbers(values: Sequence[Value]) -> list[float]:
    """Give the values of a bound, none when one of them is no bound."""
    found = [float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    return found if len(found) == len(values) else []
