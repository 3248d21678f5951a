"""When a trail of a position answers: its level moves with the best profit, but only the prices move that (SPEC 6).

So a trail is searched like a level, once for all trials that share it: first the profit that arms it, then the first
second in which the profit lies so far below its best since.
"""

from __future__ import annotations

from nfops.engine.calm import FAR, trail_level
from nfops.engine.ground import Ground
from nfops.engine.level_kernels import all_span
from nfops.engine.passage_state import (
    AT,
    BANKED,
    BASE,
    BASKET,
    FREED,
    KNOWN,
    LEADS,
    SERIAL,
    SETTLED,
    WATCHED,
    Position,
    Sets,
)
from nfops.engine.search_kernels import fall, reach
from nfops.jit import inner
from nfops.types import Int64Array


@inner
def all_fall(ground: Ground, position: Position, start: int, end: int, depth: int, arm: int) -> int:
    """First second in ``[start, end)`` with a profit of all ``depth`` below its best since it was ``arm``, or ``end``.

    With 0 this counts from the entry, which made no profit.
    """
    baskets, row, best = ground.known.baskets, position.held[BASKET], arm - position.held[SETTLED]
    if arm > 0:
        start = reach(baskets.seen, row, baskets.extremes, 1, start, end, best)
    return fall(baskets.seen, row, baskets.extremes, 1, start, end, best, depth)


@inner
def leg_fall(
    ground: Ground, position: Position, leg: int, start: int, end: int, depth: int, best: int, armed: bool
) -> int:
    """Likewise of one leg, whose best profit was ``best``, or which is armed by that."""
    sign, contract, ratio = position.signs[leg], position.contracts[leg], position.ratios[leg]
    last, extremes = ground.arrays.last, ground.known.extremes
    deep, worth = -(-depth // ratio), sign * position.paid[leg]
    if armed:
        # No price of a leg of several lots may have made the best: one that lets the same prices answer stands for it.
        worth += (best - depth) // ratio + deep
    else:
        worth += -(-best // ratio)
        start = reach(last, contract, extremes, sign, start, end, worth)
    return fall(last, contract, extremes, sign, start, end, worth, deep)


@inner
def note_trail(ground: Ground, sets: Sets, position: Position, which: int, note: Int64Array) -> None:
    """Write in which second the first of a trial's trails answers."""
    note[KNOWN], note[AT] = position.held[SERIAL], len(ground.next_trading) - 1
    for shares in range(2):
        depth, arm = trail_level(position.held[BASE], sets.trails[which], shares == 1)
        if depth != FAR:
            note[AT] = all_fall(ground, position, position.held[WATCHED], note[AT], depth, arm)


@inner
def note_trail_after(
    ground: Ground, sets: Sets, position: Position, which: int, legs: Int64Array, note: Int64Array
) -> None:
    """Likewise once the leader of two legs is gone; ``legs`` is the note on the leg rules.

    The best profit of both goes on: the rules see it until the leader's exit is filled.
    """
    watched, freed, banked, before = position.held[WATCHED], legs[FREED], legs[BANKED], -FAR
    note[KNOWN], note[AT] = position.held[SERIAL], len(ground.next_trading) - 1
    for shares in range(2):
        depth, arm = trail_level(position.held[BASE], sets.trails[which], shares == 1)
        if depth == FAR:
            continue
        if before == -FAR and watched < freed:
            _, before = all_span(ground, position, watched, freed)
        best, armed = max(before, arm) - banked, arm == 0 or before >= arm
        note[AT] = leg_fall(ground, position, 1 - legs[LEADS], freed, note[AT], depth, best, armed)
