"""What trials of a block share when their exits are first passages, and the notes taken on a position."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nfops.engine.capital import MarginRoom, margin_room
from nfops.types import SKIPS, Int32Array, Int64Array

LEGS, LOSS, PROFIT, CLOCK, DAY, FALL, STRAY, LEGS_LOSS, LEGS_PROFIT, LEGS_CLOCK, LEGS_FALL = range(11)
"""Columns of ``Sets.ids``: which leg rules, stop, target, time, day limits, trails and signal a trial has; which pairs.

Targets are numbered after the stops, pairs with targets after pairs with stops."""

IDS: Final = (
    *((LEGS,), (LOSS,), (PROFIT,), (CLOCK,), (DAY,), (FALL,), (STRAY,)),
    *((LEGS, LOSS), (LEGS, PROFIT), (LEGS, CLOCK), (LEGS, FALL)),
)
"""What each of them is made of."""


class Sets(NamedTuple):
    """N trials in G groups; those of one group enter at the same prices and pay the same charges."""

    rows: Int64Array  # (N,) rows of the block, by group
    first: Int64Array  # (G + 1,) trials of a group are first[g] .. first[g + 1]
    way: Int64Array  # (G,) row of the plans
    models: Int64Array  # (G, 7) columns of nfops.engine.state
    tariff: Int64Array  # (G,)
    spans: Int64Array  # (G,) move of the index in the estimate of the margin, or OFF
    settles: Int64Array  # (G,) 1: held to the end of the expiry day, legs settle
    most: Int64Array  # (N,) entries a day
    ids: Int32Array  # (N, 11) columns above; half as long as others, because all of a large block are read each day
    counts: Int64Array  # (11,) how many of each there are
    legs: Int64Array  # (counts[LEGS], 3) stop, target, who leaves on a leg's stop
    levels: (
        Int64Array  # (counts[LOSS] + counts[PROFIT], 3) -1 or 1, hundredths of a percent, paise: stops, then targets
    )
    clocks: Int64Array  # (counts[CLOCK], 2) time of day, seconds held
    days: Int64Array  # (counts[DAY], 2) stop and target of the day in paise
    trails: Int64Array  # (counts[FALL], 4) fall and threshold in paise, then in hundredths of a percent
    strays: Int64Array  # (counts[STRAY], 1) seconds for which the index stands on the wrong side


DECIDED, WHY, FILLED, PRICE, FLAGS = range(5)
"""Columns of the legs' exits."""

OPENED, WATCHED, BASE, SETTLED, BASKET, COST, FALLBACKS, UNTIL, REALISED, CAPITAL, SERIAL = range(11)
"""Second of the entry's fill and the first in which rules are asked; premium; profit at prices of nothing; row of the
basket; charges and fallbacks of the entry; when the entry wants to leave; profit of the day before; capital; number."""

KNOWN, FIRST_AT, FIRST_WHY, SECOND_AT, SECOND_WHY, LEADS, FREED, BANKED, LEAST_BEFORE, MOST_BEFORE = range(10)
"""Columns of the notes on leg rules: for which position they hold; when and why each leg leaves; which leaves first,
when that is filled, its profit, and the least and greatest profit of both until then."""

AT: Final = 1
"""Second of a first passage, after KNOWN; that of the last second means none."""

SEEN, RUN = range(2, 4)
"""Columns of the notes on exit signals, after KNOWN and AT: the first second that was not looked at, and for how many
seconds running the index had stood on the wrong side before it."""

EXITS: Final = 256

EXIT_PRICE, EXIT_FLAGS, EXIT_FEES = range(2, 5)
"""Columns of the exits, after KNOWN and AT."""

N_GROSS, N_COST, N_POSITIONS, N_FILLS, N_WORST, N_BEST, N_FALLBACK, N_STALE, N_CAPITAL = range(9)
NUMBERS: Final = 9
"""Columns of the numbers of a day, as in :class:`nfops.engine.result.DayResult`, and of an ending."""

E_KNOWN, E_AT, E_GAIN = range(9, 12)
"""Columns of an ending after these: for which position it holds, when it ends, and its profit per unit."""


