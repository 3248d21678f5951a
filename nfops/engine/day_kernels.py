"""A trial's day: one position after the other (SPEC 6)."""

from __future__ import annotations

import numpy as np

from nfops.engine.entry_kernels import try_entry
from nfops.engine.ground import Ground
from nfops.engine.kernels import walk
from nfops.engine.state import (
    BEST,
    DECIDED,
    DIRECTION,
    LOTS,
    NEVER,
    NOT_ARMED,
    OPENED,
    OVER,
    POSITIONS,
    REALISED,
    RIGHT,
    UNIT,
    UNTIL,
    WORST,
    Bench,
    Entries,
    Tape,
    Trial,
)
from nfops.jit import inner, jit
from nfops.strategies.choosing import MARKET, SIDE
from nfops.strategies.signals import FINE, QUIET
from nfops.types import CALL, FloatArray, Int64Array


@inner
def stakes(
    ground: Ground, trial: Trial, contracts: Int64Array, side: int, share: float, factors: Int64Array, lots: Int64Array
) -> None:
    """Write what a paisa of each leg is in profit, and the lots of each leg, ``(L,)`` each."""
    for leg in range(len(contracts)):
        lots[leg] = trial.model[LOTS]
        if trial.layout[leg, MARKET]:
            lots[leg] = max(1, int(np.floor(trial.model[LOTS] * share + 0.5)))
        unit = lots[leg] * ground.lot[contracts[leg]] if trial.in_money else trial.model[UNIT]
        factors[leg] = side * trial.layout[leg, SIDE] * unit
        lots[leg] *= abs(trial.layout[leg, SIDE])


@inner
def mark_flat(book: Int64Array) -> None:
    """Bring the marks up to a second in which nothing is open."""
    book[WORST], book[BEST] = min(book[WORST], book[REALISED]), max(book[BEST], book[REALISED])


@inner
def trade_day(
    ground: Ground,
    trial: Trial,
    entries: Entries,
    way: int,
    most: int,
    scans: bool,
    book: Int64Array,
    skips: Int64Array,
    bench: Bench,
    tape: Tape,
) -> None:
    """Try a trial's candidates in order of time.

    Parameters
    ----------
    way
        Row of ``entries.plan``.
    most
        Entries a day; what is skipped counts where a rule ``scans``.
    book, skips
        ``(5,)`` and ``(len(SKIPS),)``, written.
    """
    legs = len(trial.layout)
    factors, lots, entry = bench.legs[0], bench.legs[1], bench.entry
    free, tried = 0, NEVER
    for at in range(entries.first[way], entries.first[way + 1]):
        if most <= 0 or book[OVER]:
            break
        if entries.second[at] < free or entries.slot[at] == tried:
            continue
        tried = entries.slot[at]
        try_entry(ground, trial.layout, trial.plan, entries, at)
        if entries.why[at] != FINE:
            if entries.why[at] != QUIET:
                skips[entries.why[at]] += 1
                most -= scans
            continue
        if book[POSITIONS] > 0 and entries.opened[at] > free:
            mark_flat(book)
        most -= 1
        entry[DECIDED], entry[OPENED], entry[UNTIL] = entries.second[at], entries.opened[at], entries.until[at]
        contracts, entry[RIGHT] = entries.contracts[at], entries.right[at]
        stakes(ground, trial, contracts, entries.side[at], entries.share[at], factors, lots)
        entry[DIRECTION] = 0
        if legs == 1:
            upwards = (ground.arrays.right[contracts[0]] == CALL) == (factors[0] > 0)
            entry[DIRECTION] = 1 if upwards else -1
        tape.at[2] = book[POSITIONS]
        free = walk(ground, trial, entry, contracts, factors, lots, book, skips, bench, tape)
        book[POSITIONS] += 1
    if book[POSITIONS] > 0:
        mark_flat(book)


@jit
def trade_block(
    ground: Ground,
    entries: Entries,
    ways: Int64Array,
    most: Int64Array,
    scans: bool,
    layout: Int64Array,
    rules: Int64Array,
    models: Int64Array,
    bands: FloatArray,
    in_money: bool,
    books: Int64Array,
    skips: Int64Array,
    bench: Bench,
    tape: Tape,
) -> None:
    """Trade every trial; ``ways``, ``most``, ``rules``, ``models``, ``bands``, ``books`` and ``skips`` have P rows."""
    for row in range(len(ways)):
        books[row, WORST], books[row, BEST] = -NOT_ARMED, NOT_ARMED
        tape.at[1] = row
        trial = Trial(layout, entries.plan[ways[row]], rules[row], models[row], bands[row], in_money)
        trade_day(ground, trial, entries, ways[row], most[row], scans, books[row], skips[row], bench, tape)
        if books[row, POSITIONS] == 0:
            books[row, WORST] = books[row, BEST] = 0
