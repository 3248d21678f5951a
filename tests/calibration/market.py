"""Short days of a market in which no strategy has an edge: no drift, and options that cost what they are worth.

The index is a Brownian motion in points; its daily volatility differs from day to day, but is known at the open, and
options are priced with it (L. Bachelier, 1900). So every price is the expectation of what it will be later, and what a
strategy earns before costs is 0 on average whatever it does. Days are short because a Brownian motion has no scale of
time: 50 minutes are as good as a day, and far quicker.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtr

from nfops.daycache import ChainDay, DayArrays, Reference
from nfops.market import DayFacts
from nfops.types import PAISE, TICK_PAISE, Events, FloatArray, Int32Array, sealed

SECONDS: Final = 3_000
"""Of a day."""

STRIKES: Final = 13
START: Final = 21_500.0
MOVE: Final = 150.0
"""Points that the index moves on a day: its standard deviation on a day like most."""

UNEVEN: Final = 0.4
"""Standard deviation of the logarithm of a day's volatility: some days are wild, so that results have long tails."""


@dataclass(frozen=True, slots=True)
class Premium:
    """What is shown of the worth of an option."""

    rich_paise: float = 0.0
    """By how much options are dearer than their worth at the open; it melts to nothing by the close."""


FAIR: Final = Premium()


def shortened(facts: DayFacts) -> DayFacts:
    """Let the day's session end after SECONDS."""
    opening = facts.session.open
    return replace(facts, session=replace(facts.session, segments=((opening, opening + SECONDS),)))


def simulated_day(facts: DayFacts, seed: tuple[int, ...], premium: Premium = FAIR) -> ChainDay:
    """Make one day of the nearest expiry, with a trade of every contract in every second.

    Parameters
    ----------
    facts
        Of a shortened day; the expiry's trading days are the options' time to live.
    seed
        With the date it decides the day.
    """
    rng = np.random.default_rng([*seed, facts.session.date.toordinal()])
    move = MOVE * np.exp(rng.normal(0.0, UNEVEN))
    index = START + np.cumsum(rng.normal(0.0, move / np.sqrt(SECONDS), SECONDS))
    expiry = facts.expiry("0")
    strikes = START + facts.strike_step / PAISE * np.arange(-(STRIKES // 2), STRIKES // 2 + 1)
    passed = np.arange(1, SECONDS + 1) / SECONDS
    worth = option_worth(index, strikes, move * np.sqrt(facts.trading_days_to[expiry] + 1.0 - passed))
    contracts = 2 * STRIKES
    return ChainDay(
        symbol=facts.symbol,
        session=facts.session,
        expiries=(expiry,),
        future_expiry=None,
        arrays=DayArrays(
            base=sealed(np.array([0, contracts], np.int64)),
            strike=sealed(np.repeat(np.round(strikes * PAISE).astype(np.int32), 2)),
            right=sealed(np.tile(np.array([0, 1], np.int8), STRIKES)),
            last=sealed(_shown(worth * PAISE + premium.rich_paise * (1.0 - passed))),
            trades=_EVERY,
            oi=_NONE,
            bid=_NONE,
            ask=_NONE,
        ),
        spot=Reference(sealed(_shown(index * PAISE)), sealed(np.zeros(SECONDS, np.int32))),
        kinds=("tick",),
        rows=contracts * SECONDS,
        legacy=False,
        data_hash=f"calibration {seed}",
    )


def option_worth(index: FloatArray, strikes: FloatArray, deviation: FloatArray) -> FloatArray:
    """Worth in points of calls and puts in turn, ``(2 K, S)``, with ``deviation`` (S,) of the index (S,) to come."""
    above = index - strikes[:, None]
    sure = deviation <= 0.0
    far = above / np.where(sure, 1.0, deviation)
    density = np.exp(-0.5 * far**2) / np.sqrt(2.0 * np.pi)
    call = np.where(sure, np.maximum(above, 0.0), above * ndtr(far) + deviation * density)
    return np.stack([call, call - above], axis=1).reshape(2 * len(strikes), -1)


def _shown(paise: FloatArray) -> Int32Array:
    """Round to the tick, at least one."""
    return np.maximum(np.round(paise / TICK_PAISE), 1.0).astype(np.int32) * TICK_PAISE


_EVERY: Final = Events(
    start=sealed(np.arange(2 * STRIKES + 1, dtype=np.int64) * SECONDS),
    second=sealed(np.tile(np.arange(SECONDS, dtype=np.int32), 2 * STRIKES)),
    value=sealed(np.ones(2 * STRIKES * SECONDS, np.int32)),
)
_NONE: Final = Events(
    sealed(np.zeros(2 * STRIKES + 1, np.int64)), sealed(np.empty(0, np.int32)), sealed(np.empty(0, np.int32))
)
