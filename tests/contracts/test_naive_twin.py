"""The engine against the naive twin: random markets, random parameters, every number of a day's result.

The twin (tests/naive) is written from SPEC.md by looping over seconds; nothing but dated facts is shared.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from nfops.engine import DayResult, fill_table, run_day
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY
from nfops.strategies.filters import FILTERS
from nfops.types import sealed
from tests.naive.drawing import draw
from tests.naive.markets import RandomMarket, Scene, paired_market, plain_market, random_market
from tests.naive.twin import Outcome, trade

SHORT = ((33_300, 35_700),)  # 09:15-09:55
SPLIT = ((33_300, 34_500), (36_000, 37_200))  # 09:15-09:35, 10:00-10:20
JANUARY, THURSDAY = dt.date(2024, 1, 3), dt.date(2024, 1, 4)

QUICK = (
    Scene("two expiries and the monthly", JANUARY, 1, segments=SHORT, expiries=("0", "1", "monthly"), with_future=True),
    Scene("a break on an expiry day", THURSDAY, 2, segments=SPLIT),
    Scene("parity on an expiry day", JANUARY, 3, symbol="BANKNIFTY", segments=SHORT, with_spot=False),
    Scene("tax on the settlement value", dt.date(2019, 8, 29), 4, symbol="BANKNIFTY", segments=SHORT),
    Scene("ties, worthless wings", THURSDAY, 5, segments=SHORT, expiries=("0",), grain=5, width=2),
    Scene(
        "ties in parity, a silent end, no ticks",
        JANUARY,
        6,
        segments=SHORT,
        with_spot=False,
        grain=5,
        silent_end=700,
        kinds=("bar", "snapshot"),
    ),
)
WHOLE = (
    Scene("an expiry day", THURSDAY, 11, expiries=("0",), with_future=True),
    Scene("two segments", dt.date(2024, 3, 2), 12),
    Scene("an outage", dt.date(2021, 2, 24), 13, symbol="BANKNIFTY", expiries=("0",)),
    Scene("an evening hour, silent at its end", dt.date(2023, 11, 12), 14, silent_end=700),
    Scene("the longer session of 2026, an expiry day", dt.date(2026, 8, 4), 15, expiries=("0",)),
    Scene("parity", JANUARY, 16, with_spot=False, expiries=("0",), grain=1),
)
NIGHT = "NFOPS_TWIN_SETS" in os.environ
WHOLE_SETS = int(os.environ.get("NFOPS_TWIN_SETS", "4"))
"""Parameter sets on each whole day; 50 make a night's work."""
SETS = 11
"""Parameter sets on each short day."""
PLAIN = (21, 22)
"""Seeds of tests.days.market_rows."""

REASONS_SEEN = {
    "entry", "reentry", "leg_stop", "leg_target", "stop", "target", "trail", "signal", "time", "hedge", "day_stop",
    "day_target", "close", "settlement",
}  # fmt: skip
# `no_price` cannot happen to these strategies: a considered strike has both its prices at the decision, and so ever
# after. `position_open` cannot either: a clock comes once, and an anchor waits for the position before it.
SKIPS_SEEN = {
    "outside_session", "no_reference", "stale_ref", "no_contract", "no_iv", "no_rv", "no_history", "too_late", "stale",
    "coarse_data", "no_hedge", *FILTERS,
}  # fmt: skip

