"""The spread of two indices' implied volatilities, at a time of day, against its past."""

from __future__ import annotations

import math
from typing import Final

from nfops.daycache.chain import DayArrays
from nfops.daycache.reference import parity_forward
from nfops.jit import jit
from nfops.params import SCALE, Param
from nfops.pricing.greeks import greeks
from nfops.strategies.choosing import YEAR_S, at_the_money, volatility_of
from nfops.strategies.entry.clock import AT
from nfops.strategies.entry.volatility import straddle_volatility
from nfops.strategies.legs import Codes
from nfops.strategies.signals import QUIET, EntryRule, Signals, View, at_clock, is_open, outside

BETA: Final = Param("strategy.entry.beta", "fraction", 1, "weight of the companion's volatility", low=-100, high=100)
LOOKBACK: Final = Param("strategy.entry.lookback_d", "count", 20, "days of the past with a spread", low=2, high=1000)
Z_IN: Final = Param("strategy.entry.z_in", "fraction", 1, "deviations from the past mean beyond which it trades",
                    high=100)  # fmt: skip
FEWEST: Final = 10
"""Days of history without which nothing is said."""


def _find(view: View, codes: Codes) -> Signals:
    """Down when the spread stands high: sell this index and buy the other."""
    clock = codes[AT.path]
    if not is_open(view, clock):
        return outside()
    second, other = view.second(clock), view.companion
    assert other is not None  # noqa: S101 - the rule names its companion
    here, there = straddle_volatility(view, second), straddle_volatility(other, second)
    if math.isnan(here) or math.isnan(there):
        return at_clock(view, clock, own="no_iv")
    past = view.past[-codes[LOOKBACK.path] :]
    if len(past) < FEWEST:
        return at_clock(view, clock, own="no_history")
    beta = codes[BETA.path] / SCALE["fraction"]
    spreads = past[:, 0] - beta * past[:, 1]
    gap, spread = here - beta * there - float(spreads.mean()), float(spreads.std(ddof=1))
    if abs(gap) <= codes[Z_IN.path] / SCALE["fraction"] * spread:
        return at_clock(view, clock, own=QUIET)
    share = _vega(view, second) / _vega(other, second)
    return at_clock(view, clock, direction=-1 if gap > 0 else 1, share=share)


def _vega(view: View, second: int) -> float:
    """Vega of one lot of the call and the put at the money."""
    lot = view.facts.lot_sizes[view.day.expiries[view.expiry]]
    ref, years = int(view.ref.price[second]), (view.to_expiry - second) / YEAR_S
    return pair_vega(view.day.arrays, view.expiry, second, ref, view.max_age_s, years) * lot


@jit
def pair_vega(arrays: DayArrays, expiry: int, second: int, ref: int, max_age_s: int, years: float) -> float:
    """Vega of the pair at the money, each contract at its own implied volatility."""
    call = at_the_money(arrays, expiry, second, ref, 1)
    forward = parity_forward(arrays, expiry, second, max_age_s)
    total = 0.0
    for contract in (call, call + 1):
        volatility = volatility_of(arrays, contract, second, forward, years)
        total += greeks(float(forward), float(arrays.strike[contract]), years, volatility, 1).vega
    return total


SPREAD: Final = EntryRule(
    "spread",
    "at a time of day, when implied volatility stands far from the companion's by the standards of the past",
    (AT, BETA, LOOKBACK, Z_IN),
    _find,
    companion={"BANKNIFTY": "NIFTY"},
    gives="direction",
    sees="expiry",
)
