"""Which rule ends a position, and what it came to: fills, charges, and the least and greatest profit."""

from __future__ import annotations

from nfops.costs import exercise_parts, order_parts, round_parts
from nfops.daycache.lookup import age
from nfops.engine.calm import FAR
from nfops.engine.fill_kernels import CLOSING, OPENING, fill_price, write
from nfops.engine.ground import Ground
from nfops.engine.leg_kernels import CLOSE, ENTRY, SETTLEMENT, settled_price
from nfops.engine.level_kernels import all_span, exit_second, leg_span
from nfops.engine.passage_state import (
    AT,
    BANKED,
    CAPITAL,
    CLOCK,
    COST,
    DECIDED,
    E_AT,
    E_GAIN,
    E_KNOWN,
    EXIT_FEES,
    EXIT_FLAGS,
    EXIT_PRICE,
    EXITS,
    FALL,
    FALLBACKS,
    FILLED,
    FIRST_AT,
    FIRST_WHY,
    FLAGS,
    FREED,
    KNOWN,
    LEADS,
    LEAST_BEFORE,
    LEGS,
    LEGS_CLOCK,
    LEGS_FALL,
    LEGS_LOSS,
    LEGS_PROFIT,
    LOSS,
    MOST_BEFORE,
    N_BEST,
    N_CAPITAL,
    N_COST,
    N_FALLBACK,
    N_FILLS,
    N_GROSS,
    N_POSITIONS,
    N_STALE,
    N_WORST,
    OF_CLOCK,
    OF_CLOCK_AFTER,
    OF_CLOSE,
    OF_CLOSE_AFTER,
    OF_LEGS,
    OF_LEVEL_AFTER,
    OF_SIGNAL,
    OF_TRAIL,
    OF_TRAIL_AFTER,
    OPENED,
    PRICE,
    PROFIT,
    SECOND_AT,
    SERIAL,
    STRAY,
    WHY,
    Notes,
    Position,
)
from nfops.engine.rules_kernels import SIGNAL, STOP, STOPPED, TARGET, TARGETED, TIME, TRAIL
from nfops.engine.state import LATENCY, LOTS, MAX_AGE, Tape
from nfops.jit import inner
from nfops.types import FALLBACK, MISSING, STALE_EXIT, Int32Array, Int64Array

NOBODY, LEADER, EVERYBODY = range(3)
"""Which legs leave by their own rules."""


@inner
def ending_of(notes: Notes, ids: Int32Array, legs: int, final: int, day: Int64Array) -> tuple[int, int, int, int]:
    """Decide how a position ends: the ending's row; when and why those leave who do not by rules of legs; who does.

    In one second leg rules come first, then stop, target, trail, signal, time and day limits. Endings that depend on
    more than the rules, on the day's other positions say, share the last row. ``day`` (4,) holds when and why a day
    limit answers while all legs are held, and once one of two is gone.
    """
    base, own, note = notes.base, len(notes.ends) - 1, notes.legs[ids[LEGS]]
    loss, profit, clock = notes.levels[ids[LOSS], AT], notes.levels[ids[PROFIT], AT], notes.clocks[ids[CLOCK], AT]
    trail, stray = notes.trails[ids[FALL], AT], notes.strays[ids[STRAY], AT]
    at, why, row = final, CLOSE, base[OF_CLOSE]
    if loss < at:
        at, why, row = loss, STOP, ids[LOSS]
    if profit < at:
        at, why, row = profit, TARGET, ids[PROFIT]
    if trail < at:
        at, why, row = trail, TRAIL, base[OF_TRAIL] + ids[FALL]
    if stray < at:
        at, why, row = stray, SIGNAL, base[OF_SIGNAL] + ids[STRAY]
    if clock < at:
        at, why, row = clock, TIME, base[OF_CLOCK] + ids[CLOCK]
    if day[0] < at:
        at, why, row = day[0], day[1], own
    first = min(note[FIRST_AT], note[SECOND_AT])
    if first == final or at < first:
        return row, at, why, NOBODY
    if legs == 1 or note[FIRST_AT] == note[SECOND_AT]:
        return base[OF_LEGS] + ids[LEGS], at, why, EVERYBODY
    # One leg leaves alone. Until its exit is filled the rules see both at their last prices, from then on its price.
    if at < note[FREED]:
        row = own
    else:
        at, why, row = final, CLOSE, base[OF_CLOSE_AFTER] + ids[LEGS]
        loss, profit = notes.after[ids[LEGS_LOSS], AT], notes.after[ids[LEGS_PROFIT], AT]
        trail = notes.trails_after[ids[LEGS_FALL], AT]
        if loss < at:
            at, why, row = loss, STOP, base[OF_LEVEL_AFTER] + ids[LEGS_LOSS]
        if profit < at:
            at, why, row = profit, TARGET, base[OF_LEVEL_AFTER] + ids[LEGS_PROFIT]
        if trail < at:
            at, why, row = trail, TRAIL, base[OF_TRAIL_AFTER] + ids[LEGS_FALL]
        if clock < at:
            at, why, row = clock, TIME, base[OF_CLOCK_AFTER] + ids[LEGS_CLOCK]
        if day[2] < at:
            at, why, row = day[2], day[3], own
    alone = max(note[FIRST_AT], note[SECOND_AT])
    if alone <= at and alone < final:
        return base[OF_LEGS] + ids[LEGS], at, why, EVERYBODY
    return row, at, why, LEADER


