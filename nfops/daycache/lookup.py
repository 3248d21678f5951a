"""Questions that kernels ask of a day's events: what was known at a second, and how old it was."""

from __future__ import annotations

from nfops.daycache.chain import UNKNOWN_AGE
from nfops.jit import jit
from nfops.types import MISSING, Events


@jit
def position(events: Events, contract: int, second: int) -> int:
    """Index of the last event of ``contract`` at or before ``second``, or -1."""
    first, high = events.start[contract], events.start[contract + 1]
    # Seconds ascend from 0, so at most second + 1 events lie before; where every second has one, that is all of them.
    low, high = first, min(high, first + second + 1)
    if low < high and events.second[high - 1] <= second:
        return int(high - 1)
    while low < high:
        middle = (low + high) // 2
        if events.second[middle] <= second:
            low = middle + 1
        else:
            high = middle
    return low - 1 if low > first else -1


@jit
def age(events: Events, contract: int, second: int) -> int:
    """Seconds since the last event, or UNKNOWN_AGE before the first; of ``trades`` it is the age of the price."""
    at = position(events, contract, second)
    return second - events.second[at] if at >= 0 else UNKNOWN_AGE


@jit
def value(events: Events, contract: int, second: int) -> int:
    """Value as of ``second``, or MISSING before the first event: open interest, or a quote."""
    at = position(events, contract, second)
    return events.value[at] if at >= 0 else MISSING


@jit
def volume(trades: Events, contract: int, start: int, end: int) -> int:
    """Units traded in ``(start, end]``."""
    total, at = 0, position(trades, contract, end)
    while at >= trades.start[contract] and trades.second[at] > start:
        total += trades.value[at]
        at -= 1
    return total


@jit
def quote(quotes: Events, contract: int, second: int) -> tuple[int, int]:
    """Bid or ask as of ``second`` and its age; MISSING and UNKNOWN_AGE where none stands."""
    at = position(quotes, contract, second)
    if at < 0 or quotes.value[at] == MISSING:
        return MISSING, UNKNOWN_AGE
    return quotes.value[at], second - quotes.second[at]
