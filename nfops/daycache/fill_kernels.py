"""Loops over the rows of a day that make its arrays."""

from __future__ import annotations

from typing import Final

from nfops.jit import jit
from nfops.types import MISSING, BoolArray, Int32Array, Int64Array

TOTAL: Final = 0
"""An event is the sum of its second."""
LATEST: Final = 1
"""An event is the last value of its second."""
CHANGES: Final = 2
"""Likewise, and none is made where the value stays as it is."""


@jit
def gather(
    contract: Int64Array,
    second: Int32Array,
    value: Int32Array,
    kept: BoolArray,
    rule: int,
    counts: Int64Array,
    seconds: Int32Array,
    values: Int32Array,
) -> int:
    """Make one event of the kept rows of one contract and second; return how many there are.

    Rows ``(N,)`` stand in order of contract and time. ``counts`` ``(C + 1,)`` of zeros takes the events of contract c
    at c + 1; ``seconds`` and ``values`` ``(N,)`` take the events.
    """
    made, owner = 0, -1
    for row in range(len(contract)):
        if not kept[row]:
            continue
        same = owner == contract[row]
        if same and seconds[made - 1] == second[row]:
            values[made - 1] = values[made - 1] + value[row] if rule == TOTAL else value[row]
        elif not (rule == CHANGES and same and values[made - 1] == value[row]):
            owner = contract[row]
            seconds[made], values[made] = second[row], value[row]
            counts[owner + 1] += 1
            made += 1
    return made


@jit
def carry_forward(rows: Int32Array) -> None:
    """Replace MISSING by the value before it, in place; ``rows`` (C, S). Nothing is carried backwards."""
    for row in range(rows.shape[0]):
        held = rows[row, 0]
        for second in range(1, rows.shape[1]):
            if rows[row, second] == MISSING:
                rows[row, second] = held
            else:
                held = rows[row, second]
