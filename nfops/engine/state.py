"""The state of a position as columns of integers, a row a leg, and the numbers beside it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nfops.types import FloatArray, Int64Array, Records

IN, LEAVING, OUT, WAITING, ORDERED = range(5)
"""Phases of a leg: held, held with its exit decided, gone, gone and to come back, its entry decided."""

CONTRACT, PHASE, PAID, DUE, WHY, WHEN, OPENS, ASKED, FIRST, USED, LEFT = range(11)
STATE: Final = 11
"""Contract, phase, price paid; the exit's second, reason and decision; the entry's second and decision; the price of
the first entry; re-entries made; second of the last exit."""

MODEL, SLIP, LATENCY, MAX_AGE, LOTS, UNIT, EVERY = range(7)
"""Columns of the matrix of fill parameters; UNIT: what a profit per unit is multiplied by, EVERY: of the hedge."""

BANKED, HELD, CASH, ENDED = range(4)
"""Sums of a position: profit of the legs that left, units of the hedge and what they brought in, whether all were told
to leave."""

REALISED, WORST, BEST, OVER, POSITIONS = range(5)
"""The book of a day: profit of the positions before, its marks, whether it has ended, positions so far."""

DECIDED, OPENED, UNTIL, DIRECTION, RIGHT = range(5)
"""Columns of an entry; DIRECTION is where a single option wants the index to go, 0 for structures."""

NEVER: Final = -1
NOT_ARMED: Final = -(2**62)


class Trial(NamedTuple):
    """One set of parameters, as kernels see it."""

    layout: Int64Array  # (L, 6) of nfops.strategies.choosing
    plan: Int64Array  # (PLAN,) likewise
    rules: Int64Array  # (R,) columns of nfops.strategies.exits, times in grid seconds, points times UNIT
    model: Int64Array  # (7,) columns above
    band: float  # net delta per unit that is left alone
    in_money: bool  # profits are in money, and the premium is the sum of all legs


class Tape(NamedTuple):
    """Fills as they are made; what does not fit is counted only."""

    fills: Records  # (N,) of FILL
    at: Int64Array  # (3,) fills made, trial, position


class Entries(NamedTuple):
    """Candidates of the distinct ways to enter, and what became of those that were tried."""

    first: Int64Array  # (K + 1,) candidates of a way are first[k] .. first[k + 1]
    plan: Int64Array  # (K, PLAN)
    second: Int64Array  # (E,) and so on
    slot: Int64Array
    until: Int64Array
    own: Int64Array
    right: Int64Array
    side: Int64Array
    share: FloatArray
    why: Int64Array  # skip, FINE, QUIET or UNTRIED
    opened: Int64Array
    contracts: Int64Array  # (E, L)


UNTRIED: Final = -3


class Bench(NamedTuple):
    """Room in which positions of L legs are walked."""

    state: Int64Array  # (L, STATE)
    sums: Int64Array  # (4,)
    orders: Int64Array  # (N, 3) of the hedge: second of the fill, units, decision
    best: Int64Array  # (2,)
    levels: Int64Array  # (7,) of nfops.engine.calm
    bounds: Int64Array  # (L, 2) likewise
    inside: Int64Array  # (L, 4) contracts, factors and bounds of the legs that are in
    legs: Int64Array  # (3, L) factors, lots, contracts
    entry: Int64Array  # (5,)


def new_bench(legs: int, latency: int) -> Bench:
    """Make room for ``legs`` legs and hedges that fill after at most ``latency`` seconds."""
    shapes = ((legs, STATE), 4, (latency + 2, 3), 2, 7, (legs, 2), (legs, 4), (3, legs), 5)
    return Bench(*(np.zeros(shape, np.int64) for shape in shapes))
