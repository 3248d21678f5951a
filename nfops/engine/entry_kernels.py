"""Whether an entry can be made, and with which contracts (SPEC 4.3 and 5)."""

from __future__ import annotations

from typing import Final

from nfops.daycache.lookup import age
from nfops.engine.ground import Ground
from nfops.engine.state import UNTRIED, Entries
from nfops.jit import inner
from nfops.strategies.choosing import LATENCY, MARKET, MAX_AGE, REFERENCE, choose_leg
from nfops.strategies.signals import FINE, QUIET
from nfops.types import MISSING, SKIPS, Int64Array

NO_REFERENCE: Final = SKIPS.index("no_reference")
STALE_REF: Final = SKIPS.index("stale_ref")
NO_CONTRACT: Final = SKIPS.index("no_contract")
TOO_LATE: Final = SKIPS.index("too_late")
NO_PRICE: Final = SKIPS.index("no_price")
STALE: Final = SKIPS.index("stale")


@inner
def reference_fault(ground: Ground, plan: Int64Array, market: int, second: int) -> int:
    """Skip for which the index forbids an entry, or FINE."""
    if ground.ref[plan[REFERENCE], market, second] == MISSING:
        return NO_REFERENCE
    return STALE_REF if ground.ref_age[plan[REFERENCE], market, second] > plan[MAX_AGE] else FINE


@inner
def price_fault(ground: Ground, contract: int, second: int, opened: int, max_age_s: int) -> int:
    """Skip for which a leg cannot be filled at ``opened``, or FINE."""
    last = ground.arrays.last
    if last[contract, second] == MISSING or last[contract, opened] == MISSING:
        return NO_PRICE
    return STALE if age(ground.arrays.trades, contract, opened) > max_age_s else FINE


@inner
def fills_at(ground: Ground, plan: Int64Array, second: int) -> int:
    """Second in which a decision to enter fills, or MISSING when it is too late."""
    late = second + plan[LATENCY]
    return ground.next_trading[late] if late < len(ground.next_trading) else MISSING


@inner
def leg_at(ground: Ground, layout: Int64Array, plan: Int64Array, leg: int, second: int, right: int,
           contracts: Int64Array) -> int:  # fmt: skip
    """Contract of a leg, or MISSING."""
    market = layout[leg, MARKET]
    ref = ground.ref[plan[REFERENCE], market, second]
    return choose_leg(ground.arrays, layout, leg, second, ref, ground.step[market], plan, right, contracts)


@inner
def enter(
    ground: Ground, layout: Int64Array, plan: Int64Array, second: int, own: int, right: int, contracts: Int64Array
) -> tuple[int, int]:
    """Return the skip (or FINE, or QUIET) of an entry and the second of its fill; write ``contracts`` (L,)."""
    for market in range(layout[-1, MARKET] + 1):
        fault = reference_fault(ground, plan, market, second)
        if fault != FINE:
            return fault, MISSING
    if own in (QUIET, NO_REFERENCE, NO_CONTRACT):
        return own, MISSING
    for leg in range(len(layout)):
        contracts[leg] = leg_at(ground, layout, plan, leg, second, right, contracts)
        if contracts[leg] == MISSING:
            return NO_CONTRACT, MISSING
    opened = fills_at(ground, plan, second)
    if own != FINE:
        return own, MISSING
    if opened == MISSING:
        return TOO_LATE, MISSING
    for leg in range(len(layout)):
        fault = price_fault(ground, contracts[leg], second, opened, plan[MAX_AGE])
        if fault != FINE:
            return fault, MISSING
    return FINE, opened


@inner
def try_entry(ground: Ground, layout: Int64Array, plan: Int64Array, entries: Entries, at: int) -> None:
    """Look into a candidate, once for all trials."""
    if entries.why[at] == UNTRIED:
        entries.why[at], entries.opened[at] = enter(
            ground, layout, plan, entries.second[at], entries.own[at], entries.right[at], entries.contracts[at]
        )


@inner
def enter_again(
    ground: Ground,
    layout: Int64Array,
    plan: Int64Array,
    leg: int,
    second: int,
    anew: bool,
    right: int,
    contracts: Int64Array,
) -> tuple[int, int]:
    """Likewise for one leg that comes back; ``contracts`` (L,) holds what each leg has or had.

    It is written where the leg comes back, not where it is refused: a wing chooses from what its partner had.
    """
    fault = reference_fault(ground, plan, layout[leg, MARKET], second)
    if fault != FINE:
        return fault, MISSING
    found = leg_at(ground, layout, plan, leg, second, right, contracts) if anew else contracts[leg]
    if found == MISSING:
        return NO_CONTRACT, MISSING
    opened = fills_at(ground, plan, second)
    if opened == MISSING:
        return TOO_LATE, MISSING
    fault = price_fault(ground, found, second, opened, plan[MAX_AGE])
    if fault == FINE:
        contracts[leg] = found
    return fault, opened
