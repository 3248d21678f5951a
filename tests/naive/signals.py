"""SPEC 7: what each strategy's entry rule says at a second, from nothing but what is known by then."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from statistics import stdev

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.choosing import BETS, atm_strike, vega_of, volatility_of, years_left
from tests.naive.market_view import Contract, MarketView

ANCHORED = {"gamma_scalp", "atm_volume_burst"}
SCANNING = {"orb", "atm_volume_burst", "momentum_scalp", "vol_spike_minute"}
VOLUME = {"atm_volume_burst", "momentum_scalp", "vol_spike_minute"}


@dataclass(frozen=True)
class Signal:
    """A wish to enter; ``way`` +1 is up (or: buy volatility), -1 down (or: sell it)."""

    way: int = 0
    contract: Contract | None = None
    skip: str = ""
    """The strategy's own reason not to enter."""
    early: bool = False
    """That reason comes before the contracts are looked for."""
    share: float = 1.0
    """Lots of the companion's legs for one lot."""


@dataclass(frozen=True)
class Scene:
    """What a rule may look at; ``anchor`` is the second of the last anchor, of anchored strategies."""

    view: MarketView
    facts: DayFacts
    params: dict[str, Value]
    anchor: int | None = None
    memo: dict[str, object] = field(default_factory=dict)
    """What a rule remembers of earlier seconds."""

    def of(self, name: str) -> Value:
        return self.params[f"strategy.entry.{name}"]

    def exact(self, name: str) -> Fraction:
        return exact(self.of(name))

    def ref(self, second: int) -> int | None:
        seen = self.view.reference(second, self.params["fills.max_age_s"])
        return None if seen is None else seen[0]

    def at(self, name: str) -> int:
        """Grid second of a clock parameter."""
        return grid_second(self.of(name), self.view)

    def atm(self, second: int) -> int | None:
        return atm_strike(self.view, self.facts.expiry(self.params["strategy.expiry"]), second, self.ref(second))

    def pair(self, strike: int) -> list[Contract]:
        expiry = self.facts.expiry(self.params["strategy.expiry"])
        return [Contract(expiry, strike, right) for right in ("CE", "PE")]


@cache
def exact(value: float) -> Fraction:
    """Give the number that was written, in tenths and hundredths, not the binary one nearest to it."""
    return Fraction(str(value))


@cache
def _of_day(clock: str) -> int:
    hours, minutes, seconds = (*map(int, clock.split(":")), 0)[:3]
    return hours * 3600 + minutes * 60 + seconds


def grid_second(clock: str, view: MarketView) -> int:
    """Second of the grid of a time of day HH:MM[:SS]; it may lie outside."""
    return _of_day(clock) - view.session.open


def plain(scene: Scene, second: int) -> Signal:
    del scene, second
    return Signal()


def iv_rv(scene: Scene, second: int) -> Signal | None:
    implied = straddle_volatility(scene, second)
    if implied is None:
        return Signal(skip="no_iv")
    step, window = scene.of("rv_step_s"), scene.of("rv_s")
    returns = []
    for end in range(second, max(step, second - window + step) - 1, -step):
        before, after = scene.ref(end - step), scene.ref(end)
        if before is not None and after is not None:
            returns.append(math.log(after / before))
    if len(returns) < 2:
        return Signal(skip="no_rv")
    gap = implied - stdev(returns) * math.sqrt(252 * 22_500 / step)
    threshold = scene.of("threshold")
    if gap > threshold:
        return Signal(way=-1)
    return Signal(way=1) if gap < -threshold else None


def straddle_volatility(scene: Scene, second: int) -> float | None:
    """Mean volatility of the call and the put at the money."""
    strike = scene.atm(second)
    if strike is None:
        return None
    expiry = scene.facts.expiry(scene.params["strategy.expiry"])
    forward = scene.view.parity(expiry, second, scene.params["fills.max_age_s"])
    if forward is None:
        return None
    years = years_left(scene.facts, expiry, second)
    found = [
        volatility_of(scene.view.known(contract, second).last, forward[0], strike * 100, years, contract.right)
        for contract in scene.pair(strike)
    ]
    return None if None in found else sum(found) / 2


def orb(scene: Scene, second: int) -> Signal | None:
    length = scene.of("range_s")
    if not length <= second <= scene.at("until"):
        return None
    if not scene.memo:
        opening = [ref for ref in map(scene.ref, range(min(length, scene.view.seconds))) if ref is not None]
        scene.memo["range"] = (min(opening), max(opening)) if opening else None
    ref = scene.ref(second)
    if scene.memo["range"] is None or ref is None or "broken" in scene.memo:
        return None
    low, high = scene.memo["range"]
    if low <= ref <= high:
        return None
    scene.memo["broken"] = second
    return Signal(way=1 if ref > high else -1)


def vwap_mr(scene: Scene, second: int) -> Signal | None:
    view, ref = scene.view, scene.ref(second)
    total = weight = 0
    for at in range(second + 1 if view.future else 0):
        units, last = view.volume(view.future, at - 1, at), view.known(view.future, at).last
        if last is not None:
            total, weight = total + units * last, weight + units
    if weight == 0:
        known = [price for price in map(scene.ref, range(second + 1)) if price is not None]
        total, weight = sum(known), len(known)
    average = Fraction(total, weight)
    if abs(ref - average) <= scene.exact("threshold") * average:
        return None
    return Signal(way=-1 if ref > average else 1)


