"""Passing over the seconds in which nothing can happen to a position.

Every rule of a position compares a leg's price, its profit or the clock with a level that is known in advance. So the
kernel asks the rules only in seconds in which some level may be touched; and where the extremes of a whole block of
seconds touch none, it does not look at the block's seconds at all. What a rule then does is decided by the rule alone.
"""

from __future__ import annotations

from typing import Final

from nfops.engine.rules_kernels import HUNDRED_PCT
from nfops.engine.search_kernels import BLOCK, Extremes
from nfops.engine.state import CONTRACT, DUE, LEAVING, NOT_ARMED, PAID, PHASE
from nfops.jit import inner
from nfops.strategies import exits
from nfops.types import OFF, Int32Array, Int64Array

FAR: Final = 2**62
"""A level that is never reached."""

LOSS, PROFIT, CLOCK, TRAIL_PTS, TRAIL_PCT, ARM_PTS, ARM_PCT = range(7)
"""Levels of a position: profits in paise per unit, a second, distances below the best profit, profits that arm."""


@inner
def ceil_share(amount: int, share: int) -> int:
    """Least integer that is at least ``share`` hundredths of a percent of ``amount``."""
    return -(-amount * share // HUNDRED_PCT)


@inner
def trail_level(base: int, trails: Int64Array, shares: bool) -> tuple[int, int]:
    """How far below the best profit a trail answers, and which profit arms it: 0, the entry does.

    ``trails`` (4,) are fall and threshold in paise, then in percent of ``base``; ``shares`` asks for these.
    One that is off answers FAR away, and has nothing to arm.
    """
    fall, after = (trails[2], trails[3]) if shares else (trails[0], trails[1])
    if fall == OFF or (shares and base == 0):
        return FAR, FAR
    after = max(after, 0)
    return (ceil_share(base, fall), ceil_share(base, after)) if shares else (fall, after)


@inner
def position_levels(base: int, opened: int, until: int, realised: int, rules: Int64Array, levels: Int64Array) -> None:
    """Write the levels ``(7,)`` of a position whose premium is ``base`` after a profit of ``realised`` on the day."""
    levels[LOSS], levels[PROFIT], levels[CLOCK] = -FAR, FAR, until
    for points, before in ((exits.STOP_PTS, 0), (exits.DAY_STOP, realised)):
        levels[LOSS] = max(levels[LOSS], -rules[points] - before) if rules[points] != OFF else levels[LOSS]
    for points, before in ((exits.TARGET_PTS, 0), (exits.DAY_TARGET, realised)):
        levels[PROFIT] = min(levels[PROFIT], rules[points] - before) if rules[points] != OFF else levels[PROFIT]
    if rules[exits.STOP_PCT] != OFF and base > 0:
        levels[LOSS] = max(levels[LOSS], -ceil_share(base, rules[exits.STOP_PCT]))
    if rules[exits.TARGET_PCT] != OFF and base > 0:
        levels[PROFIT] = min(levels[PROFIT], ceil_share(base, rules[exits.TARGET_PCT]))
    if rules[exits.EXIT_AT] != OFF:
        levels[CLOCK] = min(levels[CLOCK], rules[exits.EXIT_AT])
    if rules[exits.HOLD] != OFF:
        levels[CLOCK] = min(levels[CLOCK], opened + rules[exits.HOLD])
    trails = rules[exits.TRAIL_PTS : exits.TRAIL_AFTER_PCT + 1]
    levels[TRAIL_PTS], levels[ARM_PTS] = trail_level(base, trails, False)
    levels[TRAIL_PCT], levels[ARM_PCT] = trail_level(base, trails, True)


@inner
def leg_levels(factors: Int64Array, rules: Int64Array, state: Int64Array, levels: Int64Array) -> None:
    """Write the prices ``(L, 2)`` at or below and at or above which a rule of a leg may fire."""
    for leg in range(len(factors)):
        paid = state[leg, PAID]
        stop = ceil_share(paid, rules[exits.LEG_STOP]) if rules[exits.LEG_STOP] != OFF else FAR
        target = ceil_share(paid, rules[exits.LEG_TARGET]) if rules[exits.LEG_TARGET] != OFF else FAR
        levels[leg, 0] = paid - (stop if factors[leg] > 0 else target)
        levels[leg, 1] = paid + (target if factors[leg] > 0 else stop)


@inner
def is_calm(
    extremes: Extremes,
    block: int,
    contracts: Int64Array,
    factors: Int64Array,
    bounds: Int64Array,
    settled: int,
    levels: Int64Array,
    best: Int64Array,
    marks: Int64Array,
) -> bool:
    """Whether no second of a block can touch a level, arm or raise a trail, or extend the marks."""
    least = most = settled
    for leg in range(len(contracts)):
        low, high = extremes.low[contracts[leg], 0, block], extremes.high[contracts[leg], 0, block]
        if low <= bounds[leg, 0] or high >= bounds[leg, 1]:
            return False
        least += factors[leg] * (low if factors[leg] > 0 else high)
        most += factors[leg] * (high if factors[leg] > 0 else low)
    if least <= levels[LOSS] or most >= levels[PROFIT] or least < marks[0] or most > marks[1]:
        return False
    for trail in range(2):
        if best[trail] == NOT_ARMED:
            if most >= levels[ARM_PTS + trail]:
                return False
        elif levels[TRAIL_PTS + trail] != FAR and (
            most > best[trail] or best[trail] - least >= levels[TRAIL_PTS + trail]
        ):
            return False
    return True


@inner
def touched(mtm: int, levels: Int64Array, best: Int64Array) -> bool:
    """Whether a profit touches a level or arms a trail; otherwise ``best`` is brought up to it."""
    if mtm <= levels[LOSS] or mtm >= levels[PROFIT]:
        return True
    for trail in range(2):
        if best[trail] == NOT_ARMED:
            if mtm >= levels[ARM_PTS + trail]:
                return True
        else:
            best[trail] = max(best[trail], mtm)
            if best[trail] - mtm >= levels[TRAIL_PTS + trail]:
                return True
    return False


@inner
def pass_over(
    last: Int32Array,
    extremes: Extremes,
    state: Int64Array,
    factors: Int64Array,
    banked: int,
    bounds: Int64Array,
    levels: Int64Array,
    best: Int64Array,
    marks: Int64Array,
    room: Int64Array,
    second: int,
    final: int,
) -> int:
    """Return the first second from ``second`` on at which a fill is due or a rule may fire, ``final`` at the latest.

    ``marks`` and the trails' ``best`` profits are brought up to the second before it. No leg may be waiting to come
    back, and no rule may depend on more than prices and the clock. ``room`` (L, 4) is written.
    """
    until, settled, inside = min(final, levels[CLOCK]), banked, 0
    rows, signs, edges = room[:, 0], room[:, 1], room[:, 2:]
    for leg in range(len(state)):
        if state[leg, PHASE] > LEAVING:
            continue
        settled -= factors[leg] * state[leg, PAID]
        rows[inside], signs[inside] = state[leg, CONTRACT], factors[leg]
        edges[inside, 0], edges[inside, 1] = bounds[leg, 0], bounds[leg, 1]
        if state[leg, PHASE] == LEAVING:
            until = min(until, state[leg, DUE])
            edges[inside, 0], edges[inside, 1] = -FAR, FAR
        inside += 1
    rows, signs, edges = rows[:inside], signs[:inside], edges[:inside]
    while second < until:
        if (
            second % BLOCK == 0
            and second + BLOCK <= until
            and is_calm(extremes, second // BLOCK, rows, signs, edges, settled, levels, best, marks)
        ):
            second += BLOCK
            continue
        mtm, leg_touched = settled, False
        for leg in range(inside):
            price = last[rows[leg], second]
            leg_touched |= price <= edges[leg, 0] or price >= edges[leg, 1]
            mtm += signs[leg] * price
        if leg_touched or touched(mtm, levels, best):
            return second
        marks[0], marks[1] = min(marks[0], mtm), max(marks[1], mtm)
        second += 1
    return second
