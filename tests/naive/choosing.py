"""SPEC 5: which contracts a decision trades."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.market_view import Contract, MarketView

NORMAL = NormalDist()
OUT = {"CE": 1, "PE": -1}
"""Which way out of the money lies."""


def choose(
    view: MarketView, facts: DayFacts, params: dict[str, Value], second: int, ref: int, *, winged: bool
) -> list[Contract] | None:
    """Contracts of a decision: call, put and, if wanted, their wings; None when one of them is not there."""
    expiry = facts.expiry(params["strategy.expiry"])
    strikes, step = considered(view, expiry, second), facts.strike_step // 100
    chosen = {}
    for right in ("CE", "PE"):
        strike = _strike(view, facts, params, second, ref, expiry, right)
        if strike not in strikes:
            return None
        chosen[right] = strike
    legs = [Contract(expiry, strike, right) for right, strike in chosen.items()]
    for right, strike in chosen.items() if winged else ():
        wing = strike + OUT[right] * params["strategy.legs.wing"] * step
        if wing not in strikes:
            return None
        legs.append(Contract(expiry, wing, right))
    return legs


def considered(view: MarketView, expiry: dt.date, second: int) -> list[int]:
    """Strikes whose call and put both have a price by now."""
    return [
        strike
        for strike in view.strikes.get(expiry, [])
        if all(view.known(Contract(expiry, strike, right), second).last is not None for right in OUT)
    ]


def _strike(
    view: MarketView,
    facts: DayFacts,
    params: dict[str, Value],
    second: int,
    ref: int,
    expiry: dt.date,
    right: str,
) -> int | None:
    """The strike that the first measure which is not null asks for; it may be one that is not considered."""
    premium, delta, pct, otm = (params[f"strategy.legs.{name}"] for name in ("premium", "delta", "pct", "otm"))
    strikes, max_age_s = considered(view, expiry, second), params["fills.max_age_s"]
    young = [strike for strike in strikes if view.age(Contract(expiry, strike, right), second) <= max_age_s]
    if premium is not None:
        wanted = Fraction(str(premium)) * 100
        return _nearest(young, lambda strike: _last(view, expiry, strike, right, second) - wanted, right)
    if delta is not None:
        forward = view.parity(expiry, second, max_age_s)
        years = (facts.seconds_to_expiry(expiry) - second) / (365 * 86_400)
        deltas = {
            strike: delta_of(_last(view, expiry, strike, right, second), forward[0], strike * 100, years, right)
            for strike in (young if forward else [])
        }
        return _nearest([k for k in deltas if deltas[k] is not None], lambda k: abs(deltas[k]) - delta, right)
    if pct is not None:
        target = ref * (1 + OUT[right] * Fraction(str(pct)) / 100)
        return _nearest(strikes, lambda strike: strike * 100 - target, "PE")
    atm = _nearest(strikes, lambda strike: strike * 100 - ref, "PE")
    steps = params["strategy.legs.offset"] if otm is None else OUT[right] * otm
    return None if atm is None else atm + steps * facts.strike_step // 100


def _nearest(strikes: list[int], off: Callable[[int], float], right: str) -> int | None:
    """The strike with the least distance; of equals the highest for a call, the lowest for a put."""
    return min(strikes, key=lambda strike: (abs(off(strike)), -OUT[right] * strike), default=None)


def _last(view: MarketView, expiry: dt.date, strike: int, right: str, second: int) -> int:
    return view.known(Contract(expiry, strike, right), second).last


def delta_of(premium: int, forward: int, strike: int, years: float, right: str) -> float | None:
    """Black-76 delta at the volatility that gives the premium; None where no volatility does."""
    sign = OUT[right]
    if premium <= sign * (forward - strike) or premium >= (forward if sign > 0 else strike):
        return None
    low, high = 0.0, 1.0
    while _price(forward, strike, years, high, sign) < premium:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if _price(forward, strike, years, middle, sign) < premium:
            low = middle
        else:
            high = middle
    call = NORMAL.cdf(_d1(forward, strike, years, high))
    return call if sign > 0 else call - 1


def _d1(forward: int, strike: int, years: float, volatility: float) -> float:
    spread = volatility * math.sqrt(years)
    return math.log(forward / strike) / spread + spread / 2


def _price(forward: int, strike: int, years: float, volatility: float, sign: int) -> float:
    d1 = _d1(forward, strike, years, volatility)
    d2 = d1 - volatility * math.sqrt(years)
    return sign * (forward * NORMAL.cdf(sign * d1) - strike * NORMAL.cdf(sign * d2))
