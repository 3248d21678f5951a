"""Choosing contracts at a decision second (SPEC 5), as kernels."""

from __future__ import annotations

import math
from typing import Final

from nfops.daycache.chain import DayArrays
from nfops.daycache.lookup import age
from nfops.daycache.reference import parity_forward
from nfops.jit import inner, jit
from nfops.pricing.black76 import delta, implied_volatility
from nfops.types import CALL, MISSING, OFF, PAISE, PUT, Int64Array

YEAR_S: Final = 365 * 86_400

RIGHT, PARTNER, WINGED, NEXT, SIDE, MARKET = range(6)
"""Columns of a layout, a row a leg: what is said of it in :class:`nfops.strategies.legs.Leg`; SIDE times its ratio."""

FOLLOWS: Final = 2
"""Right of a leg that is a call or a put as the signal says."""

GIVEN: Final = 3
"""Right of a leg whose contract the signal names."""

LATENCY, MAX_AGE, REFERENCE, PREMIUM, DELTA, PCT, OTM, OFFSET, WING = range(9)
GROUP: Final = 9
LEFT: Final = 13
PLAN: Final = 17
"""Columns of a plan, the numbers by which a trial enters.

Fill parameters, the row of the references, the codes of the leg parameters; then, four columns each, for the chosen
expiry of both markets and the next one of both: its place on the contract axis or MISSING, and the calendar seconds
from the open to its close.
"""


@inner
def considered(arrays: DayArrays, call: int, second: int) -> bool:
    """Whether both contracts of the strike of ``call`` had a price at some second up to ``second``."""
    return bool(min(arrays.last[call, second], arrays.last[call + 1, second]) != MISSING)


@jit
def at_the_money(arrays: DayArrays, expiry: int, second: int, target: int, scale: int) -> int:
    """Call of the considered strike nearest to ``target / scale`` paise, the lower of equals; or MISSING."""
    first, end = arrays.base[expiry], arrays.base[expiry + 1]
    above = first
    while above < end and arrays.strike[above] * scale <= target:
        above += 2
    # From the target outwards: prices of few strikes are looked at, for each is a page of memory of its own.
    below = above - 2
    while below >= first or above < end:
        lower = above >= end
        if below >= first and not lower:
            lower = target - arrays.strike[below] * scale <= arrays.strike[above] * scale - target
        call = below if lower else above
        if considered(arrays, call, second):
            return int(call)
        below, above = (below - 2, above) if lower else (below, above + 2)
    return MISSING


@inner
def strike_call(arrays: DayArrays, expiry: int, second: int, strike: int) -> int:
    """Call of exactly this strike (paise) if it is considered, else MISSING."""
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        if arrays.strike[call] == strike:
            return call if considered(arrays, call, second) else MISSING
    return MISSING


@inner
def volatility_of(arrays: DayArrays, contract: int, second: int, forward: int, years: float) -> float:
    """Implied volatility of a contract's last price, or NaN."""
    if forward == MISSING or arrays.last[contract, second] == MISSING:
        return math.nan
    sign = -1 if arrays.right[contract] == PUT else 1
    paid, strike = float(arrays.last[contract, second]), float(arrays.strike[contract])
    return implied_volatility(paid, float(forward), strike, years, sign)


@inner
def delta_of(arrays: DayArrays, contract: int, second: int, forward: int, years: float) -> float:
    """Delta of a contract at its own implied volatility, or NaN."""
    volatility = volatility_of(arrays, contract, second, forward, years)
    if math.isnan(volatility):
        return math.nan
    sign = -1 if arrays.right[contract] == PUT else 1
    return delta(float(forward), float(arrays.strike[contract]), years, volatility, sign)


@inner
def nearest_by(
    arrays: DayArrays, expiry: int, second: int, right: int, wanted: float, max_age_s: int, years: float, by_delta: bool
) -> int:
    """Contract of one right whose price (paise) or |delta| is nearest to ``wanted``; of equals the further out."""
    forward = parity_forward(arrays, expiry, second, max_age_s) if by_delta else 0
    best, found = math.inf, MISSING
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        contract = call + right
        if not considered(arrays, call, second) or age(arrays.trades, contract, second) > max_age_s:
            continue
        measure = float(arrays.last[contract, second])
        if by_delta:
            measure = abs(delta_of(arrays, contract, second, forward, years))
            if math.isnan(measure):
                continue
        gap = abs(measure - wanted)
        # Strikes ascend, so for calls the later of equals is further out, for puts the earlier.
        if gap < best or (gap == best and right != PUT):
            best, found = gap, contract
    return found


@inner
def by_measure(arrays: DayArrays, expiry: int, second: int, right: int, ref: int, step: int, plan: Int64Array,
               to_expiry: int) -> int:  # fmt: skip
    """Contract of one right by the first measure that is not off, or MISSING; ``to_expiry`` counts from the open."""
    out = -1 if right == PUT else 1
    if plan[PREMIUM] != OFF:
        return nearest_by(arrays, expiry, second, right, float(plan[PREMIUM]), plan[MAX_AGE], 0.0, False)
    if plan[DELTA] != OFF:
        years = (to_expiry - second) / YEAR_S
        return nearest_by(arrays, expiry, second, right, plan[DELTA] / 1e6, plan[MAX_AGE], years, True)
    if plan[PCT] != OFF:
        scale = PAISE * PAISE
        call = at_the_money(arrays, expiry, second, ref * (scale + out * plan[PCT]), scale)
    else:
        steps = plan[OFFSET] if plan[OTM] == OFF else out * plan[OTM]
        atm = at_the_money(arrays, expiry, second, ref, 1)
        call = strike_call(arrays, expiry, second, arrays.strike[atm] + steps * step) if atm != MISSING else MISSING
    return call + right if call != MISSING else MISSING


@inner
def choose_leg(
    arrays: DayArrays,
    layout: Int64Array,
    leg: int,
    second: int,
    ref: int,
    step: int,
    plan: Int64Array,
    right: int,
    contracts: Int64Array,
) -> int:
    """Contract of a leg at ``second``, or MISSING.

    Parameters
    ----------
    layout
        ``(L, 6)``, columns above.
    ref, step
        Price of the leg's index and distance of its strikes in paise.
    plan
        ``(PLAN,)``.
    right
        Right of a leg that follows the signal.
    contracts
        ``(L,)``: partners of this leg, chosen before, and what the signal names.
    """
    if layout[leg, RIGHT] == GIVEN:
        return int(contracts[leg])
    at = layout[leg, MARKET] + 2 * layout[leg, NEXT]
    expiry = plan[GROUP + at]
    if min(expiry, ref) == MISSING:
        return MISSING
    own = right if layout[leg, RIGHT] == FOLLOWS else layout[leg, RIGHT]
    if layout[leg, PARTNER] == MISSING:
        return by_measure(arrays, expiry, second, own, ref, step, plan, plan[LEFT + at])
    out = 1 if own == CALL else -1
    strike = arrays.strike[contracts[layout[leg, PARTNER]]] + layout[leg, WINGED] * out * plan[WING] * step
    call = strike_call(arrays, expiry, second, strike)
    return call + own if call != MISSING else MISSING
