"""When the rules of a position first answer: each is looked for once for all trials that share it (SPEC 6).

A rule is a level that a price or a profit reaches, or a second of the clock. Levels are those of
:mod:`nfops.engine.calm`, so that both ways to trade a position compare the same integers.
"""

from __future__ import annotations

from nfops.engine.calm import FAR, ceil_share
from nfops.engine.fill_kernels import fill_price
from nfops.engine.ground import Ground
from nfops.engine.passage_state import (
    AT,
    BANKED,
    BASE,
    BASKET,
    DECIDED,
    FILLED,
    FIRST_AT,
    FIRST_WHY,
    FREED,
    KNOWN,
    LEADS,
    LEAST_BEFORE,
    MOST_BEFORE,
    OPENED,
    PRICE,
    REALISED,
    SECOND_AT,
    SECOND_WHY,
    SERIAL,
    SETTLED,
    UNTIL,
    WATCHED,
    WHY,
    Position,
    Sets,
)
from nfops.engine.rules_kernels import DAY_STOP, DAY_TARGET, STOPPED, TARGETED
from nfops.engine.search_kernels import reach, span
from nfops.engine.state import LATENCY
from nfops.jit import inner
from nfops.types import OFF, Int64Array


@inner
def exit_second(ground: Ground, model: Int64Array, decided: int) -> int:
    """Second in which an exit fills."""
    return int(ground.next_trading[min(decided + model[LATENCY], len(ground.next_trading) - 1)])


@inner
def level_of(base: int, share: int, points: int) -> int:
    """Least distance from nothing at which a rule in percent of ``base`` or one in paise answers."""
    level = FAR if points == OFF else points
    return min(level, ceil_share(base, share)) if share != OFF and base > 0 else level


@inner
def all_reach(ground: Ground, position: Position, turn: int, start: int, end: int, level: int) -> int:
    """First second in ``[start, end)`` with a profit (``turn`` 1) or loss (-1) of all of ``level``, else ``end``."""
    baskets, worth = ground.known.baskets, level - turn * position.held[SETTLED]
    return reach(baskets.seen, position.held[BASKET], baskets.extremes, turn, start, end, worth)


@inner
def leg_reach(ground: Ground, position: Position, leg: int, turn: int, start: int, end: int, level: int) -> int:
    """Likewise of one of the leg's lots."""
    sign, contract = turn * position.signs[leg], position.contracts[leg]
    worth = level + sign * position.paid[leg]
    return reach(ground.arrays.last, contract, ground.known.extremes, sign, start, end, worth)


@inner
def leg_span(ground: Ground, position: Position, leg: int, start: int, end: int) -> tuple[int, int]:
    """Least and greatest profit of one leg in ``[start, end)``."""
    sign, contract = position.signs[leg], position.contracts[leg]
    least, most = span(ground.arrays.last, contract, ground.known.extremes, sign, start, end)
    ratio, paid = position.ratios[leg], sign * position.paid[leg]
    return ratio * (least - paid), ratio * (most - paid)


@inner
def all_span(ground: Ground, position: Position, start: int, end: int) -> tuple[int, int]:
    """Least and greatest profit of all legs in ``[start, end)``."""
    baskets, settled = ground.known.baskets, position.held[SETTLED]
    least, most = span(baskets.seen, position.held[BASKET], baskets.extremes, 1, start, end)
    return least + settled, most + settled


@inner
def note_level(ground: Ground, sets: Sets, position: Position, which: int, note: Int64Array) -> None:
    """Write in which second a stop or a target of all legs answers."""
    final, rule = len(ground.next_trading) - 1, sets.levels[which]
    level = level_of(position.held[BASE], rule[1], rule[2])
    note[KNOWN], note[AT] = position.held[SERIAL], final
    if level != FAR:
        note[AT] = all_reach(ground, position, rule[0], position.held[WATCHED], final, level)


