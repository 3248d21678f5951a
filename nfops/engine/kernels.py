"""The walking kernel: the life of a position from one second in which something may happen to the next (SPEC 6)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nfops.daycache.chain import DayArrays
from nfops.daycache.lookup import age, position
from nfops.engine.calm import Extremes, leg_levels, pass_over, position_levels
from nfops.engine.rules_kernels import (
    CLOSE,
    CLOSED,
    CLOSING,
    DUE,
    ENTRY,
    LATENCY,
    LOTS,
    MAX_AGE,
    MODEL,
    NEVER,
    NOT_ARMED,
    OPENING,
    PAID,
    QUOTE,
    SETTLEMENT,
    SLIP,
    STATE,
    WHEN,
    WHY,
    decide,
    leg_rules,
    mark,
    position_rule,
)
from nfops.jit import jit
from nfops.strategies import exits
from nfops.types import FALLBACK, MISSING, PUT, STALE_EXIT, TICK_PAISE, Int32Array, Int64Array, Records


@jit
def fill_price(arrays: DayArrays, contract: int, second: int, side: int, fills: Int64Array, out: Int64Array) -> None:
    """Write price (paise) and flag of a fill to ``out`` (2,); ``side`` +1 buys, -1 sells."""
    out[1] = 0
    if fills[MODEL] == QUOTE:
        quotes = arrays.ask if side > 0 else arrays.bid
        at = position(quotes, contract, second)
        if at >= 0 and quotes.value[at] != MISSING and second - quotes.second[at] <= fills[MAX_AGE]:
            out[0] = quotes.value[at]
            return
        out[1] = FALLBACK
    out[0] = max(TICK_PAISE, arrays.last[contract, second] + side * fills[SLIP])


@jit
def write(fill: Any, leg: int, contract: int, side: int, lots: int, kind: int, flags: int) -> None:
    """Write what every row of FILL says of its leg."""
    fill["leg"], fill["contract"], fill["side"], fill["lots"] = leg, contract, side, lots
    fill["kind"], fill["flags"] = kind, flags


@jit
def close_due(
    arrays: DayArrays,
    contracts: Int64Array,
    sides: Int64Array,
    model: Int64Array,
    state: Int64Array,
    second: int,
    settle_at: int,
    expiring: int,
    fills: Records,
    written: int,
) -> int:
    """Fill every exit that is due at ``second``; return how many fills there are now."""
    got = np.zeros(2, np.int64)
    for leg in range(len(contracts)):
        if state[leg, DUE] != second or state[leg, CLOSED] != NEVER:
            continue
        contract, old = contracts[leg], age(arrays.trades, contracts[leg], second)
        if state[leg, WHY] == CLOSE and settle_at != MISSING and contract < expiring:
            in_the_money = (settle_at - arrays.strike[contract]) * (-1 if arrays.right[contract] == PUT else 1)
            got[0], got[1], state[leg, WHY] = max(in_the_money, 0), 0, SETTLEMENT
        else:
            fill_price(arrays, contract, second, -sides[leg], model, got)
            got[1] |= STALE_EXIT if old > model[MAX_AGE] else 0
        state[leg, CLOSED] = got[0]
        fill = fills[written]
        write(fill, leg, contract, -sides[leg], model[LOTS], CLOSING, got[1])
        fill["decision_s"], fill["fill_s"], fill["reason"] = state[leg, WHEN], second, state[leg, WHY]
        fill["price_paise"], fill["age_s"] = got[0], old
        written += 1
    return written


@jit
def open_legs(
    arrays: DayArrays,
    contracts: Int64Array,
    sides: Int64Array,
    model: Int64Array,
    state: Int64Array,
    decided: int,
    opened: int,
    fills: Records,
) -> int:
    """Fill the entry of every leg; return the absolute premium in paise per unit."""
    got, base = np.zeros(2, np.int64), 0
    for leg in range(len(contracts)):
        fill_price(arrays, contracts[leg], opened, sides[leg], model, got)
        state[leg, PAID] = got[0]
        base += sides[leg] * got[0]
        fill = fills[leg]
        write(fill, leg, contracts[leg], sides[leg], model[LOTS], OPENING, got[1])
        fill["decision_s"], fill["fill_s"], fill["reason"] = decided, opened, ENTRY
        fill["price_paise"], fill["age_s"] = got[0], age(arrays.trades, contracts[leg], opened)
    return abs(base)


@jit
def walk(
    arrays: DayArrays,
    extremes: Extremes,
    next_trading: Int32Array,
    contracts: Int64Array,
    sides: Int64Array,
    decided: int,
    opened: int,
    rules: Int64Array,
    model: Int64Array,
    settle_at: int,
    expiring: int,
    fills: Records,
    marks: Int64Array,
) -> int:
    """Trade one position and return how many fills were written.

    Parameters
    ----------
    contracts, sides
        ``(L,)`` rows of the contract axis; +1 long, -1 short.
    decided, opened
        Seconds of the decision to enter and of the entry fill.
    rules
        One row of exit rules, columns of :mod:`nfops.strategies.exits`; ``exit_at`` in grid seconds.
    model
        One row of fill parameters, columns above.
    settle_at, expiring
        Settlement price of the index in paise or MISSING; contracts below ``expiring`` expire today.
    fills
        ``(2 L,)`` of FILL, written in order of execution.
    marks
        ``(2,)``: least and greatest mark-to-market in paise per unit at the end of a second.
    """
    legs, final = len(contracts), len(next_trading) - 1
    state = np.full((legs, STATE), NEVER, np.int64)
    base = open_legs(arrays, contracts, sides, model, state, decided, opened, fills)
    # A trail without a threshold is armed from the entry, at a profit of nothing.
    best = np.full(2, NOT_ARMED, np.int64)
    best[0] = 0 if rules[exits.TRAIL_AFTER_PTS] <= 0 else NOT_ARMED
    best[1] = 0 if rules[exits.TRAIL_AFTER_PCT] <= 0 else NOT_ARMED
    settles = settle_at if rules[exits.SETTLE] == 1 else MISSING
    written = legs
    # Marks are taken at the ends of seconds: what opens in the last one has only the mark after its close.
    marks[0], marks[1] = -NOT_ARMED, NOT_ARMED
    levels, bounds = np.empty(7, np.int64), np.empty((legs, 2), np.int64)
    position_levels(base, opened, rules, levels)
    leg_levels(sides, rules, state, bounds)
    second = opened - 1
    while second < final:
        second += 1
        if second > opened:
            second = pass_over(arrays, extremes, contracts, sides, state, bounds, levels, best, marks, second, final)
        if opened < second < final and next_trading[second] == second:
            fill_at = next_trading[min(second + model[LATENCY], final)]
            written = close_due(arrays, contracts, sides, model, state, second, MISSING, 0, fills, written)
            leg_rules(arrays, contracts, sides, rules, state, second, fill_at)
            written = close_due(arrays, contracts, sides, model, state, second, MISSING, 0, fills, written)
            mtm = mark(arrays, contracts, sides, state, second)
            reason = position_rule(mtm, base, second - opened, second, rules, best)
            for leg in range(legs if reason else 0):
                decide(state, leg, reason, second, fill_at)
            if not reason or fill_at != second:
                marks[0], marks[1] = min(marks[0], mtm), max(marks[1], mtm)
                if written == 2 * legs:
                    break
                continue
        for leg in range(legs if second == final else 0):
            decide(state, leg, CLOSE, second, second)
        written = close_due(arrays, contracts, sides, model, state, second, settles, expiring, fills, written)
        mtm = mark(arrays, contracts, sides, state, second)
        marks[0], marks[1] = min(marks[0], mtm), max(marks[1], mtm)
        if written == 2 * legs:
            break
    return written


@jit
def walk_block(
    arrays: DayArrays,
    extremes: Extremes,
    next_trading: Int32Array,
    entry_of: Int64Array,
    contracts: Int64Array,
    decided: Int64Array,
    opened: Int64Array,
    sides: Int64Array,
    rules: Int64Array,
    models: Int64Array,
    settle_at: int,
    expiring: int,
    fills: Records,
    counts: Int64Array,
    marks: Int64Array,
) -> None:
    """Walk every trial that has an entry.

    ``entry_of`` (P,) gives the row of ``contracts`` (U, L), ``decided``, ``opened`` (U,), or NEVER. ``sides`` (P, L),
    ``rules`` (P, R) and ``models`` (P, 5) are per trial. ``fills`` (P, 2 L), ``counts`` (P,) and ``marks`` (P, 2) are
    written.
    """
    for trial in range(len(entry_of)):
        at = entry_of[trial]
        if at != NEVER:
            counts[trial] = walk(
                arrays,
                extremes,
                next_trading,
                contracts[at],
                sides[trial],
                decided[at],
                opened[at],
                rules[trial],
                models[trial],
                settle_at,
                expiring,
                fills[trial],
                marks[trial],
            )
