"""The registry of strategies. A new one is composed of registered parts and gets one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from nfops.errors import ConfigError
from nfops.params import Value
from nfops.strategies.entry import ENTRY_RULES
from nfops.strategies.legs import LEG_RULES, LegRule
from nfops.strategies.signals import EntryRule
from nfops.strategies.spec import Strategy


def _composed(name: str, doc: str, entry: str, legs: str, **defaults: Value) -> Strategy:
    """Compose parts; defaults are named by the last two words of their paths, like ``exit_stop_pct``."""
    paths = {f"strategy.{group.replace('_', '.', 1)}": value for group, value in defaults.items()}
    return Strategy(name, 2, doc, ENTRY_RULES[entry], LEG_RULES[legs], paths)


REGISTRY: Final[Mapping[str, Strategy]] = {
    known.name: known
    for known in (
        _composed(
            "short_straddle",
            "Sell the at-the-money call and put; leave on a share of the premium won or lost, or by the clock.",
            "clock",
            "pair",
            exit_target_pct=10,
            exit_stop_pct=10,
        ),
        _composed(
            "short_strangle",
            "Sell a call and a put out of the money; each leg has its own stop.",
            "clock",
            "pair",
            entry_at="09:20",
            legs_otm=2,
            exit_leg_stop_pct=30,
        ),
        _composed(
            "iron_condor",
            "Sell a call and a put out of the money and buy wings further out, which bound the loss.",
            "clock",
            "condor",
            legs_otm=1,
            exit_target_pct=20,
            exit_stop_pct=20,
            exit_exit_at="15:00",
        ),
        _composed(
            "expiry_crush",
            "Sell the at-the-money call and put on the day they expire.",
            "expiry_day",
            "pair",
            entry_at="10:00",
            exit_target_pct=15,
            exit_stop_pct=15,
        ),
        _composed(
            "gamma_scalp",
            "Buy the at-the-money call and put each hour and keep the delta near nothing.",
            "anchors",
            "pair",
            legs_side="buy",
            hedge_hedge_s=60,
            exit_target_pct=5,
            exit_stop_pct=10,
            exit_exit_at="15:25",
        ),
        _composed(
            "iv_rv",
            "Sell the at-the-money straddle when implied volatility stands above realised, buy it when below.",
            "volatility",
            "pair_by_signal",
            entry_at="10:00",
            exit_target_pct=15,
            exit_stop_pct=15,
        ),
        _composed(
            "orb",
            "Buy an option with the first break of the opening range.",
            "opening",
            "directional",
            exit_target_pct=20,
            exit_stop_pct=20,
        ),
        _composed(
            "vwap_mr",
            "Buy an option back to the day's average price when the index stands far from it.",
            "vwap",
            "directional",
            exit_target_pct=10,
            exit_stop_pct=10,
            exit_exit_at="14:00",
        ),
        _composed(
            "oi_shift",
            "Buy the option on whose side open interest was built in the morning, or the other.",
            "flow",
            "flow",
            exit_target_pct=20,
            exit_stop_pct=20,
        ),
        _composed(
            "atm_volume_burst",
            "Sell the first option next to the money in which volume bursts each hour.",
            "burst",
            "signalled",
            exit_target_pct=15,
            exit_stop_pct=15,
            exit_trail_pct=10,
            exit_exit_at=None,
        ),
        _composed(
            "momentum_scalp",
            "Follow quick moves of the index with one option, for a point or two.",
            "momentum",
            "momentum",
            exit_target_pts=2,
            exit_stop_pts=1,
            exit_trail_pts=0.5,
            exit_trail_after_pts=0,
            exit_drop_s=2,
            exit_exit_at=None,
        ),
        _composed(
            "vol_spike_minute",
            "Buy an option with the index after a minute of unusual option volume.",
            "spike",
            "directional",
            exit_stop_pts=3,
            exit_trail_after_pts=5,
            exit_trail_pts=1,
        ),
        _composed(
            "dispersion",
            "Sell the index whose volatility stands high against another's, and buy the other.",
            "spread",
            "two_pairs",
            entry_at="10:00",
            exit_stop_pct=20,
        ),
        _composed(
            "calendar",
            "Sell the at-the-money straddle of one expiry against the same strike of the next.",
            "clock",
            "calendar",
            exit_exit_at="12:00",
        ),
        _composed(
            "risk_reversal",
            "Buy a call against a put, or the reverse: a bet on the skew and on the way the index goes.",
            "clock",
            "risk_reversal",
            entry_at="10:00",
            legs_lean="up",
            legs_otm=2,
            exit_target_pts=30,
            exit_stop_pts=30,
        ),
        _composed(
            "vertical_spread",
            "Buy an option against one further out, or sell it: a bet on a way with a bounded loss.",
            "clock",
            "vertical",
            entry_at="10:00",
            legs_lean="up",
            exit_target_pct=50,
            exit_stop_pct=50,
        ),
        _composed(
            "ratio_spread",
            "One option against two further out; sold it gains from a large move, bought from a small one.",
            "clock",
            "ratio",
            entry_at="10:00",
            legs_lean="up",
            exit_target_pts=20,
            exit_stop_pts=20,
        ),
        _composed(
            "butterfly",
            "Sell two options at the money between one bought on either side, or the reverse.",
            "clock",
            "butterfly",
            entry_at="10:00",
            legs_lean="up",
            exit_target_pct=50,
            exit_stop_pct=50,
        ),
        _composed(
            "diagonal",
            "Sell a strangle of one expiry against one further out of the next.",
            "clock",
            "diagonal",
            entry_at="10:00",
            legs_otm=1,
            legs_wing=1,
            exit_target_pts=15,
            exit_stop_pts=15,
        ),
        _composed(
            "jade_lizard",
            "Sell a strangle and buy a call further out, so that only a fall can cost much.",
            "clock",
            "jade_lizard",
            entry_at="10:00",
            legs_otm=2,
            exit_target_pct=30,
            exit_stop_pct=30,
        ),
        _composed(
            "covered_call",
            "A future bought, made of a call and a put, and a call sold above it.",
            "clock",
            "covered_call",
            entry_at="09:30",
            exit_stop_pts=60,
        ),
        _composed(
            "protective_put",
            "A future bought, made of a call and a put, and a put bought below it.",
            "clock",
            "protective_put",
            entry_at="09:30",
            exit_stop_pts=60,
        ),
        _composed(
            "collar",
            "A future bought, made of a call and a put, between a put bought below and a call sold above.",
            "clock",
            "collar",
            entry_at="09:30",
            legs_lean="up",
            exit_stop_pts=60,
        ),
    )
}

ALIASES: Final[Mapping[str, str]] = {"atm_volume_ultra": "atm_volume_burst", "calendar_proxy": "calendar"}
"""Names of the old scripts."""


def strategy(name: str) -> Strategy:
    """Return a registered strategy, also by its old name; ConfigError names the choices."""
    known = ALIASES.get(name, name)
    if known not in REGISTRY:
        raise ConfigError(f"{name!r} is no strategy; known: {', '.join([*REGISTRY, *ALIASES])}")
    return REGISTRY[known]


@cache
def compose(name: str, entry: str, legs: str) -> Strategy:
    """Return the strategy of two registered parts: the registered one of that name, or a new one.

    Raises
    ------
    ConfigError
        Naming every part that is not registered, or what one part wants and the other does not give.
    """
    faults = [
        f"strategy.parts.{what} must be one of {', '.join(known)}, got {part!r}"
        for what, part, known in (("entry", entry, ENTRY_RULES), ("legs", legs, LEG_RULES))
        if part not in known
    ]
    faults = faults or _mismatches(ENTRY_RULES[entry], LEG_RULES[legs])
    if faults:
        raise ConfigError("\n".join(faults))
    known = REGISTRY.get(name)
    if known is not None and known.parts == (entry, legs):
        return known
    return Strategy(name, 1, f"{name}: {entry} and {legs}", ENTRY_RULES[entry], LEG_RULES[legs])


def _mismatches(entry: EntryRule, legs: LegRule) -> list[str]:
    """Say what a leg rule wants that an entry rule does not give."""
    faults = []
    if legs.wants and entry.gives != legs.wants:
        giving = ", ".join(name for name, rule in ENTRY_RULES.items() if rule.gives == legs.wants)
        faults.append(
            f"strategy.parts.legs {legs.name} wants a {legs.wants} from the signal, and strategy.parts.entry "
            f"{entry.name} gives none; these do: {giving}"
        )
    if any(leg.market for leg in legs.legs) and not entry.companion:
        giving = ", ".join(name for name, rule in ENTRY_RULES.items() if rule.companion)
        faults.append(f"strategy.parts.legs {legs.name} trades two indices; entries of two are: {giving}")
    return faults
