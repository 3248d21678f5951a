"""The life of a position, from one second in which something may happen to the next (SPEC 6)."""

from __future__ import annotations

from nfops.engine.calm import leg_levels, pass_over, position_levels
from nfops.engine.ground import Ground
from nfops.engine.hedge_kernels import hedge_worth, wanted_units
from nfops.engine.leg_kernels import CLOSE, any_in, come_back, fill_due, is_due, leave, open_leg, prepare
from nfops.engine.rules_kernels import day_limit, leg_rules, mark, position_rule
from nfops.engine.state import (
    ASKED,
    BANKED,
    BEST,
    CONTRACT,
    DECIDED,
    DIRECTION,
    ENDED,
    EVERY,
    HELD,
    IN,
    LATENCY,
    LEAVING,
    NEVER,
    NOT_ARMED,
    OPENED,
    OPENS,
    ORDERED,
    OVER,
    PAID,
    REALISED,
    RIGHT,
    UNTIL,
    USED,
    WAITING,
    WORST,
    Bench,
    Tape,
    Trial,
)
from nfops.jit import inner
from nfops.strategies import exits
from nfops.strategies.choosing import REFERENCE
from nfops.types import MISSING, OFF, Int64Array


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
    bench: Bench,
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
    state, sums, orders = bench.state, bench.sums, bench.orders[: latency + 2 if every != OFF else 0]
    state[:], sums[:], orders[:] = NEVER, 0, NEVER
    base = 0
    for leg in range(legs):
        state[leg, CONTRACT], state[leg, ASKED], state[leg, OPENS] = contracts[leg], entry[DECIDED], opened
        state[leg, USED] = 0
        open_leg(ground, trial, state, leg, 1 if factors[leg] > 0 else -1, lots[leg], opened, tape)
        paid = factors[leg] * state[leg, PAID]
        base += abs(paid) if trial.in_money else paid
    base = abs(base)
    # A trail without a threshold is armed from the entry, at a profit of nothing.
    best, levels, bounds = bench.best, bench.levels, bench.bounds
    best[0] = 0 if rules[exits.TRAIL_AFTER_PTS] <= 0 else NOT_ARMED
    best[1] = 0 if rules[exits.TRAIL_AFTER_PCT] <= 0 else NOT_ARMED
    realised = book[REALISED]
    marks = book[WORST : BEST + 1]
    marks[0], marks[1] = marks[0] - realised, marks[1] - realised
    position_levels(base, opened, entry[UNTIL], realised, rules, levels)
    leg_levels(factors, rules, state, bounds)
    prepare(ground, state)
    ref = ground.ref[trial.plan[REFERENCE], 0]
    drops = rules[exits.DROP] != OFF and entry[DIRECTION] != 0 and ref[opened] != MISSING
    dropped, quick = 0, every == OFF and not drops
    second, mtm = opened - 1, 0
    while second < final:
        second += 1
        # What is filled as a segment ends is watched when the next one begins, and only then are its trails.
        if second > opened and quick and next_trading[second] == second:
            second = pass_over(
                last,
                ground.known.extremes,
                state,
                factors,
                sums[BANKED],
                bounds,
                levels,
                best,
                marks,
                bench.inside,
                second,
                final,
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
            come_back(ground, trial, state, factors, entry[RIGHT], second, skips, bench.legs[2])
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
    marks[0], marks[1] = marks[0] + realised, marks[1] + realised
    book[REALISED] = realised + mtm
    return int(second)
