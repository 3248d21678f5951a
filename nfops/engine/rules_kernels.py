"""The rules of a position, asked second by second: which leg leaves, when all leave, and why (SPEC 6)."""

from __future__ import annotations

from typing import Final

from nfops.daycache.chain import DayArrays
from nfops.jit import jit
from nfops.strategies import exits
from nfops.types import KINDS, OFF, REASONS, Int64Array

# Kernels see plain integers; names are bound once, here.
ENTRY: Final = REASONS.index("entry")
STOPPED: Final = REASONS.index("leg_stop")
TARGETED: Final = REASONS.index("leg_target")
STOP: Final = REASONS.index("stop")
TARGET: Final = REASONS.index("target")
TRAIL: Final = REASONS.index("trail")
TIME: Final = REASONS.index("time")
DAY_STOP: Final = REASONS.index("day_stop")
DAY_TARGET: Final = REASONS.index("day_target")
CLOSE: Final = REASONS.index("close")
SETTLEMENT: Final = REASONS.index("settlement")
OPENING: Final = KINDS.index("entry")
CLOSING: Final = KINDS.index("exit")

ALL: Final = 1
"""Code of ``on_leg_stop: all``."""

QUOTE: Final = 1
"""Code of the fill model that takes the ask or the bid."""

HUNDRED_PCT: Final = 10_000
"""100 % in hundredths of a percent."""

MODEL, SLIP, LATENCY, MAX_AGE, LOTS = range(5)
"""Columns of the matrix of fill parameters."""

PAID, DUE, WHY, WHEN, CLOSED = range(5)
STATE: Final = 5
"""Columns of a position's state, a row a leg: entry price; the exit's second, reason, decision and price."""

NEVER: Final = -1
NOT_ARMED: Final = -(2**62)


@jit
def mark(arrays: DayArrays, contracts: Int64Array, sides: Int64Array, state: Int64Array, second: int) -> int:
    """Profit of the position in paise per unit: last prices of the legs inside, fill prices of those that left."""
    mtm = 0
    for leg in range(len(contracts)):
        now = arrays.last[contracts[leg], second] if state[leg, CLOSED] == NEVER else state[leg, CLOSED]
        mtm += sides[leg] * (now - state[leg, PAID])
    return mtm


@jit
def decide(state: Int64Array, leg: int, reason: int, second: int, fill_at: int) -> None:
    """Let a leg leave, unless it left or is leaving already."""
    if state[leg, DUE] == NEVER:
        state[leg, DUE], state[leg, WHY], state[leg, WHEN] = fill_at, reason, second


@jit
def leg_rules(
    arrays: DayArrays,
    contracts: Int64Array,
    sides: Int64Array,
    rules: Int64Array,
    state: Int64Array,
    second: int,
    fill_at: int,
) -> None:
    """Apply stop and target of each leg that is not leaving, the stop first."""
    for leg in range(len(contracts)):
        if state[leg, DUE] != NEVER:
            continue
        paid = state[leg, PAID]
        loss = sides[leg] * (paid - arrays.last[contracts[leg], second]) * HUNDRED_PCT
        if rules[exits.LEG_STOP] != OFF and loss >= paid * rules[exits.LEG_STOP]:
            decide(state, leg, STOPPED, second, fill_at)
            for other in range(len(contracts)):
                if rules[exits.ON_LEG_STOP] == ALL:
                    decide(state, other, STOPPED, second, fill_at)
        elif rules[exits.LEG_TARGET] != OFF and -loss >= paid * rules[exits.LEG_TARGET]:
            decide(state, leg, TARGETED, second, fill_at)


@jit
def trailed(mtm: int, base: int, rules: Int64Array, best: Int64Array) -> bool:
    """Whether a trail is hit; ``best`` (2,) holds the best profit since each trail was armed, or NOT_ARMED.

    The trails in rupees and in percent of the premium are independent; each includes this second's profit.
    """
    scaled = mtm * HUNDRED_PCT
    if best[0] == NOT_ARMED and mtm >= rules[exits.TRAIL_AFTER_PTS]:
        best[0] = mtm
    if best[1] == NOT_ARMED and scaled >= base * rules[exits.TRAIL_AFTER_PCT]:
        best[1] = mtm
    if best[0] != NOT_ARMED:
        best[0] = max(best[0], mtm)
    if best[1] != NOT_ARMED:
        best[1] = max(best[1], mtm)
    by_points = rules[exits.TRAIL_PTS] != OFF and best[0] != NOT_ARMED and mtm <= best[0] - rules[exits.TRAIL_PTS]
    by_percent = rules[exits.TRAIL_PCT] != OFF and best[1] != NOT_ARMED and base > 0
    return by_points or (by_percent and scaled <= best[1] * HUNDRED_PCT - base * rules[exits.TRAIL_PCT])


@jit
def position_rule(mtm: int, base: int, held: int, second: int, rules: Int64Array, best: Int64Array) -> int:
    """Reason for which all legs leave now, or 0: stop, target, trail, time, day limits, in this order."""
    scaled = mtm * HUNDRED_PCT
    on_trail = trailed(mtm, base, rules, best)
    if rules[exits.STOP_PCT] != OFF and base > 0 and scaled <= -base * rules[exits.STOP_PCT]:
        return STOP
    if rules[exits.STOP_PTS] != OFF and mtm <= -rules[exits.STOP_PTS]:
        return STOP
    if rules[exits.TARGET_PCT] != OFF and base > 0 and scaled >= base * rules[exits.TARGET_PCT]:
        return TARGET
    if rules[exits.TARGET_PTS] != OFF and mtm >= rules[exits.TARGET_PTS]:
        return TARGET
    if on_trail:
        return TRAIL
    if rules[exits.EXIT_AT] != OFF and second >= rules[exits.EXIT_AT]:
        return TIME
    if rules[exits.HOLD] != OFF and held >= rules[exits.HOLD]:
        return TIME
    if rules[exits.DAY_STOP] != OFF and mtm <= -rules[exits.DAY_STOP]:
        return DAY_STOP
    if rules[exits.DAY_TARGET] != OFF and mtm >= rules[exits.DAY_TARGET]:
        return DAY_TARGET
    return 0