TOTALS = (
    "incomplete", "gross_paise", "cost_paise", "n_positions", "n_fallback", "n_stale_exit", "worst_mtm_paise",
    "best_mtm_paise", "capital_paise",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """One parameter set, as the engine and as the twin traded it."""

    params: dict[str, Value]
    engine: Outcome
    twin: Outcome


@cache
def market(scene: Scene | int, paired: bool) -> RandomMarket:
    """Give the market of a scene, ``paired`` with another index beside it."""
    if isinstance(scene, int):
        return plain_market(scene)
    return paired_market(scene) if paired else random_market(scene)


def drawn(scene: Scene | int, name: str, count: int, forced: tuple[tuple[str, Value], ...] = ()) -> ParamBlock:
    """Draw random parameter sets of a strategy; ``forced`` values are the same in all."""
    strategy, seed = REGISTRY[name], [scene if isinstance(scene, int) else scene.seed, *name.encode()]
    values = draw(strategy, market(scene, strategy.in_money).facts.session, seed, count).values.copy()
    for path, value in forced:
        values[:, list(strategy.schema.columns[path])] = strategy.schema.by_path[path].codes(value)
    return ParamBlock(strategy.schema, sealed(values))


def compared(scene: Scene | int, name: str, count: int, forced: tuple[tuple[str, Value], ...] = ()) -> list[Trial]:
    """Trade random parameter sets of a strategy on a random market, twice."""
    strategy, block = REGISTRY[name], drawn(scene, name, count, forced)
    here = market(scene, strategy.in_money)
    return beside_twin(run_day(here.today, strategy, block, here.facts), here, block, name)


def beside_twin(result: DayResult, here: RandomMarket, block: ParamBlock, name: str) -> list[Trial]:
    """Put what the engine made of each parameter set beside what the twin makes of it."""
    table = fill_table(result, here.today, here.facts, np.arange(len(block)))
    rows = table.drop("date", "symbol").partition_by("trial_id", as_dict=True, include_key=False)
    done = []
    for at in range(len(block)):
        engine = Outcome(
            skips=result.skipped(at),
            fills=rows[at,].to_dicts() if (at,) in rows else [],
            **{total: getattr(result, total)[at].item() for total in TOTALS},
        )
        assert result.n_fills[at] == len(engine.fills)
        done.append(Trial(block.decoded(at), engine, trade(here.view, here.facts, block.decoded(at), name)))
    return done


@cache
def trials(scene: Scene | int, name: str, count: int, forced: tuple[tuple[str, Value], ...] = ()) -> list[Trial]:
    """Give what was compared, once for all tests that look at it from different sides."""
    return compared(scene, name, count, forced)


def assert_equal(scene: Scene | int, name: str, count: int) -> int:
    """Compare every trial; return how many positions there were to compare."""
    done = trials(scene, name, count)
    for at, trial in enumerate(done):
        assert trial.engine == trial.twin, f"trial {at}: {trial.params}"
    return sum(trial.twin.n_positions for trial in done)


def assert_all_seen(scenes: tuple[Scene | int, ...], count: int) -> None:
    """Every reason to leave and to skip came up in the twin, and every mark of a fill."""
    twins = [trial.twin for scene in scenes for name in REGISTRY for trial in trials(scene, name, count)]
    reasons = Counter(row["reason"] for twin in twins for row in twin.fills)
    skips = Counter(reason for twin in twins for reason in twin.skips)
    assert set(reasons) == REASONS_SEEN
    assert set(skips) == SKIPS_SEEN
    assert min(reasons.values()) >= 5, reasons
    assert min(skips.values()) >= 3, skips
    assert sum(twin.n_positions for twin in twins) >= len(twins) // 3
    assert sum(twin.n_fallback > 0 for twin in twins) >= 10
    assert sum(twin.n_stale_exit > 0 for twin in twins) >= 10
    assert {twin.incomplete for twin in twins} == {False, True}
    assert {"FUT", "SPOT"} <= {row["right"] for twin in twins for row in twin.fills}


every_strategy = pytest.mark.parametrize("name", REGISTRY)
WHOLE_DAYS = [
    (name, scene)
    for row, name in enumerate(name for name in REGISTRY if not REGISTRY[name].in_money)
    for column, scene in enumerate((*WHOLE, *PLAIN))
    if NIGHT or (row + column) % 3 == 0
]
"""Strategies and whole days: by night all of them, else a third of the days for each."""


AT_ONCE: tuple[tuple[str, Value], ...] = (
    ("fills.latency_s", 0),
    ("strategy.exit.reentry", "asap"),
    ("strategy.exit.max_reentries", 3),
    ("strategy.exit.leg_stop_pct", 3),
    ("strategy.exit.stop_pct", None),
    ("strategy.exit.stop_pts", None),
)


@pytest.mark.parametrize("name", ["short_strangle", "momentum_scalp"])
def test_a_leg_that_comes_back_at_once_is_watched_at_its_new_price(name: str) -> None:
    done = trials(QUICK[0], name, 12, AT_ONCE)
    for trial in done:
        assert trial.engine == trial.twin, trial.params
    assert sum(row["reason"] == "reentry" for trial in done for row in trial.twin.fills) >= 10


@pytest.mark.slow
@every_strategy
def test_engine_and_twin_agree_on_every_short_day(name: str) -> None:
    assert sum(assert_equal(scene, name, SETS) for scene in QUICK) >= SETS // 2


@pytest.mark.slow
def test_every_reason_came_up_on_short_days() -> None:
    assert_all_seen(QUICK, SETS)


@pytest.mark.slow
def test_some_entries_paid_nothing_and_some_filled_in_the_last_second() -> None:
    fills = [trial.twin.fills for scene in QUICK for name in REGISTRY for trial in trials(scene, name, SETS)]
    entries = [[row for row in rows if row["reason"] == "entry"] for rows in fills if rows]
    assert any(sum(row["side"] * row["price_paise"] for row in rows) == 0 for rows in entries)
    assert any(rows[0]["fill_s"] == SHORT[0][1] - SHORT[0][0] - 1 for rows in entries)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scene"), WHOLE_DAYS, ids=lambda part: str(getattr(part, "name", part)))
def test_engine_and_twin_agree_on_a_whole_day(scene: Scene | int, name: str) -> None:
    assert_equal(scene, name, WHOLE_SETS)


@pytest.mark.slow
def test_every_strategy_traded_on_whole_days() -> None:
    traded = dict.fromkeys((name for name, _ in WHOLE_DAYS), 0)
    for name, scene in WHOLE_DAYS:
        traded[name] += sum(trial.twin.n_positions for trial in trials(scene, name, WHOLE_SETS))
    assert len(traded) == sum(not strategy.in_money for strategy in REGISTRY.values())
    assert min(traded.values()) >= 1, traded
