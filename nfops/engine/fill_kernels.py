"""Fills: at which price, and their rows (SPEC 4.2)."""

from __future__ import annotations

from typing import Final

from nfops.daycache.lookup import age, position
from nfops.engine.ground import Ground
from nfops.engine.state import MAX_AGE, MODEL, SLIP, Tape
from nfops.jit import inner
from nfops.strategies.choosing import REFERENCE
from nfops.types import FALLBACK, KINDS, MISSING, TICK_PAISE, Int64Array

OPENING: Final = KINDS.index("entry")
CLOSING: Final = KINDS.index("exit")
HEDGING: Final = KINDS.index("hedge")

QUOTE: Final = 1
"""Code of the fill model that takes the ask or the bid."""


@inner
def price_of(ground: Ground, plan: Int64Array, contract: int, second: int) -> int:
    """Last price of a contract, or of the index, which comes after the last contract."""
    if contract == len(ground.arrays.last):
        return int(ground.ref[plan[REFERENCE], 0, second])
    return int(ground.arrays.last[contract, second])


@inner
def age_of(ground: Ground, plan: Int64Array, contract: int, second: int) -> int:
    """Seconds since it last traded."""
    if contract == len(ground.arrays.last):
        return int(ground.ref_age[plan[REFERENCE], 0, second])
    return age(ground.arrays.trades, contract, second)


@inner
def fill_price(
    ground: Ground, plan: Int64Array, model: Int64Array, contract: int, second: int, side: int
) -> tuple[int, int]:
    """Price (paise) and flag of a fill; ``side`` +1 buys, -1 sells."""
    flag = 0
    if model[MODEL] == QUOTE:
        if contract < len(ground.arrays.last):
            quotes = ground.arrays.ask if side > 0 else ground.arrays.bid
            at = position(quotes, contract, second)
            if at >= 0 and quotes.value[at] != MISSING and second - quotes.second[at] <= model[MAX_AGE]:
                return quotes.value[at], 0
        flag = FALLBACK
    return max(TICK_PAISE, price_of(ground, plan, contract, second) + side * model[SLIP]), flag


@inner
def write(
    tape: Tape,
    leg: int,
    contract: int,
    side: int,
    lots: int,
    decided: int,
    second: int,
    price: int,
    old: int,
    reason: int,
    kind: int,
    flags: int,
) -> None:
    """Add a row of FILL, if it fits."""
    at = tape.at[0]
    tape.at[0] += 1
    if at >= len(tape.fills):
        return
    fill = tape.fills[at]
    fill["trial"], fill["position"], fill["leg"], fill["contract"] = tape.at[1], tape.at[2], leg, contract
    fill["side"], fill["lots"], fill["decision_s"], fill["fill_s"] = side, lots, decided, second
    fill["price_paise"], fill["age_s"], fill["reason"], fill["kind"] = price, old, reason, kind
    fill["flags"] = flags
