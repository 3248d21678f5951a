"""When the exit signal of a single option answers: the index stood on the wrong side for so many seconds (SPEC 6).

Nothing lets a search jump here, and most positions leave long before. So a search goes as far as its trial can still be
open, and that of the next trial goes on from there.
"""

from __future__ import annotations

from nfops.engine.ground import Ground
from nfops.engine.passage_state import (
    AT,
    CLOCK,
    FALL,
    FIRST_AT,
    KNOWN,
    LEGS,
    LOSS,
    OPENED,
    PROFIT,
    RUN,
    SEEN,
    SERIAL,
    STRAY,
    WATCHED,
    Notes,
    Position,
    Sets,
)
from nfops.jit import inner
from nfops.strategies.choosing import REFERENCE
from nfops.types import CALL, MISSING, OFF, Int32Array, Int64Array


@inner
def asked_until(notes: Notes, ids: Int32Array, limit_at: int, final: int) -> int:
    """Second before which a trial wants to know: by then another rule answers, a day limit at ``limit_at``."""
    at = min(notes.levels[ids[LOSS], AT], notes.levels[ids[PROFIT], AT], notes.trails[ids[FALL], AT])
    at = min(at, notes.clocks[ids[CLOCK], AT], notes.legs[ids[LEGS], FIRST_AT], limit_at)
    return int(min(at + 1, final))


@inner
def note_stray(
    ground: Ground, plan: Int64Array, sets: Sets, position: Position, notes: Notes, ids: Int32Array, limit_at: int
) -> None:
    """Write in which second a trial's exit signal answers, as far as it asks."""
    note, wanted, held = notes.strays[ids[STRAY]], sets.strays[ids[STRAY], 0], position.held
    final, ref = len(ground.next_trading) - 1, ground.ref[plan[REFERENCE], 0]
    if note[KNOWN] != held[SERIAL]:
        note[KNOWN], note[AT], note[SEEN], note[RUN] = held[SERIAL], final, held[WATCHED], 0
    met = ref[held[OPENED]]
    if wanted == OFF or met == MISSING or note[AT] < final:
        return
    upwards = (ground.arrays.right[position.contracts[0]] == CALL) == (position.signs[0] > 0)
    until, second, run = asked_until(notes, ids, limit_at, final), note[SEEN], note[RUN]
    while second < until and run < wanted:
        if ground.next_trading[second] == second:
            wrong = ref[second] != MISSING and (ref[second] < met if upwards else ref[second] > met)
            run = run + 1 if wrong else 0
        second += 1
    note[SEEN], note[RUN] = second, run
    if run >= wanted:
        note[AT] = second - 1