@inner
def note_level_after(
    ground: Ground, sets: Sets, position: Position, which: int, legs: Int64Array, note: Int64Array
) -> None:
    """Likewise once the leader of two legs is gone; ``legs`` is the note on the leg rules."""
    final, rule = len(ground.next_trading) - 1, sets.levels[which]
    level = level_of(position.held[BASE], rule[1], rule[2])
    note[KNOWN], note[AT] = position.held[SERIAL], final
    if level != FAR:
        left = level - rule[0] * legs[BANKED]
        other = 1 - legs[LEADS]
        left = -(-left // position.ratios[other])
        note[AT] = leg_reach(ground, position, other, rule[0], legs[FREED], final, left)


@inner
def note_clock(ground: Ground, sets: Sets, position: Position, which: int, opens: int, note: Int64Array) -> None:
    """Write in which second the clock says to leave; the session opens at ``opens`` in a day's seconds."""
    final, at = len(ground.next_trading) - 1, position.held[UNTIL]
    # A time before the open means the close.
    if sets.clocks[which, 0] != OFF and sets.clocks[which, 0] >= opens:
        at = min(at, sets.clocks[which, 0] - opens)
    if sets.clocks[which, 1] != OFF:
        at = min(at, position.held[OPENED] + sets.clocks[which, 1])
    at = max(at, position.held[WATCHED])
    note[KNOWN], note[AT] = position.held[SERIAL], ground.next_trading[at] if at < final else final


@inner
def note_legs(
    ground: Ground,
    plan: Int64Array,
    model: Int64Array,
    sets: Sets,
    position: Position,
    which: int,
    note: Int64Array,
) -> None:
    """Write when each leg leaves by its own rules, and what comes of one that leaves alone; columns of the notes."""
    final, legs, start = len(ground.next_trading) - 1, len(position.contracts), position.held[WATCHED]
    share, target, together = sets.legs[which]
    note[KNOWN] = position.held[SERIAL]
    note[FIRST_AT] = note[SECOND_AT] = final
    if share == OFF and target == OFF:
        return
    for leg in range(legs):
        for turn in (-1, 1):
            percent = share if turn < 0 else target
            if percent == OFF:
                continue
            end, level = note[FIRST_AT + 2 * leg], ceil_share(position.paid[leg], percent)
            at = leg_reach(ground, position, leg, turn, start, end, level)
            if at < end:
                note[FIRST_AT + 2 * leg], note[FIRST_WHY + 2 * leg] = at, STOPPED if turn < 0 else TARGETED
    leader = 0 if note[FIRST_AT] <= note[SECOND_AT] else 1
    at, why = note[FIRST_AT + 2 * leader], note[FIRST_WHY + 2 * leader]
    if legs == 1 or at == final:
        return
    if together and (why == STOPPED or (note[SECOND_AT] == at and note[SECOND_WHY] == STOPPED)):
        # The legs are asked in order: who has a target in this second before another's stop keeps it.
        if note[FIRST_AT] > at or note[FIRST_WHY] == STOPPED:
            note[FIRST_AT], note[FIRST_WHY] = at, STOPPED
        note[SECOND_AT], note[SECOND_WHY] = at, STOPPED
    if note[FIRST_AT] != note[SECOND_AT]:
        sign = position.signs[leader]
        note[LEADS], note[FREED] = leader, exit_second(ground, model, at)
        price, _ = fill_price(ground, plan, model, position.contracts[leader], note[FREED], -sign)
        note[BANKED] = sign * position.ratios[leader] * (price - position.paid[leader])
        note[LEAST_BEFORE], note[MOST_BEFORE] = all_span(ground, position, position.held[OPENED], note[FREED])


@inner
def day_limit_second(
    ground: Ground, sets: Sets, position: Position, which: int, leg: int, banked: int, start: int
) -> tuple[int, int]:
    """Second, the last of the day for none, in which a day limit answers from ``start`` on, and its reason.

    ``leg`` is the one that is left after a profit of ``banked``, or -1 while all are held.
    """
    at, why, before = len(ground.next_trading) - 1, DAY_STOP, position.held[REALISED] + banked
    for limit in range(2):
        points, turn = sets.days[which, limit], 2 * limit - 1
        if points == OFF:
            continue
        if leg >= 0:
            left = -((turn * before - points) // position.ratios[leg])
            found = leg_reach(ground, position, leg, turn, start, at, left)
        else:
            found = all_reach(ground, position, turn, start, at, points - turn * before)
        if found < at:
            at, why = found, DAY_TARGET if limit else DAY_STOP
    return at, why


@inner
def day_is_over(ground: Ground, sets: Sets, position: Position, which: int) -> bool:
    """Whether a day limit let the position leave, or answers before its last fill or in the second of it."""
    final, legs = len(ground.next_trading) - 1, len(position.contracts)
    start = end = 0
    for leg in range(legs):
        left = position.left[leg]
        if left[WHY] in (DAY_STOP, DAY_TARGET):
            return True
        start, end = max(start, left[DECIDED]), max(end, left[FILLED])
    stop, target = sets.days[which]
    for second in range(start, min(end + 1, final)):
        if ground.next_trading[second] != second:
            continue
        total = position.held[REALISED]
        for leg in range(legs):
            gone = second >= position.left[leg, FILLED]
            price = position.left[leg, PRICE] if gone else ground.arrays.last[position.contracts[leg], second]
            total += position.signs[leg] * position.ratios[leg] * (price - position.paid[leg])
        if (stop != OFF and total <= -stop) or (target != OFF and total >= target):
            return True
    return False
