"""The life of a position, from one second in which something may happen to the next (SPEC 6)."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.daycache.lookup import age
from nfops.engine.calm import leg_levels, pass_over, position_levels, search
from nfops.engine.entry_kernels import enter_again
from nfops.engine.fill_kernels import CLOSING, OPENING, fill_price, write
from nfops.engine.ground import Ground
from nfops.engine.hedge_kernels import HEDGE, hedge_worth, trade_hedge, wanted_units
from nfops.engine.rules_kernels import STOPPED, day_limit, decide, leg_rules, mark, position_rule
from nfops.engine.state import (
    ASKED,
    BANKED,
    BEST,
    CONTRACT,
    DECIDED,
    DIRECTION,
    DUE,
    ENDED,
    EVERY,
    FIRST,
    HELD,
    IN,
    LATENCY,
    LEAVING,
    LEFT,
    MAX_AGE,
    NEVER,
    NOT_ARMED,
    OPENED,
    OPENS,
    ORDERED,
    OUT,
    OVER,
    PAID,
    PHASE,
    REALISED,
    RIGHT,
    STATE,
    UNTIL,
    USED,
    WAITING,
    WHEN,
    WHY,
    WORST,
    Tape,
    Trial,
)
from nfops.jit import inner
from nfops.strategies import exits
from nfops.strategies.choosing import REFERENCE
from nfops.strategies.signals import FINE
from nfops.types import MISSING, OFF, PUT, REASONS, STALE_EXIT, Int64Array

ENTRY: Final = REASONS.index("entry")
REENTRY: Final = REASONS.index("reentry")
CLOSE: Final = REASONS.index("close")
SETTLEMENT: Final = REASONS.index("settlement")
ASAP: Final = 1
"""Code of ``reentry: asap``."""


@inner
def open_leg(
    ground: Ground, trial: Trial, state: Int64Array, leg: int, side: int, lots: int, second: int, tape: Tape
) -> None:
    """Fill a leg's entry."""
    contract, again = state[leg, CONTRACT], state[leg, FIRST] != NEVER
    price, flag = fill_price(ground, trial.plan, trial.model, contract, second, side)
    old = age(ground.arrays.trades, contract, second)
    reason = REENTRY if again else ENTRY
    write(tape, leg, contract, side, lots, state[leg, ASKED], second, price, old, reason, OPENING, flag)
    state[leg, PAID] = price
    if not again:
        state[leg, FIRST] = price
    # It may have been told to leave while its entry was under way.
    state[leg, PHASE] = IN if state[leg, DUE] == NEVER else LEAVING


@inner
def close_leg(
    ground: Ground,
    trial: Trial,
    state: Int64Array,
    leg: int,
    factor: int,
    lots: int,
    second: int,
    sums: Int64Array,
    tape: Tape,
) -> None:
    """Fill a leg's exit."""
    contract, side = state[leg, CONTRACT], -1 if factor > 0 else 1
    old, reason = age(ground.arrays.trades, contract, second), state[leg, WHY]
    settle_at = ground.settle_at[contract]
    if reason == CLOSE and trial.rules[exits.SETTLE] == 1 and settle_at != MISSING:
        in_the_money = (settle_at - ground.arrays.strike[contract]) * (
            -1 if ground.arrays.right[contract] == PUT else 1
        )
        price, flags, reason = max(in_the_money, 0), 0, SETTLEMENT
    else:
        price, flags = fill_price(ground, trial.plan, trial.model, contract, second, side)
        flags |= STALE_EXIT if old > trial.model[MAX_AGE] else 0
    write(tape, leg, contract, side, lots, state[leg, WHEN], second, price, old, reason, CLOSING, flags)
    sums[BANKED] += factor * (price - state[leg, PAID])
    back = reason == STOPPED and not sums[ENDED] and trial.rules[exits.REENTRY] > 0
    state[leg, PHASE] = WAITING if back and state[leg, USED] < trial.rules[exits.MAX_REENTRIES] else OUT
    state[leg, LEFT], state[leg, DUE] = second, NEVER