def oi_shift(scene: Scene, second: int) -> Signal | None:
    start, end = scene.at("from"), second - 1
    if not 0 <= start <= end or scene.ref(start) is None:
        return Signal(skip="no_reference", early=True)
    strike = scene.atm(start)
    if strike is None:
        return Signal(skip="no_contract", early=True)
    flows = []
    for contract in scene.pair(strike):
        before, after = (scene.view.known(contract, at).oi for at in (start, end))
        flows.append(0 if before is None or after is None else after - before)
    if flows == [0, 0]:
        flows = [scene.view.volume(contract, start - 1, end) for contract in scene.pair(strike)]
    if flows[0] == flows[1]:
        return None
    larger_call = 1 if flows[0] > flows[1] else -1
    return Signal(way=larger_call if scene.params["strategy.legs.with_flow"] else -larger_call)


def atm_volume_burst(scene: Scene, second: int) -> Signal | None:
    anchor, view = scene.anchor, scene.view
    before, now, money = scene.ref(anchor), scene.ref(second), scene.atm(anchor)
    burst, base = scene.of("burst_s"), scene.of("base_s")
    if before is None or now is None or money is None or second < max(burst, base) - 1:
        return None
    expiry, step = scene.facts.expiry(scene.params["strategy.expiry"]), scene.facts.strike_step // 100
    strikes = [k for k in (money - step, money, money + step) if k in view.considered(expiry, anchor)]
    sells = scene.params["strategy.legs.side"] == "sell"
    for strike in strikes:
        for contract in scene.pair(strike):
            wants_low = sells == (contract.right == "CE")
            if not (now <= before if wants_low else now >= before):
                continue
            mean = Fraction(view.volume(contract, second - base, second), base)
            if view.volume(contract, second - burst, second) > scene.exact("multiplier") * burst * mean:
                return Signal(contract=contract)
    return None


def momentum_scalp(scene: Scene, second: int) -> Signal | None:
    short, base = scene.of("short_s"), scene.of("base_s")
    if second < max(short, base - 1):
        return None
    before, now = scene.ref(second - short), scene.ref(second)
    if before is None or now is None or before == now:
        return None
    threshold = scene.of("threshold_pts")
    if threshold is None:
        threshold = 3.0 if scene.view.symbol == "BANKNIFTY" else 1.5
    strike = scene.atm(second)
    if abs(now - before) < Fraction(str(threshold)) * 100 or strike is None:
        return None
    quick, usual = (sum(scene.view.volume(c, second - n, second) for c in scene.pair(strike)) for n in (short, base))
    if quick <= scene.exact("vol_mult") * short * Fraction(usual, base):
        return None
    return Signal(way=1 if now > before else -1)


def vol_spike_minute(scene: Scene, second: int) -> Signal | None:
    lookback = scene.of("lookback")
    minute = second // 60
    if second % 60 != 59 or minute < lookback:
        return None
    before, now, strike = scene.ref(60 * minute), scene.ref(second), scene.atm(second)
    if before is None or now is None or before == now or strike is None:
        return None
    volumes = [
        sum(scene.view.volume(c, 60 * k - 1, 60 * k + 59) for c in scene.pair(strike))
        for k in range(minute - lookback, minute + 1)
    ]
    if volumes[-1] <= scene.exact("mult") * Fraction(sum(volumes[:-1]), lookback):
        return None
    return Signal(way=1 if now > before else -1)


def dispersion(scene: Scene, second: int) -> Signal | None:
    view = scene.view
    other = Scene(view.companion, view.companion_facts, scene.params)
    here, there = (straddle_volatility(of, second) for of in (scene, other))
    if here is None or there is None:
        return Signal(skip="no_iv")
    beta, past = scene.of("beta"), view.past[-scene.of("lookback_d") :]
    if len(past) < 10:
        return Signal(skip="no_history")
    spreads = [before - beta * after for before, after in past]
    z = (here - beta * there - sum(spreads) / len(spreads)) / stdev(spreads)
    if abs(z) <= scene.of("z_in"):
        return None
    return Signal(way=-1 if z > 0 else 1, share=lot_vega(scene, second) / lot_vega(other, second))


def lot_vega(scene: Scene, second: int) -> float:
    """Vega of a lot of the call and the put at the money."""
    expiry, strike = scene.facts.expiry(scene.params["strategy.expiry"]), scene.atm(second)
    forward = scene.view.parity(expiry, second, scene.params["fills.max_age_s"])[0]
    years = years_left(scene.facts, expiry, second)
    lasts = {contract: scene.view.known(contract, second).last for contract in scene.pair(strike)}
    vegas = [vega_of(last, forward, strike * 100, years, contract.right) for contract, last in lasts.items()]
    return sum(vegas) * scene.facts.lot_sizes[expiry]


PLAIN = {
    "short_straddle", "short_strangle", "iron_condor", "expiry_crush", "gamma_scalp", "calendar", "diagonal",
    "jade_lizard", *BETS,
}  # fmt: skip
RULES: dict[str, Callable[[Scene, int], Signal | None]] = {
    **dict.fromkeys(PLAIN, plain),
    "iv_rv": iv_rv,
    "orb": orb,
    "vwap_mr": vwap_mr,
    "oi_shift": oi_shift,
    "atm_volume_burst": atm_volume_burst,
    "momentum_scalp": momentum_scalp,
    "vol_spike_minute": vol_spike_minute,
    "dispersion": dispersion,
}
