"""What an entry rule sees of a day, and what it gives: the seconds in which an entry may be decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from nfops.daycache import ChainDay, Reference
from nfops.market import DayFacts
from nfops.params import Param
from nfops.strategies.legs import Codes
from nfops.types import MISSING, SKIPS, FloatArray, Int64Array

UNBOUNDED: Final = 2**40
"""More entries than a day has seconds; also a second that never comes."""

FINE: Final = -1
"""Own skip of a signal that has none."""

QUIET: Final = -2
"""Own skip of a clock that gives no signal: nothing is counted once the index was found."""


@dataclass(frozen=True, eq=False)
class View:
    """A day as one set of parameters sees it."""

    day: ChainDay
    facts: DayFacts
    ref: Reference
    """The underlying, as old as ``max_age_s`` allows where it is the parity forward."""
    expiry: int
    """Place of the chosen expiry on the contract axis, or MISSING when the day has no data of it."""
    max_age_s: int
    to_expiry: int
    """Calendar seconds from the open to the close of the expiry day."""
    expires: dt.date
    """That day."""
    companion: View | None = None
    """The same day of the other index."""
    past: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    """Volatilities ``(D, 2)`` of both indices on earlier days, oldest first."""

    def second(self, clock: int) -> int:
        """Grid second of a time of day; it may lie outside."""
        return clock - self.day.session.open


@dataclass(frozen=True, eq=False)
class Signals:
    """Candidates for an entry in order of time, ``(N,)`` int64 each.

    Of the candidates of one slot only the first that finds the trial free is tried.
    """

    second: Int64Array
    slot: Int64Array
    direction: Int64Array
    """-1, 0 or 1; a leg rule says what that means."""
    until: Int64Array
    """Second from which the position leaves by the clock, or UNBOUNDED."""
    own: Int64Array
    """Index into SKIPS of the rule's own reason not to enter, FINE or QUIET."""
    contract: Int64Array
    """Contract that the signal names, or MISSING."""
    share: FloatArray
    """Lots of the companion's legs for a lot of the first, before rounding; 1 without a companion."""
    outside: int = 0
    """Clocks outside the session."""
    refused: str = ""
    """Skip for which a filter keeps the whole day from trading, counted once."""


def signals(
    second: Sequence[int] | Int64Array,
    *,
    slot: Sequence[int] | Int64Array | None = None,
    direction: Sequence[int] | Int64Array | int = 0,
    until: Sequence[int] | Int64Array | int = UNBOUNDED,
    own: int = FINE,
    contract: Sequence[int] | Int64Array | int = MISSING,
    share: float = 1.0,
) -> Signals:
    """Build signals from what is not usual; without a ``slot`` each has its own."""
    at = np.asarray(second, np.int64)

    def whole(values: Sequence[int] | Int64Array | int) -> Int64Array:
        return np.broadcast_to(np.asarray(values, np.int64), at.shape)

    return Signals(
        at,
        whole(np.arange(len(at)) if slot is None else slot),
        whole(direction),
        whole(until),
        whole(own),
        whole(contract),
        np.full(at.shape, share),
    )


NOTHING: Final = signals([])


def at_clock(view: View, clock: int, *, own: str | int = FINE, direction: int = 0, share: float = 1.0) -> Signals:
    """Give the signal of one clock; ``own`` is the name of a skip, FINE or QUIET."""
    reason = SKIPS.index(own) if isinstance(own, str) else own
    return signals([view.second(clock)], direction=direction, own=reason, share=share)


def is_open(view: View, clock: int) -> bool:
    """Whether a time of day lies in a segment."""
    return view.day.session.trades_at(clock)


def outside(clocks: int = 1) -> Signals:
    """Nothing, because clocks lie outside the session."""
    return replace(NOTHING, outside=clocks)


@dataclass(frozen=True)
class EntryRule:
    """A registered entry rule: its name, parameters, and how it finds its signals on a day."""

    name: str
    doc: str
    params: tuple[Param, ...]
    find: Callable[[View, Codes], Signals]
    reads: tuple[str, ...] = ()
    """Parameters of other parts that the signals depend on, beside the expiry and the greatest age."""
    entries: int = 1
    """Entries a day when ``max_entries`` is null."""
    scans: bool = False
    """It watches every second instead of a clock: an entry that is skipped is used up."""
    timed: bool = False
    """Its signals depend on its parameters and on the hours of the day alone, not on prices or dates."""
    needs_ticks: bool = False
    """It reads volumes that bars and snapshots show too coarsely."""
    gives: Literal["", "direction", "contract"] = ""
    """What its signals carry beside their second."""
    sees: Literal["expiry", "day"] = "day"
    """What it looks at beside the index: options of the chosen expiry alone, or whatever a day has."""
    companion: Mapping[str, str] = field(default_factory=dict)
    """Other index that is traded beside the one of the run, by the run's index."""