@inner
def fill_due(
    ground: Ground,
    trial: Trial,
    state: Int64Array,
    factors: Int64Array,
    lots: Int64Array,
    second: int,
    sums: Int64Array,
    orders: Int64Array,
    tape: Tape,
) -> None:
    """Fill everything that is due at ``second``; the hedge becomes flat with the last leg."""
    for at in range(len(orders)):
        if orders[at, 0] == second:
            trade_hedge(ground, trial, orders[at, 1], orders[at, 2], second, HEDGE, sums, tape)
            orders[at, 0] = NEVER
    held, last = 0, NEVER
    for leg in range(len(state)):
        if state[leg, PHASE] == ORDERED and state[leg, OPENS] == second:
            open_leg(ground, trial, state, leg, 1 if factors[leg] > 0 else -1, lots[leg], second, tape)
        if state[leg, PHASE] == LEAVING and state[leg, DUE] == second:
            close_leg(ground, trial, state, leg, factors[leg], lots[leg], second, sums, tape)
            last = leg
        held += 1 if state[leg, PHASE] <= LEAVING else 0
    if held == 0 and last != NEVER and sums[HELD] != 0:
        trade_hedge(ground, trial, -sums[HELD], state[last, WHEN], second, state[last, WHY], sums, tape)


@inner
def is_due(state: Int64Array, orders: Int64Array, second: int) -> bool:
    """Whether anything is: asked in every second, so that the answer no costs little."""
    for leg in range(len(state)):
        if state[leg, OPENS if state[leg, PHASE] == ORDERED else DUE] == second:
            return True
    for at in range(len(orders)):
        if orders[at, 0] == second:
            return True
    return False


@inner
def come_back(
    ground: Ground, trial: Trial, state: Int64Array, factors: Int64Array, right: int, second: int, skips: Int64Array
) -> None:
    """Decide the re-entries of the legs that wait."""
    contracts = state[:, CONTRACT].copy()
    for leg in range(len(state)):
        if state[leg, PHASE] != WAITING:
            continue
        anew = trial.rules[exits.REENTRY] == ASAP
        if not anew:
            off = ground.arrays.last[state[leg, CONTRACT], second] - state[leg, FIRST]
            if second <= state[leg, LEFT] or (off > 0 if factors[leg] < 0 else off < 0):
                continue
        fault, opens = enter_again(ground, trial.layout, trial.plan, leg, second, anew, right, contracts)
        if fault != FINE:
            skips[fault] += 1
            state[leg, PHASE] = OUT
            continue
        state[leg, PHASE], state[leg, CONTRACT] = ORDERED, contracts[leg]
        state[leg, OPENS], state[leg, ASKED] = opens, second
        state[leg, USED] += 1


@inner
def leave(state: Int64Array, reason: int, second: int, fill_at: int) -> None:
    """Let all legs leave; none comes back."""
    for leg in range(len(state)):
        decide(state, leg, reason, second, fill_at)
        if state[leg, PHASE] == WAITING:
            state[leg, PHASE] = OUT


@inner
def prepare(ground: Ground, state: Int64Array) -> None:
    """Find the extremes of the legs' contracts, once for each contract."""
    for leg in range(len(state)):
        contract = state[leg, CONTRACT]
        if not ground.searched[contract]:
            ground.searched[contract] = True
            search(ground.arrays.last, contract, ground.extremes)


@inner
def any_in(state: Int64Array, phase: int) -> bool:
    """Whether some leg is in a phase."""
    for leg in range(len(state)):
        if state[leg, PHASE] == phase:
            return True
    return False


