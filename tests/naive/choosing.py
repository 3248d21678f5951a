"""SPEC 5 and 7: which contracts a decision trades, and on which sides."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist
from typing import NamedTuple

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.market_view import Contract, MarketView

NORMAL = NormalDist()
OUT = {"CE": 1, "PE": -1}
"""Which way out of the money lies."""

BETS = {
    "risk_reversal", "vertical_spread", "ratio_spread", "butterfly", "covered_call", "protective_put", "collar",
}  # fmt: skip
BUYERS = {"orb", "vwap_mr", "oi_shift", "vol_spike_minute"}


class Wish(NamedTuple):
    """A leg before its contract is known."""

    right: str
    side: int
    partner: int | None = None
    """Leg whose strike it takes."""
    wing: int = 0
    """1: so many wings further out than it, -1: further in."""
    ratio: int = 1
    back: bool = False
    """It is of the next expiry."""
    given: Contract | None = None
    index: int = 0
    """1: of the companion index."""


def wishes(name: str, params: dict[str, Value], way: int, given: Contract | None) -> list[Wish]:
    """Legs of a strategy for a signal."""
    side = 1 if params.get("strategy.legs.side") == "buy" else -1
    if name in BUYERS:
        return [Wish("CE" if way > 0 else "PE", 1)]
    if name == "atm_volume_burst":
        return [Wish(given.right, side, given=given)]
    if name == "momentum_scalp":
        if params["strategy.legs.mode"] == "buy":
            return [Wish("CE" if way > 0 else "PE", 1)]
        return [Wish("PE" if way > 0 else "CE", -1)]
    if name in {"iv_rv", "dispersion"}:
        side = way
    if name in BETS:
        return bets(name, params, side, way)
    if name in {"calendar", "diagonal"}:
        side = -1 if params["strategy.legs.stance"] == "front_short" else 1
    legs = [Wish("CE", side), Wish("PE", side)]
    against = {
        "calendar": [Wish("CE", -side, partner=0, back=True), Wish("PE", -side, partner=1, back=True)],
        "diagonal": [Wish("CE", -side, partner=0, wing=1, back=True), Wish("PE", -side, partner=1, wing=1, back=True)],
        "dispersion": [Wish("CE", -side, index=1), Wish("PE", -side, index=1)],
        "iron_condor": [Wish("CE", -side, partner=0, wing=1), Wish("PE", -side, partner=1, wing=1)],
        "jade_lizard": [Wish("CE", -side, partner=0, wing=1)],
    }
    return legs + against.get(name, [])


def bets(name: str, params: dict[str, Value], side: int, way: int) -> list[Wish]:
    """Legs of the strategies that lean, or hold a future made of options."""
    lean = params.get("strategy.legs.lean", "up")
    up = way >= 0 if lean == "signal" else lean == "up"
    sign, own = (1, "CE") if up else (-1, "PE")
    if name == "risk_reversal":
        return [Wish("CE", sign), Wish("PE", -sign)]
    if name == "vertical_spread":
        if params["strategy.legs.spread"] == "credit":
            other = "PE" if up else "CE"
            return [Wish(other, -1), Wish(other, 1, partner=0, wing=1)]
        return [Wish(own, 1), Wish(own, -1, partner=0, wing=1)]
    if name == "ratio_spread":
        return [Wish(own, side), Wish(own, -side, partner=0, wing=1, ratio=2)]
    if name == "butterfly":
        return [
            Wish(own, side, ratio=2),
            Wish(own, -side, partner=0, wing=-1),
            Wish(own, -side, partner=0, wing=1),
        ]
    over, under = Wish("CE", -sign, partner=0, wing=1), Wish("PE", sign, partner=0, wing=1)
    wings = {"covered_call": [over], "protective_put": [under], "collar": [over, under]}
    return [Wish("CE", sign), Wish("PE", -sign, partner=0), *wings[name]]


def contract_of(
    view: MarketView,
    facts: DayFacts,
    params: dict[str, Value],
    second: int,
    ref: int,
    wish: Wish,
    have: list[Contract | None],
) -> Contract | None:
    """Contract of a leg, given those of the legs before it; None when it is not there."""
    if wish.given is not None:
        return wish.given
    if wish.index:
        there, known = view.companion, view.companion_facts
        ref = there.reference(second, params["fills.max_age_s"])[0]
        found = contract_of(there, known, params, second, ref, wish._replace(index=0), have)
        return None if found is None else found._replace(index=1)
    expiry = facts.expiry(params["strategy.expiry"])
    if wish.back:
        expiry = next(later for later in facts.expiries if later > expiry)
    if wish.partner is None:
        strike = _strike(view, facts, params, second, ref, expiry, wish.right)
    else:
        out = wish.wing * params["strategy.legs.wing"] * facts.strike_step // 100 if wish.wing else 0
        strike = have[wish.partner].strike + OUT[wish.right] * out
    return Contract(expiry, strike, wish.right) if strike in view.considered(expiry, second) else None


def atm_strike(view: MarketView, expiry: dt.date, second: int, ref: int | None) -> int | None:
    """The considered strike nearest to the index; of equals the lower."""
    if ref is None:
        return None
    return _nearest(view.considered(expiry, second), lambda strike: strike * 100 - ref, "PE")


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
    premium, delta, pct, otm = (params.get(f"strategy.legs.{name}") for name in ("premium", "delta", "pct", "otm"))
    strikes, max_age_s = view.considered(expiry, second), params["fills.max_age_s"]
    young = [strike for strike in strikes if view.age(Contract(expiry, strike, right), second) <= max_age_s]
    if premium is not None:
        wanted = Fraction(str(premium)) * 100
        return _nearest(young, lambda strike: _last(view, expiry, strike, right, second) - wanted, right)
    if delta is not None:
        forward = view.parity(expiry, second, max_age_s)
        years = years_left(facts, expiry, second)
        deltas = {
            strike: delta_of(_last(view, expiry, strike, right, second), forward[0], strike * 100, years, right)
            for strike in (young if forward else [])
        }
        return _nearest([k for k in deltas if deltas[k] is not None], lambda k: abs(deltas[k]) - delta, right)
    if pct is not None:
        target = ref * (1 + OUT[right] * Fraction(str(pct)) / 100)
        return _nearest(strikes, lambda strike: strike * 100 - target, "PE")
    atm = atm_strike(view, expiry, second, ref)
    steps = params["strategy.legs.offset"] if otm is None else OUT[right] * otm
    return None if atm is None else atm + steps * facts.strike_step // 100


def _nearest(strikes: list[int], off: Callable[[int], float], right: str) -> int | None:
    """The strike with the least distance; of equals the highest for a call, the lowest for a put."""
    return min(strikes, key=lambda strike: (abs(off(strike)), -OUT[right] * strike), default=None)


def _last(view: MarketView, expiry: dt.date, strike: int, right: str, second: int) -> int:
    return view.known(Contract(expiry, strike, right), second).last


def years_left(facts: DayFacts, expiry: dt.date, second: int) -> float:
    """Calendar time from a second to the close of the expiry day."""
    return (facts.seconds_to_expiry(expiry) - second) / (365 * 86_400)


def volatility_of(premium: int | None, forward: int, strike: int, years: float, right: str) -> float | None:
    """Black-76 volatility that gives the premium; None where none does."""
    sign = OUT[right]
    if premium is None or premium <= sign * (forward - strike) or premium >= (forward if sign > 0 else strike):
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
    return high


def delta_of(premium: int, forward: int, strike: int, years: float, right: str) -> float | None:
    """Black-76 delta at the volatility that gives the premium; None where no volatility does."""
    volatility = volatility_of(premium, forward, strike, years, right)
    if volatility is None:
        return None
    call = NORMAL.cdf(_d1(forward, strike, years, volatility))
    return call if right == "CE" else call - 1


def vega_of(premium: int, forward: int, strike: int, years: float, right: str) -> float:
    """Black-76 vega at the volatility that gives the premium."""
    volatility = volatility_of(premium, forward, strike, years, right)
    return forward * math.sqrt(years) * NORMAL.pdf(_d1(forward, strike, years, volatility))


def _d1(forward: int, strike: int, years: float, volatility: float) -> float:
    spread = volatility * math.sqrt(years)
    return math.log(forward / strike) / spread + spread / 2


def _price(forward: int, strike: int, years: float, volatility: float, sign: int) -> float:
    d1 = _d1(forward, strike, years, volatility)
    d2 = d1 - volatility * math.sqrt(years)
    return sign * (forward * NORMAL.cdf(sign * d1) - strike * NORMAL.cdf(sign * d2))
