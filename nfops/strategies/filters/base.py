"""What a filter is: a condition on entries that goes with any strategy, off until one of its switches is set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from nfops.params import Kind, Param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import FINE, Signals, View
from nfops.types import MISSING, OFF, SKIPS, BoolArray, Int64Array

EXPIRY: Final = "strategy.expiry"
MAX_AGE: Final = "fills.max_age_s"

WholeDay: TypeAlias = Callable[[View, Codes], str]
"""Name of the skip for which a day is refused before any entry is looked for, or nothing."""

Entries: TypeAlias = Callable[[View, Codes, Signals], Int64Array]
"""Skips ``(N,)``, or FINE, of these entries."""


@dataclass(frozen=True)
class Filter:
    """A registered filter: its name, which is that of its skip, its parameters, and how it judges."""

    name: str
    doc: str
    params: tuple[Param, ...]
    switches: tuple[Param, ...]
    """Those of the parameters that are null when the filter is off."""
    by_day: WholeDay | None = None
    by_second: Entries | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the parameters."""
        return tuple(param.path for param in self.params)

    def is_on(self, codes: Codes) -> bool:
        """Whether a set of parameters asks for it."""
        return any(codes[param.path] != OFF for param in self.switches)


def param(name: str, kind: Kind, default: Any, doc: str, **more: Any) -> Param:
    """Declare a parameter of a filter."""
    return Param(f"strategy.filters.{name}", kind, default, doc, **more)


def bounds(name: str, kind: Kind, what: str, **more: Any) -> tuple[Param, Param]:
    """Declare the least and the greatest of something, both included; null: no bound."""
    return (
        param(f"{name}_min", kind, None, f"least {what}", nullable=True, **more),
        param(f"{name}_max", kind, None, f"greatest {what}", nullable=True, **more),
    )


def inside(value: Any, low: int, high: int, scale: Any = 1) -> Any:
    """Whether ``value`` lies in ``[low, high] * scale``, number by number; OFF is no bound."""
    above = np.ones(np.shape(value), np.bool_) if low == OFF else np.asarray(value >= low * scale)
    return above if high == OFF else above & np.asarray(value <= high * scale)


def refused(name: str, kept: BoolArray) -> Int64Array:
    """Give the skip ``name`` to those entries that are not kept."""
    return np.where(kept, FINE, SKIPS.index(name)).astype(np.int64)


def first_known(view: View) -> int:
    """Return the day's first known price of the index in paise, or MISSING."""
    known = np.flatnonzero(view.ref.price != MISSING)
    return int(view.ref.price[known[0]]) if len(known) else MISSING
