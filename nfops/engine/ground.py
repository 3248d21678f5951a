"""The ground that positions stand on: a day's arrays and facts in the form that kernels read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary, finalize

import numpy as np

from nfops.costs.margin import margin_vector
from nfops.daycache import ChainDay, DayArrays, Reference, is_incomplete, reference
from nfops.engine.search_kernels import Baskets, SkipIndex, empty_index
from nfops.market import DayFacts
from nfops.types import MISSING, BoolArray, Events, Int32Array, Int64Array, sealed

SETTLEMENT_WINDOW_S = 1_800
EVENTS = ("trades", "oi", "bid", "ask")


class Ground(NamedTuple):
    """C contracts, S seconds, A greatest ages, M markets: this index and, for spreads of two, its companion."""

    arrays: DayArrays
    known: SkipIndex
    next_trading: Int32Array  # (S,)
    ref: Int32Array  # (A, M, S) paise
    ref_age: Int32Array  # (A, M, S)
    step: Int64Array  # (M,) distance of strikes in paise
    lot: Int64Array  # (C,) units in a lot
    settle_at: Int64Array  # (C,) index in paise at which a contract settles today, or MISSING
    margined: Int64Array  # (C, 7) of nfops.costs.margin, of nothing at no price; the future opens no position
    fractions: Int64Array  # (5,) of the margin, 0 where they are not known
    hedge: int  # contract to hedge with; C stands for the index itself, MISSING for none


@dataclass(frozen=True, eq=False)
class Terrain:
    """A day as blocks with the same greatest ages find it."""

    facts: DayFacts
    ages: tuple[int, ...]
    references: Sequence[Sequence[Reference]]
    """Of each index for each age."""
    incomplete: BoolArray
    """(A,)"""
    ground: Ground
    places: dict[str, Int64Array] = field(default_factory=dict)
    """By expiry, where it stands: columns of a plan."""


_KNOWN: WeakKeyDictionary[ChainDay, tuple[SkipIndex, list[Terrain]]] = WeakKeyDictionary()
"""What was found out about days that are still in use; the next block on such a day begins with it."""


_SPARE: defaultdict[int, list[Baskets]] = defaultdict(list)
"""Room of days that nobody uses any more, by their seconds: to get fresh memory takes as long as to search it."""


def terrain_of(day: ChainDay, facts: DayFacts, ages: tuple[int, ...]) -> Terrain:
    """Lay out a day, once for each set of greatest ages."""
    if day not in _KNOWN:
        _KNOWN[day] = _index(day), []
    index, known = _KNOWN[day]
    for terrain in known:
        if terrain.facts is facts and terrain.ages == ages:
            return terrain
    markets = [day, *([day.companion.day] if day.companion else [])]
    references = [[reference(market, age) for market in markets] for age in ages]
    late = [is_incomplete(day, of[0], age) for of, age in zip(references, ages, strict=True)]
    known.append(Terrain(facts, ages, references, np.array(late), _ground(day, facts, references, index)))
    return known[-1]


def _index(day: ChainDay) -> SkipIndex:
    """Give a day an index, whose room is another's when the day is gone."""
    other, spare = day.companion, _SPARE[day.seconds]
    count = len(day.arrays.last) if other is None else int(day.arrays.base[-1] + other.day.arrays.base[-1])
    index = empty_index(count, day.seconds, spare.pop() if spare else None)
    finalize(day, spare.append, index.baskets).atexit = False
    return index