@inner
def set_exits(position: Position, note: Int64Array, at: int, why: int, by_rule: int) -> None:
    """Note when and why each leg leaves; ``note`` is that on the leg rules."""
    left = position.left
    for leg in range(len(left)):
        if by_rule == EVERYBODY or (by_rule == LEADER and note[LEADS] == leg):
            left[leg, DECIDED], left[leg, WHY] = note[FIRST_AT + 2 * leg], note[FIRST_WHY + 2 * leg]
        else:
            left[leg, DECIDED], left[leg, WHY] = at, why


@inner
def order_cost(price: int, units: int, side: int, rates: Int64Array, parts: Int64Array) -> int:
    """Charges of one order in paise; ``parts`` (7,) is written."""
    order_parts(price, units, side, rates, parts)
    round_parts(parts, parts)
    return int(parts.sum())


@inner
def leave_leg(
    ground: Ground,
    plan: Int64Array,
    model: Int64Array,
    settles: int,
    rates: Int64Array,
    position: Position,
    leg: int,
    exits: Int64Array,
    parts: Int64Array,
) -> int:
    """Fill a leg's exit that was decided, write it to ``position.left`` and return its charges."""
    left, contract, side = position.left[leg], position.contracts[leg], -position.signs[leg]
    left[FILLED] = exit_second(ground, model, left[DECIDED])
    if left[WHY] == CLOSE and settles and ground.settle_at[contract] != MISSING:
        left[WHY], left[PRICE], left[FLAGS] = SETTLEMENT, settled_price(ground, contract), 0
        at, units = ground.settle_at[contract], position.units[leg]
        exercise_parts(left[PRICE], at, units, side < 0, rates, parts)
        round_parts(parts, parts)
        return int(parts.sum())
    known = exits[leg, left[FILLED] % EXITS]
    if known[KNOWN] != position.held[SERIAL] or known[AT] != left[FILLED]:
        known[KNOWN], known[AT] = position.held[SERIAL], left[FILLED]
        known[EXIT_PRICE], known[EXIT_FLAGS] = fill_price(ground, plan, model, contract, left[FILLED], side)
        if age(ground.arrays.trades, contract, left[FILLED]) > model[MAX_AGE]:
            known[EXIT_FLAGS] |= STALE_EXIT
        known[EXIT_FEES] = order_cost(known[EXIT_PRICE], position.units[leg], side, rates, parts)
    left[PRICE], left[FLAGS] = known[EXIT_PRICE], known[EXIT_FLAGS]
    return int(known[EXIT_FEES])


