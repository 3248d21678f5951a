"""The registry of strategies. A new one is composed of registered parts and gets one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nfops.errors import ConfigError
from nfops.strategies.entries import CLOCK
from nfops.strategies.legs import CONDOR, PAIR
from nfops.strategies.spec import Strategy

REGISTRY: Final[Mapping[str, Strategy]] = {
    "short_straddle": Strategy(
        name="short_straddle",
        version=1,
        doc="Sell the at-the-money call and put; leave on a share of the premium won or lost, or by the clock.",
        entry=CLOCK,
        legs=PAIR,
        defaults={"strategy.exit.target_pct": 10, "strategy.exit.stop_pct": 10},
    ),
    "short_strangle": Strategy(
        name="short_strangle",
        version=1,
        doc="Sell a call and a put out of the money; each leg has its own stop.",
        entry=CLOCK,
        legs=PAIR,
        defaults={
            "strategy.entry.at": "09:20",
            "strategy.legs.otm": 2,
            "strategy.exit.leg_stop_pct": 30,
        },
    ),
    "iron_condor": Strategy(
        name="iron_condor",
        version=1,
        doc="Sell a call and a put out of the money and buy wings further out, which bound the loss.",
        entry=CLOCK,
        legs=CONDOR,
        defaults={
            "strategy.legs.otm": 1,
            "strategy.exit.target_pct": 20,
            "strategy.exit.stop_pct": 20,
            "strategy.exit.exit_at": "15:00",
        },
    ),
}


def strategy(name: str) -> Strategy:
    """Return a registered strategy; ConfigError names the choices."""
    if name not in REGISTRY:
        raise ConfigError(f"{name!r} is no strategy; known: {', '.join(REGISTRY)}")
    return REGISTRY[name]
