"""The rules of a position, asked second by second: which leg leaves, when all leave, and why (SPEC 6)."""

from __future__ import annotations

from typing import Final

from nfops.engine.state import CONTRACT, DUE, IN, LEAVING, NOT_ARMED, OPENS, ORDERED, PAID, PHASE, WHEN, WHY
from nfops.jit import inner
from nfops.strategies import exits
from nfops.types import OFF, REASONS, Int32Array, Int64Array

# Kernels see plain integers; names are bound once, here.
STOPPED: Final = REASONS.index("leg_stop")
TARGETED: Final = REASONS.index("leg_target")
STOP: Final = REASONS.index("stop")
TARGET: Final = REASONS.index("target")
TRAIL: Final = REASONS.index("trail")
SIGNAL: Final = REASONS.index("signal")
TIME: Final = REASONS.index("time")
DAY_STOP: Final = REASONS.index("day_stop")
DAY_TARGET: Final = REASONS.index("day_target")

ALL: Final = 1
"""Code of ``on_leg_stop: all``."""

HUNDRED_PCT: Final = 10_000
"""100 % in hundredths of a percent."""


@inner
def mark(last: Int32Array, state: Int64Array, factors: Int64Array, second: int) -> int:
    """Profit of the legs that are held, at their last prices."""
    mtm = 0
    for leg in range(len(state)):
        if state[leg, PHASE] <= LEAVING:
            mtm += factors[leg] * (last[state[leg, CONTRACT], second] - state[leg, PAID])
    return mtm


@inner
def decide(state: Int64Array, leg: int, reason: int, second: int, fill_at: int) -> None:
    """Let a leg leave that is held, or will be by an entry that is under way."""
    if state[leg, PHASE] == IN:
        state[leg, PHASE] = LEAVING
    elif state[leg, PHASE] != ORDERED or state[leg, DUE] != -1:
        return
    state[leg, DUE], state[leg, WHY], state[leg, WHEN] = fill_at, reason, second


@inner
def leg_rules(
    last: Int32Array,
    state: Int64Array,
    factors: Int64Array,
    rules: Int64Array,
    second: int,
    fill_at: int,
) -> None:
    """Apply stop and target of each leg that is not leaving, the stop first."""
    for leg in range(len(state)):
        if state[leg, PHASE] != IN or state[leg, OPENS] >= second:
            continue
        paid = state[leg, PAID]
        lost = paid - last[state[leg, CONTRACT], second]
        loss = (lost if factors[leg] > 0 else -lost) * HUNDRED_PCT
        if rules[exits.LEG_STOP] != OFF and loss >= paid * rules[exits.LEG_STOP]:
            decide(state, leg, STOPPED, second, fill_at)
            for other in range(len(state)):
                if rules[exits.ON_LEG_STOP] == ALL:
                    decide(state, other, STOPPED, second, fill_at)
        elif rules[exits.LEG_TARGET] != OFF and -loss >= paid * rules[exits.LEG_TARGET]:
            decide(state, leg, TARGETED, second, fill_at)


@inner
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


@inner
def position_rule(
    mtm: int, base: int, held: int, second: int, until: int, signalled: bool, rules: Int64Array, best: Int64Array
) -> int:
    """Reason for which all legs leave now, or 0: stop, target, trail, signal, time, in this order.

    ``held`` is the time since the entry, ``until`` the second at which the entry wants to leave.
    """
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
    if signalled:
        return SIGNAL
    if second >= until:
        return TIME
    if rules[exits.EXIT_AT] != OFF and second >= rules[exits.EXIT_AT]:
        return TIME
    if rules[exits.HOLD] != OFF and held >= rules[exits.HOLD]:
        return TIME
    return 0


@inner
def day_limit(total: int, rules: Int64Array) -> int:
    """Reason for which the day ends at a profit of all its positions, or 0."""
    if rules[exits.DAY_STOP] != OFF and total <= -rules[exits.DAY_STOP]:
        return DAY_STOP
    if rules[exits.DAY_TARGET] != OFF and total >= rules[exits.DAY_TARGET]:
        return DAY_TARGET
    return 0
