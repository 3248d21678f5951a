"""Days in which every contract trades in every second, made for timing."""

from __future__ import annotations

import numpy as np

from nfops.daycache import ChainDay, DayArrays, Reference
from nfops.market import DayFacts
from nfops.types import Events, sealed

SYMBOL = "NIFTY"
STRIKES = 21
STEP = 50


def dense_day(facts: DayFacts, seed: int) -> ChainDay:
    """Make a day of 21 strikes around a random walk; prices in paise on the tick grid, a trade a second."""
    rng = np.random.default_rng([seed, facts.session.date.toordinal()])
    seconds, session = facts.session.seconds, facts.session
    index = 21_500 + np.cumsum(rng.normal(0, 0.6, seconds))
    strikes = np.repeat(21_500 + STEP * np.arange(-(STRIKES // 2), STRIKES // 2 + 1), 2)
    right = np.tile(np.array([0, 1], np.int8), STRIKES)
    worth = np.maximum((index - strikes[:, None]) * np.where(right == 0, 1, -1)[:, None], 0)
    decay = np.sqrt(np.linspace(1, 0.2, seconds)) * 80 * np.exp(-(((index - strikes[:, None]) / 250) ** 2))
    noise = rng.normal(0, 0.4, worth.shape)
    last = np.maximum(np.round((worth + decay + noise) * 20), 1).astype(np.int32) * 5
    every = Events(
        start=sealed(np.arange(len(strikes) + 1, dtype=np.int64) * seconds),
        second=sealed(np.tile(np.arange(seconds, dtype=np.int32), len(strikes))),
        value=sealed(np.ones(seconds * len(strikes), np.int32)),
    )
    none = Events(sealed(np.zeros(len(strikes) + 1, np.int64)), *(sealed(np.empty(0, np.int32)) for _ in range(2)))
    return ChainDay(
        symbol=SYMBOL,
        session=session,
        expiries=(facts.expiry("0"),),
        future_expiry=None,
        arrays=DayArrays(
            base=sealed(np.array([0, len(strikes)], np.int64)),
            strike=sealed((strikes * 100).astype(np.int32)),
            right=sealed(right),
            last=sealed(last),
            trades=every,
            oi=none,
            bid=none,
            ask=none,
        ),
        spot=Reference(sealed((np.round(index * 20) * 5).astype(np.int32)), sealed(np.zeros(seconds, np.int32))),
        kinds=("tick",),
        rows=last.size,
        legacy=False,
        data_hash=f"bench {seed}",
    )