def _ground(day: ChainDay, facts: DayFacts, references: Sequence[Sequence[Reference]], index: SkipIndex) -> Ground:
    """Lay out a day; ``references`` holds those of both markets for each greatest age."""
    other = day.companion
    markets = [(day, facts), *([(other.day, other.facts)] if other else [])]
    arrays = joined(day.arrays, other.day.arrays) if other else day.arrays
    count = len(arrays.last)
    expiries = [fact for market, (of, known) in enumerate(markets) for fact in _expiries(market, of, known)]
    lot, settle_at, margined = _contracts(arrays, np.array(expiries, np.int64).reshape(-1, 4), count)
    return Ground(
        arrays=arrays,
        known=index,
        next_trading=day.session.next_trading,
        ref=_stack([[ref.price for ref in row] for row in references]),
        ref_age=_stack([[ref.age for ref in row] for row in references]),
        step=np.array([facts.strike_step for _, facts in markets], np.int64),
        lot=lot,
        settle_at=settle_at,
        margined=margined,
        fractions=np.zeros(5, np.int64) if facts.margins is None else margin_vector(facts.margins),
        hedge=MISSING if other else _hedge(day, count),
    )


def _expiries(market: int, day: ChainDay, facts: DayFacts) -> Iterator[tuple[int, ...]]:
    """Tell of each expiry its market, whether it is today, units in a lot, and at what it settles today or MISSING.

    The units are 0 where the expiry lies beyond what a run can choose.
    """
    for expiry in day.expiries:
        today = expiry == day.date
        yield market, today, facts.lot_sizes.get(expiry, 0), settlement_price(day) if today else MISSING


def _contracts(arrays: DayArrays, expiries: Int64Array, count: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Lots and settlements ``(C,)``, 1 and MISSING of the future, which comes last, and options as legs ``(C', 7)``."""
    options = int(arrays.base[-1])
    place = np.repeat(np.arange(len(expiries)), np.diff(arrays.base))
    of = expiries[place]
    lot, settle_at, margined = np.ones(count, np.int64), np.full(count, MISSING), np.zeros((options, 7), np.int64)
    lot[:options], settle_at[:options] = of[:, 2], of[:, 3]
    margined[:, 0], margined[:, 1], margined[:, 2] = of[:, 0], place, of[:, 1]
    margined[:, 3], margined[:, 4] = arrays.right[:options], arrays.strike[:options]
    return lot, settle_at, margined


def joined(home: DayArrays, other: DayArrays) -> DayArrays:
    """Contracts of two indices on one axis, without futures: those of the companion after this one's.

    Sealed like those of a day, because kernels are compiled anew for arrays that may be written.
    """
    here, there = int(home.base[-1]), int(other.base[-1])
    events = [_joined_events(getattr(home, name), here, getattr(other, name), there) for name in EVENTS]
    return DayArrays(
        sealed(np.concatenate([home.base, here + other.base[1:]])),
        sealed(np.concatenate([home.strike[:here], other.strike[:there]])),
        sealed(np.concatenate([home.right[:here], other.right[:there]])),
        sealed(np.concatenate([home.last[:here], other.last[:there]])),
        *events,
    )


def _joined_events(home: Events, here: int, other: Events, there: int) -> Events:
    ends = int(home.start[here]), int(other.start[there])
    return Events(
        sealed(np.concatenate([home.start[: here + 1], ends[0] + other.start[1 : there + 1]])),
        sealed(np.concatenate([home.second[: ends[0]], other.second[: ends[1]]])),
        sealed(np.concatenate([home.value[: ends[0]], other.value[: ends[1]]])),
    )


def settlement_price(day: ChainDay) -> int:
    """Mean of the known index over the last half hour, half-up to the paisa; MISSING without spot."""
    if day.spot is None:
        return MISSING
    window = day.spot.price[-SETTLEMENT_WINDOW_S:]
    known = window[window != MISSING].astype(np.int64)
    return int((2 * known.sum() + len(known)) // (2 * len(known))) if len(known) else MISSING


def _stack(rows: list[list[Int32Array]]) -> Int32Array:
    """Stack to (A, M, S); what is one alone is not copied."""
    if len(rows) == len(rows[0]) == 1:
        return rows[0][0][None, None, :]
    return sealed(np.array(rows, np.int32))


def _hedge(day: ChainDay, count: int) -> int:
    """Return the near future if it had a price on the day, else the index, else nothing."""
    if day.future_expiry is not None and day.arrays.last[-1, -1] != MISSING:
        return count - 1
    return count if day.spot is not None else MISSING