@inner
def finish(
    ground: Ground,
    plan: Int64Array,
    model: Int64Array,
    settles: int,
    rates: Int64Array,
    position: Position,
    rule: Int64Array,
    exits: Int64Array,
    parts: Int64Array,
    out: Int64Array,
) -> None:
    """Write an ending of the notes from the decisions in ``position.left``; ``rule`` is the note on the leg rules."""
    held, legs, opened, first, last = position.held, len(position.contracts), position.held[OPENED], FAR, 0
    gain = gross = stale = 0
    fees, fallen = held[COST], held[FALLBACKS]
    for leg in range(legs):
        fees += leave_leg(ground, plan, model, settles, rates, position, leg, exits, parts)
        left = position.left[leg]
        won = position.signs[leg] * (left[PRICE] - position.paid[leg])
        gain += won * position.ratios[leg]
        gross += won * position.units[leg]
        fallen += (left[FLAGS] & FALLBACK) > 0
        stale += (left[FLAGS] & STALE_EXIT) > 0
        first, last = min(first, left[FILLED]), max(last, left[FILLED])
    worst, best = FAR, -FAR
    if last > first:
        # One of two legs left before the other: by its own rule, so that what was before is noted there.
        leader = rule[LEADS]
        banked = rule[BANKED]
        worst, best = leg_span(ground, position, 1 - leader, first, last)
        worst, best = min(rule[LEAST_BEFORE], banked + worst), max(rule[MOST_BEFORE], banked + best)
    elif first > opened:
        worst, best = all_span(ground, position, opened, first)
    out[N_GROSS], out[N_COST], out[N_POSITIONS], out[N_FILLS] = gross, fees, 1, 2 * legs
    out[N_WORST], out[N_BEST], out[N_FALLBACK], out[N_STALE] = worst, best, fallen, stale
    out[N_CAPITAL] = held[CAPITAL]
    out[E_KNOWN], out[E_AT], out[E_GAIN] = held[SERIAL], last, gain


@inner
def fills_after(position: Position, leg: int, other: int, model: Int64Array) -> bool:
    """Whether a leg's exit was filled after another's of a higher number."""
    here, there = position.left[leg], position.left[other]
    if here[FILLED] != there[FILLED]:
        return bool(here[FILLED] > there[FILLED])
    # In one second legs fill in their order; but who is due fills before who is told to leave in that second.
    if here[DECIDED] != there[DECIDED]:
        return bool(here[DECIDED] > there[DECIDED] and (here[DECIDED] == here[FILLED]))
    own, others = here[WHY] in (STOPPED, TARGETED), there[WHY] in (STOPPED, TARGETED)
    return bool(model[LATENCY] == 0 and others and not own)


@inner
def write_fills(ground: Ground, plan: Int64Array, model: Int64Array, position: Position, decided: int,
                tape: Tape) -> None:  # fmt: skip
    """Add the fills of a position in order of execution."""
    legs, opened = len(position.contracts), position.held[OPENED]
    for leg in range(legs):
        contract, side, lots = position.contracts[leg], position.signs[leg], model[LOTS] * position.ratios[leg]
        price, flags = fill_price(ground, plan, model, contract, opened, side)
        old = age(ground.arrays.trades, contract, opened)
        write(tape, leg, contract, side, lots, decided, opened, price, old, ENTRY, OPENING, flags)
    turned = legs == 2 and fills_after(position, 0, 1, model)
    for at in range(legs):
        leg = legs - 1 - at if turned else at
        contract, side, left = position.contracts[leg], -position.signs[leg], position.left[leg]
        lots = model[LOTS] * position.ratios[leg]
        old = age(ground.arrays.trades, contract, left[FILLED])
        write(tape, leg, contract, side, lots, left[DECIDED], left[FILLED], left[PRICE], old, left[WHY], CLOSING,
              left[FLAGS])  # fmt: skip
