"""First passages against the walk: random markets, random blocks, every fill and every number the same."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest

from nfops.engine import DayResult, run, run_day
from nfops.engine.paths import by_passage
from nfops.engine.study import study
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY, Strategy, compose
from nfops.strategies.entry import ENTRY_RULES
from nfops.strategies.filters import PARAMS as FILTERS
from nfops.types import KINDS, OFF, REASONS, Int64Array, sealed
from tests.contracts.test_naive_twin import QUICK, WHOLE
from tests.naive.drawing import RULES, draw
from tests.naive.markets import RandomMarket, random_market

DAYS = int(os.environ.get("NFOPS_PASSAGE_DAYS", "12"))
"""Days, each with a block of every strategy below; hundreds make a night's work."""
ROWS = 120
STRATEGIES = [name for name, known in REGISTRY.items() if not known.in_money]
TRAILS = ("trail_pts", "trail_after_pts", "trail_pct", "trail_after_pct")
SWIFT = ("stop_pct", "stop_pts", "target_pct", "target_pts", "day_stop_pts", "day_target_pts", "hold_s")
NEVER = 10**6
"""A second after the last one."""
NUMBERS = (
    "gross_paise", "cost_paise", "n_positions", "n_fills", "worst_mtm_paise", "best_mtm_paise", "n_fallback",
    "n_stale_exit", "incomplete", "capital_paise",
)  # fmt: skip
REASONS_SEEN = {
    "entry", "leg_stop", "leg_target", "stop", "target", "trail", "signal", "time", "day_stop", "day_target", "close",
    "settlement",
}  # fmt: skip


@cache
def market(number: int) -> RandomMarket:
    """One of the twin's scenes with another seed; each twentieth is a whole day."""
    scenes = WHOLE if number % 20 == 19 else QUICK
    scene = scenes[number % len(scenes)]
    return random_market(replace(scene, seed=1_000 + number))


def crossed(strategy: Strategy, here: RandomMarket, seed: int) -> ParamBlock:
    """Draw a block whose rows share few ways to enter and few values of each exit rule, in all combinations."""
    rng = np.random.default_rng([seed, *strategy.name.encode()])
    drawn = draw(strategy, here.facts.session, [seed, *strategy.name.encode()], 8).values
    values = drawn[rng.integers(0, 2, ROWS)].copy()
    columns = strategy.schema.columns
    mixed = [path for path in columns if path.startswith(("strategy.exit.", "costs", "fills.slip"))]
    for path in [*mixed, "strategy.lots", "strategy.max_entries"]:
        at = columns[path][0]
        values[:, at] = drawn[rng.integers(0, 4, ROWS), at]
    # Few rows keep what must be walked, so that both ways are taken in one block.
    values[rng.random(ROWS) < 0.95, columns["strategy.hedge.hedge_s"][0]] = OFF
    values[rng.random(ROWS) < 0.9, columns["strategy.exit.reentry"][0]] = 0
    # A rule of legs hides the rules of positions, and the other way round.
    for path in ("strategy.exit.leg_stop_pct", "strategy.exit.leg_target_pct"):
        values[rng.random(ROWS) < 0.3, columns[path][0]] = OFF
    # Half of the rows trail or leave on a signal, and half of these have rules of legs and no others, so that trails
    # meet what is left of two legs.
    for name in (*TRAILS, "drop_s"):
        few(strategy, name, rng, values, 2)
    for name in ("leg_stop_pct", "leg_target_pct"):
        few(strategy, name, rng, values, 4)
    for name in (*SWIFT, "reentry"):
        at = columns[f"strategy.exit.{name}"][0]
        values[::4, at] = 0 if name == "reentry" else OFF
    return ParamBlock(strategy.schema, sealed(values))


def few(strategy: Strategy, name: str, rng: np.random.Generator, values: Int64Array, step: int) -> None:
    """Give every so manieth row one of two values of a rule, or none."""
    path = f"strategy.exit.{name}"
    param, at = strategy.schema.by_path[path], strategy.schema.columns[path][0]
    drawn = [OFF, *(param.encode(RULES[name](rng)) for _ in range(2))]
    values[:, at] = np.where(np.arange(ROWS) % step == 0, rng.choice(drawn, ROWS), values[:, at])


def assert_same(passed: DayResult, walked: DayResult, about: str) -> None:
    for name in NUMBERS:
        assert np.array_equal(getattr(passed, name), getattr(walked, name)), f"{name}: {about}"
    assert passed.skips.keys() == walked.skips.keys(), about
    for reason, counts in passed.skips.items():
        assert np.array_equal(counts, walked.skips[reason]), f"{reason}: {about}"
    assert passed.fills.tobytes() == walked.fills.tobytes(), about
    assert passed.charges.tobytes() == walked.charges.tobytes(), about


@dataclass
class Compared:
    """How much was compared."""

    rows: int = 0
    positions: int = 0
    later: int = 0
    """Exits of a day's second and later positions."""
    trailed: int = 0
    """Legs that a trail took along after the other had left by its own rule."""
    reasons: Counter[str] = field(default_factory=Counter)


