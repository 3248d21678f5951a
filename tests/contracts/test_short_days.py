"""Every rule on days of ten minutes: the engine against the twin, and first passages against the walk.

Each case forces a few parameters so that its rule answers, and draws all others. Days are as short as this so that
mutants of the kernels, which run as plain Python, meet every rule in seconds (docs/mutation.md).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from nfops.engine import run_day
from nfops.engine.paths import by_passage
from nfops.params import Value
from nfops.strategies import REGISTRY
from nfops.strategies.filters import PARAMS as FILTERS
from tests.contracts.test_naive_twin import beside_twin, drawn, market
from tests.contracts.test_passages import assert_same
from tests.naive.drawing import RULES
from tests.naive.markets import Scene

SETS = 8
TEN = ((33_300, 33_900),)  # 09:15-09:25
SPLIT = ((33_300, 33_600), (33_720, 34_020))  # 09:15-09:20, 09:22-09:27
WEDNESDAY, THURSDAY = dt.date(2024, 1, 3), dt.date(2024, 1, 4)
PLAIN = Scene("ten minutes", WEDNESDAY, 41, segments=TEN, expiries=("0",))
TIES = Scene("few prices", WEDNESDAY, 42, segments=TEN, expiries=("0",), grain=5)
BREAK = Scene("a break on an expiry day", THURSDAY, 43, segments=SPLIT, expiries=("0", "1"), with_future=True)
BANK = Scene("the other index", WEDNESDAY, 44, symbol="BANKNIFTY", segments=TEN, expiries=("0",))

ALONE: Mapping[str, Value] = {f"exit.{rule}": None for rule in (*RULES, "exit_at")}
"""So that no other rule is quicker."""
EARLY: Mapping[str, Value] = {"entry.at": "09:16:05"}
OFTEN: Mapping[str, Value] = {
    "entry.anchors": ["09:15:50", "09:17:00", "09:18:30", "09:19:10"],
    "max_entries": None,
}
EASY: Mapping[str, Value] = {
    **{param.path.removeprefix("strategy."): param.default for param in FILTERS},
    "legs.premium": None,
    "legs.delta": None,
    "legs.pct": None,
    "legs.otm": None,
    "legs.offset": 0,
    "expiry": "0",
    "hedge.hedge_s": None,
    "fills.max_age_s": 1000,
}
"""So that most sets find something to trade, and are quick to walk."""


@dataclass(frozen=True)
class Case:
    """What is forced, and which reasons must then be seen."""

    about: str
    strategy: str
    scene: Scene
    forced: Mapping[str, Value]
    seen: frozenset[str] = field(default_factory=frozenset)

    @property
    def paths(self) -> tuple[tuple[str, Value], ...]:
        """Forced values by the paths that the strategy has."""
        known = REGISTRY[self.strategy].schema.by_path
        named = {
            key if key.startswith("fills") else f"strategy.{key}": value
            for key, value in {**EASY, **self.forced}.items()
        }
        return tuple((path, value) for path, value in named.items() if path in known)


def case(about: str, strategy: str, scene: Scene, seen: str, *forced: Mapping[str, Value], **exits: Value) -> Case:
    """Put a case together; ``exits`` are exit rules by name."""
    own: dict[str, Value] = {f"exit.{name}": value for name, value in exits.items()}
    return Case(about, strategy, scene, {key: value for one in (*forced, own) for key, value in one.items()},
                frozenset(seen.split()))  # fmt: skip


BUY: Mapping[str, Value] = {"legs.side": "buy"}
SELL: Mapping[str, Value] = {"legs.side": "sell"}
AT_ONCE: Mapping[str, Value] = {"fills.latency_s": 0}
BACK: Mapping[str, Value] = {"exit.max_reentries": 3, "exit.on_leg_stop": "leg"}

CASES = (
    case("long legs that come back at once", "short_straddle", PLAIN, "reentry leg_stop", ALONE, EARLY, BUY, BACK,
         leg_stop_pct=3, reentry="asap"),
    case("long legs that wait for their price", "short_straddle", PLAIN, "reentry leg_stop", ALONE, EARLY, BUY, BACK,
         leg_stop_pct=3, reentry="cost"),
    case("short legs that wait for their price", "short_straddle", PLAIN, "reentry leg_stop", ALONE, EARLY, SELL, BACK,
         leg_stop_pct=3, reentry="cost"),
    case("one leg leaves, then a stop", "short_straddle", PLAIN, "leg_stop stop", ALONE, EARLY, leg_stop_pct=6,
         stop_pts=6, on_leg_stop="leg"),
    case("one leg leaves, then a target", "short_straddle", PLAIN, "leg_target target", ALONE, EARLY, leg_target_pct=6,
         target_pts=5),
    case("one leg leaves, then the clock", "short_straddle", BREAK, "leg_stop time", ALONE, EARLY, leg_stop_pct=5,
         hold_s=290, on_leg_stop="leg"),
    case("one leg leaves, then the close", "short_straddle", PLAIN, "leg_stop close", ALONE, EARLY, leg_stop_pct=9,
         on_leg_stop="leg"),
    case("both legs leave by themselves", "short_straddle", TIES, "leg_stop leg_target", ALONE, EARLY, leg_stop_pct=4,
         leg_target_pct=4, on_leg_stop="leg"),
    case("one leg takes all along", "short_straddle", TIES, "leg_stop leg_target", ALONE, EARLY, AT_ONCE,
         leg_stop_pct=4, leg_target_pct=4, on_leg_stop="all"),
    case("a target of a leg where stops take all along", "gamma_scalp", PLAIN, "leg_target time", ALONE, OFTEN,
         leg_target_pct=3, leg_stop_pct=40, on_leg_stop="all"),
    case("a leg and all in one second", "short_straddle", TIES, "leg_stop stop", ALONE, EARLY, AT_ONCE, leg_stop_pct=7,
         stop_pct=3, on_leg_stop="leg"),
    case("a leg of one", "orb", PLAIN, "leg_stop leg_target", ALONE, {"entry.range_s": 60, "entry.until": "09:24"},
         leg_stop_pct=3, leg_target_pct=3),
    case("limits of a day of several positions", "gamma_scalp", PLAIN, "day_stop day_target", ALONE, OFTEN,
         day_stop_pts=4, day_target_pts=4),
    case("limits of a day once a leg is gone", "gamma_scalp", PLAIN, "day_stop leg_stop", ALONE, OFTEN, day_stop_pts=6,
         day_target_pts=6, leg_stop_pct=4, on_leg_stop="leg"),
    case("limits of a day of legs in a ratio", "ratio_spread", PLAIN, "day_stop day_target", ALONE, EARLY,
         day_stop_pts=3, day_target_pts=3),
    case("legs in a ratio with rules of their own", "ratio_spread", PLAIN, "leg_stop stop target", ALONE, EARLY,
         {"legs.wing": 1}, leg_stop_pct=6, stop_pts=8, target_pts=8, on_leg_stop="leg"),
    case("legs in a ratio and what is left of a day", "ratio_spread", PLAIN, "leg_stop day_stop day_target", ALONE,
         EARLY, {"legs.wing": 1}, leg_stop_pct=4, day_stop_pts=7, day_target_pts=5, on_leg_stop="leg"),
    case("a clock before the open", "short_straddle", PLAIN, "close", ALONE, EARLY, exit_at="09:14:59"),
    case("the clock of the open", "short_straddle", PLAIN, "time", ALONE, EARLY, exit_at="09:15:00"),
    case("the clock in a break", "short_straddle", BREAK, "time", ALONE, EARLY, exit_at="09:20:30"),
    case("held for a time", "gamma_scalp", PLAIN, "time", ALONE, OFTEN, hold_s=45),
    case("held no time at all", "gamma_scalp", TIES, "time", ALONE, OFTEN, hold_s=0),
    case("settled legs", "short_straddle", BREAK, "settlement", ALONE, EARLY, settle=True),
    case("a trail in rupees", "short_straddle", TIES, "trail", ALONE, EARLY, AT_ONCE, {"fills.slippage_ticks": 0},
         trail_pts=5, trail_after_pts=5),
    case("a trail in percent", "short_straddle", TIES, "trail", ALONE, EARLY, trail_pct=4, trail_after_pct=2),
    case("one leg leaves, then a trail", "short_straddle", PLAIN, "leg_stop trail", ALONE, EARLY, leg_stop_pct=6,
         trail_pts=8, trail_pct=9, on_leg_stop="leg"),
    case("one leg leaves, then a trail is armed", "short_straddle", TIES, "leg_target trail", ALONE, EARLY,
         leg_target_pct=6, trail_pts=3, trail_after_pts=4),
    case("legs in a ratio and a trail of what is left", "ratio_spread", PLAIN, "leg_stop trail", ALONE, EARLY,
         {"legs.wing": 1}, leg_stop_pct=4, trail_pct=5, trail_after_pct=1, on_leg_stop="leg"),
    case("a trail of four legs", "iron_condor", PLAIN, "trail", ALONE, EARLY, {"legs.wing": 1}, trail_pts=1),
    case("trails of several positions", "gamma_scalp", TIES, "trail", ALONE, OFTEN, trail_pts=2, trail_after_pts=1),
    case("hedged", "gamma_scalp", BREAK, "hedge", {"hedge.hedge_s": 20, "hedge.band": 0.05}, target_pct=None,
         stop_pct=None),
    case("legs in pairs that leave one by one", "iron_condor", PLAIN, "leg_stop leg_target", ALONE, EARLY,
         {"legs.wing": 1}, leg_stop_pct=5, leg_target_pct=5, on_leg_stop="leg"),
    case("two expiries", "calendar", BREAK, "stop target", ALONE, EARLY, stop_pts=3, target_pts=3),
    case("two indices", "dispersion", BANK, "stop", ALONE, EARLY, {"entry.z_in": 0}, stop_pct=2),
    case("two indices and a limit of the day", "dispersion", BANK, "day_stop day_target", ALONE, EARLY,
         {"entry.z_in": 0}, day_stop_pts=150, day_target_pts=150),
    case("many quick entries", "momentum_scalp", PLAIN, "signal time", {"entry.threshold_pts": 1,
         "entry.vol_mult": 0.5}, drop_s=2, stop_pts=None, target_pts=None),
    case("quotes", "short_straddle", PLAIN, "stop target", ALONE, EARLY, {"fills": "quote"}, stop_pct=4, target_pct=1),
    case("nothing forced, a pair", "short_strangle", PLAIN, ""),
    case("nothing forced, a ratio", "ratio_spread", TIES, ""),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_engine_twin_and_walk_agree_on_a_short_day(case: Case) -> None:
    strategy = REGISTRY[case.strategy]
    here, block = market(case.scene, strategy.in_money), drawn(case.scene, case.strategy, SETS, case.paths)
    result = run_day(here.today, strategy, block, here.facts)
    done = beside_twin(result, here, block, case.strategy)
    for trial in done:
        assert trial.engine == trial.twin, trial.params
    if by_passage(strategy, block).any():
        assert_same(result, run_day(here.today, strategy, block, here.facts, walk=True), case.about)
        bare = run_day(here.today, strategy, block, here.facts, fills=False)
        assert np.array_equal(result.net_paise, bare.net_paise)
    reasons = Counter(row["reason"] for trial in done for row in trial.twin.fills)
    assert case.seen <= set(reasons), reasons
    assert sum(trial.twin.n_positions for trial in done) >= 4