@inner
def walk(
    ground: Ground,
    trial: Trial,
    entry: Int64Array,
    contracts: Int64Array,
    factors: Int64Array,
    lots: Int64Array,
    book: Int64Array,
    skips: Int64Array,
    tape: Tape,
) -> int:
    """Trade one position and return the second in which it ended.

    Parameters
    ----------
    entry
        ``(5,)``, columns of :mod:`nfops.engine.state`.
    contracts, factors, lots
        ``(L,)``: rows of the contract axis; what a paisa of each leg is in profit, negative for short legs; lots.
    book
        ``(5,)`` of the day so far; brought up to date.
    skips
        ``(len(SKIPS),)``: re-entries and hedges not made are added.
    """
    legs, final, opened = len(contracts), len(ground.next_trading) - 1, entry[OPENED]
    rules, latency, every = trial.rules, trial.model[LATENCY], trial.model[EVERY]
    last, next_trading = ground.arrays.last, ground.next_trading
    state, sums = np.full((legs, STATE), NEVER, np.int64), np.zeros(4, np.int64)
    orders = np.full((latency + 2 if every != OFF else 0, 3), NEVER, np.int64)
    base = 0
    for leg in range(legs):
        state[leg, CONTRACT], state[leg, ASKED], state[leg, OPENS] = contracts[leg], entry[DECIDED], opened
        state[leg, USED] = 0
        open_leg(ground, trial, state, leg, 1 if factors[leg] > 0 else -1, lots[leg], opened, tape)
        paid = factors[leg] * state[leg, PAID]
        base += abs(paid) if trial.in_money else paid
    base = abs(base)
    # A trail without a threshold is armed from the entry, at a profit of nothing.
    best = np.full(2, NOT_ARMED, np.int64)
    best[0] = 0 if rules[exits.TRAIL_AFTER_PTS] <= 0 else NOT_ARMED
    best[1] = 0 if rules[exits.TRAIL_AFTER_PCT] <= 0 else NOT_ARMED
    realised = book[REALISED]
    marks = book[WORST : BEST + 1] - realised
    levels, bounds = np.empty(7, np.int64), np.empty((legs, 2), np.int64)
    position_levels(base, opened, entry[UNTIL], realised, rules, levels)
    leg_levels(factors, rules, state, bounds)
    prepare(ground, state)
    ref = ground.ref[trial.plan[REFERENCE], 0]
    drops = rules[exits.DROP] != OFF and entry[DIRECTION] != 0 and ref[opened] != MISSING
    dropped, quick = 0, every == OFF and not drops
    second, mtm = opened - 1, 0
    while second < final:
        second += 1
        if second > opened and quick:
            second = pass_over(
                last, ground.extremes, state, factors, sums[BANKED], bounds, levels, best, marks, second, final
            )
        if is_due(state, orders, second):
            fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
        if opened < second < final and next_trading[second] == second:
            fill_at = next_trading[min(second + latency, final)]
            leg_rules(last, state, factors, rules, second, fill_at)
            if latency == 0 and is_due(state, orders, second):
                fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
            mtm = sums[BANKED] + mark(last, state, factors, second)
            if every != OFF:
                mtm += hedge_worth(ground, trial, sums, second)
            if drops:
                wrong = ref[second] != MISSING and entry[DIRECTION] * (ref[second] - ref[opened]) < 0
                dropped = dropped + 1 if wrong else 0
            signalled = drops and dropped >= rules[exits.DROP]
            open_still = any_in(state, IN) or any_in(state, WAITING) or any_in(state, ORDERED)
            reason = position_rule(mtm, base, second - opened, second, entry[UNTIL], signalled, rules, best)
            if reason and open_still:
                leave(state, reason, second, fill_at)
                sums[ENDED] = 1
            if every != OFF and (second - opened) % every == 0 and any_in(state, IN) and second + latency <= final:
                under_way = sums[HELD]
                for at in range(len(orders)):
                    under_way += orders[at, 1] if orders[at, 0] != NEVER else 0
                units = wanted_units(ground, trial, state, factors, under_way, second, skips)
                for at in range(len(orders)):
                    if units != 0 and orders[at, 0] == NEVER:
                        orders[at, 0], orders[at, 1], orders[at, 2] = fill_at, units, second
                        break
            if latency == 0 and is_due(state, orders, second):
                fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
                mtm = sums[BANKED] + mark(last, state, factors, second) + hedge_worth(ground, trial, sums, second)
            reason = day_limit(realised + mtm, rules)
            if reason:
                leave(state, reason, second, fill_at)
                sums[ENDED] = book[OVER] = 1
                if latency == 0:
                    fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
        if next_trading[second] == second and not sums[ENDED] and any_in(state, WAITING):
            come_back(ground, trial, state, factors, entry[RIGHT], second, skips)
            fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
            # Without latency the leg is held again, at another price, before this second ends.
            quick = False
        if second == final:
            leave(state, CLOSE, second, second)
            fill_due(ground, trial, state, factors, lots, second, sums, orders, tape)
        mtm = sums[BANKED] + mark(last, state, factors, second)
        if every != OFF:
            mtm += hedge_worth(ground, trial, sums, second)
        back = any_in(state, WAITING) or any_in(state, ORDERED)
        if not back and not any_in(state, IN) and not any_in(state, LEAVING):
            # The mark of this second is not known yet: another position may open in it.
            break
        marks[0], marks[1] = min(marks[0], mtm), max(marks[1], mtm)
        if every == OFF and not drops and quick == back:
            quick = not back
            prepare(ground, state)
            leg_levels(factors, rules, state, bounds)
    book[WORST], book[BEST] = marks[0] + realised, marks[1] + realised
    book[REALISED] = realised + mtm
    return int(second)
