"""Leg rules: which contracts a decision trades (SPEC 5)."""

from __future__ import annotations

import math
from typing import Final

from nfops.daycache.chain import DayArrays
from nfops.daycache.lookup import age
from nfops.daycache.reference import parity_forward
from nfops.jit import jit
from nfops.params import Param
from nfops.pricing.black76 import delta, implied_volatility
from nfops.strategies.spec import Part
from nfops.types import MISSING, OFF, PAISE, PUT, Int64Array

YEAR_S: Final = 365 * 86_400

_MEASURES: Final = (
    Param("strategy.legs.premium", "points", None, "the strike whose price is nearest", high=100_000, nullable=True),
    Param("strategy.legs.delta", "fraction", None, "the strike whose |delta| is nearest", high=1, nullable=True),
    Param("strategy.legs.pct", "percent", None, "the strike this far from the index", high=100, nullable=True),
    Param("strategy.legs.otm", "count", None, "strike steps out of the money", low=-100, high=100, nullable=True),
    Param("strategy.legs.offset", "count", 0, "strike steps above the money, failing those", low=-100, high=100),
)
"""In the order in which the first that is not null decides."""

_SIDE: Final = Param("strategy.legs.side", "choice", "sell", "side of the inner legs", choices=("sell", "buy"))

_WING: Final = Param("strategy.legs.wing", "count", 2, "strike steps from a short leg to its wing", low=1, high=100)

PAIR: Final = Part("pair", "a call and a put at strikes chosen by one of several measures", (_SIDE, *_MEASURES))
CONDOR: Final = Part("condor", "a pair, and a wing on the other side further out for each", (_SIDE, *_MEASURES, _WING))

CHOICES: Final = tuple(param.path for param in _MEASURES)
WING: Final = _WING.path


@jit
def considered(arrays: DayArrays, call: int, second: int) -> bool:
    """Whether both contracts of the strike of ``call`` had a price at some second up to ``second``."""
    return bool(min(arrays.last[call, second], arrays.last[call + 1, second]) != MISSING)


@jit
def at_the_money(arrays: DayArrays, expiry: int, second: int, target: int, scale: int) -> int:
    """Call of the considered strike nearest to ``target / scale`` paise, the lower of equals; or MISSING."""
    best, found = -1, MISSING
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        gap = abs(arrays.strike[call] * scale - target)
        if considered(arrays, call, second) and (found == MISSING or gap < best):
            best, found = gap, call
    return found


@jit
def strike_call(arrays: DayArrays, expiry: int, second: int, strike: int) -> int:
    """Call of exactly this strike (paise) if it is considered, else MISSING."""
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        if arrays.strike[call] == strike:
            return call if considered(arrays, call, second) else MISSING
    return MISSING


@jit
def nearest_by(
    arrays: DayArrays, expiry: int, second: int, right: int, wanted: float, max_age_s: int, years: float, by_delta: bool
) -> int:
    """Contract of one right whose price (paise) or |delta| is nearest to ``wanted``; of equals the further out."""
    forward = parity_forward(arrays, expiry, second, max_age_s) if by_delta else 0
    sign = -1 if right == PUT else 1
    best, found = math.inf, MISSING
    for call in range(arrays.base[expiry], arrays.base[expiry + 1], 2):
        contract = call + right
        if not considered(arrays, call, second) or age(arrays.trades, contract, second) > max_age_s:
            continue
        measure = float(arrays.last[contract, second])
        if by_delta:
            if forward == MISSING:
                return MISSING
            strike = float(arrays.strike[call])
            volatility = implied_volatility(measure, float(forward), strike, years, sign)
            if math.isnan(volatility):
                continue
            measure = abs(delta(float(forward), strike, years, volatility, sign))
        gap = abs(measure - wanted)
        # Strikes ascend, so for calls the later of equals is further out, for puts the earlier.
        if gap < best or (gap == best and right != PUT):
            best, found = gap, contract
    return found


@jit
def choose(
    arrays: DayArrays,
    expiry: int,
    second: int,
    ref: int,
    choice: Int64Array,
    step: int,
    max_age_s: int,
    seconds_to_expiry: int,
    legs: Int64Array,
) -> bool:
    """Write the contracts of a pair, and of its wings, to ``legs``; say whether all were found.

    ``choice`` holds the codes of premium, delta, pct, otm, offset and, for four legs, wing. ``legs`` (2,) or (4,):
    call, put, call wing, put wing. ``seconds_to_expiry`` counts from the open.
    """
    premium, by_delta, pct, otm, offset = choice[0], choice[1], choice[2], choice[3], choice[4]
    for right in range(2):
        out = -1 if right == PUT else 1
        if premium != OFF:
            contract = nearest_by(arrays, expiry, second, right, float(premium), max_age_s, 0.0, False)
        elif by_delta != OFF:
            years = (seconds_to_expiry - second) / YEAR_S
            contract = nearest_by(arrays, expiry, second, right, by_delta / 1e6, max_age_s, years, True)
        elif pct != OFF:
            scale = PAISE * PAISE
            call = at_the_money(arrays, expiry, second, ref * (scale + out * pct), scale)
            contract = call + right if call != MISSING else MISSING
        else:
            steps = offset if otm == OFF else out * otm
            atm = at_the_money(arrays, expiry, second, ref, 1)
            call = strike_call(arrays, expiry, second, arrays.strike[atm] + steps * step) if atm != MISSING else MISSING
            contract = call + right if call != MISSING else MISSING
        if contract == MISSING:
            return False
        legs[right] = contract
        if len(legs) == 4:
            wing = strike_call(arrays, expiry, second, arrays.strike[contract] + out * choice[5] * step)
            if wing == MISSING:
                return False
            legs[2 + right] = wing + right
    return True
