"""Questions that kernels ask of a day's events: what was known at a second, and how old it was."""

from __future__ import annotations

from nfops.daycache.build import UNKNOWN_AGE
from nfops.jit import jit
from nfops.types import MISSING, Events


@jit
def position(events: Events, contract: int, second: int) -> int:
    """Index of the last event of ``contract`` at or before ``second``, or -1."""
    low, high = events.start[contract], events.start[contract + 1]
    first = low
    while low < high:
        middle = (low + high) // 2
        if events.second[middle] <= second:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low > first else -1


@jit
def age(events: Events, contract: int, second: int) -> int:
    """Seconds since the last event, or UNKNOWN_AGE before the first."""
    at = position(events, contract, second)
    return second - events.second[at] if at >= 0 else UNKNOWN_AGE


@jit
def value(events: Events, contract: int, second: int) -> int:
    """Value as of ``second``, or MISSING before the first event."""
    at = position(events, contract, second)
    return events.value[at] if at >= 0 else MISSING