def compare(number: int, name: str, into: Compared) -> None:
    """Trade a block of a strategy on a day in three ways."""
    here, strategy, about = market(number), REGISTRY[name], f"{name} on day {number}"
    block = crossed(strategy, here, number)
    quick = by_passage(strategy, block)
    passed = run_day(here.today, strategy, block, here.facts)
    assert_same(passed, run_day(here.today, strategy, block, here.facts, walk=True), about)
    bare = run_day(here.today, strategy, block, here.facts, fills=False)
    assert not len(bare.fills)
    for column in NUMBERS:
        assert np.array_equal(getattr(passed, column), getattr(bare, column)), f"{column} without fills: {about}"
    mine = passed.fills[quick[passed.fills["trial"]]]
    into.reasons.update(REASONS[reason] for reason in mine["reason"])
    into.rows += int(quick.sum())
    into.positions += int(passed.n_positions[quick].sum())
    into.later += int(((mine["position"] > 0) & (mine["kind"] == KINDS.index("exit"))).sum())
    before = {(f["trial"], f["position"]): f["fill_s"] for f in mine if REASONS[f["reason"]].startswith("leg_")}
    trailed = mine[mine["reason"] == REASONS.index("trail")]
    into.trailed += sum(f["decision_s"] > before.get((f["trial"], f["position"]), NEVER) for f in trailed)


def test_first_passages_and_the_walk_agree_in_every_number_and_fill() -> None:
    compared = Compared()
    for number in range(DAYS):
        for name in STRATEGIES:
            compare(number, name, compared)
        market.cache_clear()
    assert compared.rows > 0.6 * DAYS * len(STRATEGIES) * ROWS
    assert compared.positions > compared.rows / 5
    assert compared.later > 20 * DAYS
    assert set(compared.reasons) == REASONS_SEEN
    assert compared.reasons["trail"] > 100 * DAYS
    assert compared.reasons["signal"] > 10 * DAYS
    assert compared.trailed > 2 * DAYS


@pytest.mark.parametrize("name", ["short_straddle", "short_strangle", "iron_condor", "orb", "calendar"])
def test_nothing_is_walked_where_exits_are_first_passages(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, strategy = market(0), REGISTRY[name]
    drawn = draw(strategy, here.facts.session, [7], 150)
    block = drawn.rows(np.flatnonzero(by_passage(strategy, drawn)))

    def refuse(*_: object) -> None:
        raise AssertionError("walked")

    monkeypatch.setattr(run, "trade_block", refuse)
    assert run_day(here.today, strategy, block, here.facts).n_positions.sum() > 10
    with pytest.raises(AssertionError, match="walked"):
        run_day(here.today, strategy, block, here.facts, walk=True)


@pytest.mark.parametrize(
    ("name", "rules", "passes"),
    [
        ("short_straddle", {}, True),
        ("short_straddle", {"trail_pts": 5, "trail_pct": 5, "trail_after_pct": 2}, True),
        ("short_straddle", {"trail_pts": 5, "leg_stop_pct": 20}, True),
        ("iron_condor", {"trail_pts": 5}, True),
        ("short_straddle", {"leg_stop_pct": 20, "leg_target_pct": 20, "day_stop_pts": 10}, True),
        ("short_straddle", {"leg_stop_pct": 20, "reentry": "asap"}, False),
        ("short_straddle", {"reentry": "asap"}, True),
        ("short_straddle", {"drop_s": 2}, True),
        ("iron_condor", {}, True),
        ("iron_condor", {"leg_stop_pct": 20}, False),
        ("orb", {"drop_s": 2}, True),
        ("gamma_scalp", {}, False),
        ("dispersion", {}, False),
    ],
)
def test_the_parameters_alone_say_who_is_walked(name: str, rules: dict[str, Value], passes: bool) -> None:
    schema = REGISTRY[name].schema
    block = schema.grid({}, {f"strategy.exit.{rule}": value for rule, value in rules.items()}).block(0, 1)
    assert by_passage(REGISTRY[name], block).tolist() == [passes]


@pytest.mark.parametrize("name", [rule for rule, known in ENTRY_RULES.items() if known.timed])
def test_signals_that_are_kept_for_other_days_do_not_look_at_prices(name: str) -> None:
    strategy = compose("kept", name, "pair")
    scenes = [replace(QUICK[0], seed=seed) for seed in (1, 2)]
    here, there = (random_market(scene) for scene in scenes)
    values = draw(strategy, here.facts.session, [5], 40).values.copy()
    # With a filter nothing is kept.
    values[:, [column for known in FILTERS for column in strategy.schema.columns[known.path]]] = OFF
    block = ParamBlock(strategy.schema, sealed(values))
    known = study(strategy, block)
    run_day(here.today, strategy, block, here.facts)
    assert list(known.timed) == [here.facts.session.segments]
    kept = run_day(there.today, strategy, block, there.facts)
    fresh = run_day(there.today, strategy, ParamBlock(block.schema, sealed(block.values.copy())), there.facts)
    assert_same(kept, fresh, name)
    assert kept.n_positions.sum() > 5