class Position(NamedTuple):
    """The position at hand, L legs."""

    contracts: Int64Array  # (L,)
    signs: Int64Array  # (L,) 1 long, -1 short
    ratios: Int64Array  # (L,) lots for a lot of the position
    paid: Int64Array  # (L,) paise
    units: Int64Array  # (L,) lots times lot size, of all lots
    left: Int64Array  # (L, 5) exits, columns above
    held: Int64Array  # (11,) columns above


class Notes(NamedTuple):
    """What was found out about the position at hand, a row for each kind of rule; column 0 says for which position."""

    legs: Int64Array  # (counts[LEGS], 10)
    levels: Int64Array  # (counts[LOSS] + counts[PROFIT], 2) second of the first passage, like the next ones
    after: Int64Array  # (counts[LEGS_LOSS] + counts[LEGS_PROFIT], 2) once one of two legs left
    clocks: Int64Array  # (counts[CLOCK], 2)
    trails: Int64Array  # (counts[FALL], 2)
    trails_after: Int64Array  # (counts[LEGS_FALL], 2)
    strays: Int64Array  # (counts[STRAY], 4) and how far the search went, and what it found last; columns below
    ends: Int64Array  # (E, 12)
    exits: Int64Array  # (L, EXITS, 5) fills of legs by second, as far as they do not push each other out
    base: Int64Array  # (12,) first row in ``ends`` of each kind


(
    OF_LEVEL,
    OF_TARGET,
    OF_CLOCK,
    OF_TRAIL,
    OF_SIGNAL,
    OF_LEGS,
    OF_CLOSE_AFTER,
    OF_LEVEL_AFTER,
    OF_TARGET_AFTER,
    OF_CLOCK_AFTER,
    OF_TRAIL_AFTER,
    OF_CLOSE,
) = range(12)
"""Places in ``Notes.base``: endings by each kind of rule, with both legs held and with one gone."""

FREE, TRIED, MOST, GAINS = range(4)
"""Where a trial stands in its day: the second from which it may enter, the slot tried last, entries left, its profit
per unit so far."""


class Desk(NamedTuple):
    """Room to work in."""

    position: Position
    notes: Notes
    marks: Int64Array  # (N, 4) columns above
    parts: Int64Array  # (7,) of charges
    day: Int64Array  # (4,) when and why a day limit answers
    margin: MarginRoom
    skips: Int64Array  # (len(SKIPS), N) entries not made
    skipped: Int64Array  # (len(SKIPS),) how many they are


def new_desk(sets: Sets, legs: int) -> Desk:
    """Make room for a day of ``sets`` with positions of ``legs`` legs."""
    count = len(sets.rows)
    alone, pairs = [LOSS, PROFIT, CLOCK, FALL, STRAY, LEGS], [LEGS, LEGS_LOSS, LEGS_PROFIT, LEGS_CLOCK, LEGS_FALL]
    kinds = sets.counts[alone + pairs]
    base = np.concatenate([[0], np.cumsum(kinds)])
    wide = (*(np.zeros(legs, np.int64) for _ in range(5)), np.zeros((legs, 5), np.int64), np.zeros(11, np.int64))
    notes = Notes(
        np.zeros((sets.counts[LEGS], 10), np.int64),
        np.zeros((sets.counts[LOSS] + sets.counts[PROFIT], 2), np.int64),
        np.zeros((sets.counts[LEGS_LOSS] + sets.counts[LEGS_PROFIT], 2), np.int64),
        np.zeros((sets.counts[CLOCK], 2), np.int64),
        np.zeros((sets.counts[FALL], 2), np.int64),
        np.zeros((sets.counts[LEGS_FALL], 2), np.int64),
        np.zeros((sets.counts[STRAY], 4), np.int64),
        np.zeros((base[-1] + 2, 12), np.int64),
        np.zeros((legs, EXITS, 5), np.int64),
        base,
    )
    marks = np.zeros((count, 4), np.int64)
    return Desk(
        Position(*wide),
        notes,
        marks,
        np.zeros(7, np.int64),
        np.zeros(4, np.int64),
        margin_room(legs, 1),
        np.zeros((len(SKIPS), count), np.int64),
        np.zeros(len(SKIPS), np.int64),
    )
