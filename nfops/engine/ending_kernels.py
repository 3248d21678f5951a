"""What a position came to once it is known when each leg leaves: fills, charges, and the least and greatest profit."""

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
    COST,
    DECIDED,
    E_AT,
    E_GAIN,
    E_KNOWN,
    EXIT_FEES,
    EXIT_FLAGS,
    EXIT_PRICE,
    EXITS,
    FALLBACKS,
    FILLED,
    FLAGS,
    KNOWN,
    LEADS,
    LEAST_BEFORE,
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
    OPENED,
    PRICE,
    SERIAL,
    WHY,
    Position,
)
from nfops.engine.rules_kernels import STOPPED, TARGETED
from nfops.engine.state import LATENCY, LOTS, MAX_AGE, Tape
from nfops.jit import inner
from nfops.types import FALLBACK, MISSING, STALE_EXIT, Int64Array


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
