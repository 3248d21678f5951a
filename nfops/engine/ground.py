"""The ground that positions stand on: a day's arrays and facts in the form that kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nfops.daycache import ChainDay, DayArrays, Reference
from nfops.engine.calm import BLOCK, Extremes
from nfops.market import DayFacts
from nfops.types import MISSING, BoolArray, Events, Int32Array, Int64Array, sealed

SETTLEMENT_WINDOW_S = 1_800
EVENTS = ("trades", "oi", "bid", "ask")


class Ground(NamedTuple):
    """C contracts, S seconds, A greatest ages, M markets: this index and, for spreads of two, its companion."""

    arrays: DayArrays
    extremes: Extremes
    searched: BoolArray  # (C,) contracts whose extremes were found
    next_trading: Int32Array  # (S,)
    ref: Int32Array  # (A, M, S) paise
    ref_age: Int32Array  # (A, M, S)
    step: Int64Array  # (M,) distance of strikes in paise
    lot: Int64Array  # (C,) units in a lot
    settle_at: Int64Array  # (C,) index in paise at which a contract settles today, or MISSING
    hedge: int  # contract to hedge with; C stands for the index itself, MISSING for none


def ground_of(day: ChainDay, facts: DayFacts, references: Sequence[Sequence[Reference]]) -> Ground:
    """Lay out a day; ``references`` holds those of both markets for each greatest age."""
    other = day.companion
    markets = [(day, facts), *([(other.day, other.facts)] if other else [])]
    arrays = joined(day.arrays, other.day.arrays) if other else day.arrays
    count, seconds = arrays.last.shape
    shape = count, seconds // BLOCK
    return Ground(
        arrays=arrays,
        extremes=Extremes(np.empty(shape, np.int32), np.empty(shape, np.int32)),
        searched=np.zeros(count, np.bool_),
        next_trading=day.session.next_trading,
        ref=_stack([[ref.price for ref in row] for row in references]),
        ref_age=_stack([[ref.age for ref in row] for row in references]),
        step=np.array([facts.strike_step for _, facts in markets], np.int64),
        lot=_per_contract([(day, _lots(day, facts)) for day, facts in markets], count, 1),
        settle_at=_per_contract([(day, _settles(day)) for day, _ in markets], count, MISSING),
        hedge=MISSING if other else _hedge(day, count),
    )


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


def _lots(day: ChainDay, facts: DayFacts) -> list[int]:
    """Units per lot of each expiry; 0 for those beyond what a run can choose."""
    return [facts.lot_sizes.get(expiry, 0) for expiry in day.expiries]


def _settles(day: ChainDay) -> list[int]:
    return [settlement_price(day) if expiry == day.date else MISSING for expiry in day.expiries]


def _per_contract(values: Sequence[tuple[ChainDay, list[int]]], count: int, rest: int) -> Int64Array:
    """Spread the value of each expiry over its contracts; the future, which comes last, gets ``rest``."""
    parts = [np.repeat(np.array(of, np.int64), np.diff(day.arrays.base)) for day, of in values]
    options = np.concatenate(parts)
    return np.append(options, np.full(count - len(options), rest, np.int64))


def _hedge(day: ChainDay, count: int) -> int:
    """Return the near future if it had a price on the day, else the index, else nothing."""
    if day.future_expiry is not None and day.arrays.last[-1, -1] != MISSING:
        return count - 1
    return count if day.spot is not None else MISSING
