"""What the rows of a block share, found once for all days on which the block is traded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from nfops.costs.margin import SPAN_PCT
from nfops.engine.capital import fixed_capital
from nfops.engine.passage_state import IDS, LEGS_LOSS, LEGS_PROFIT, LOSS, PROFIT, Desk, Sets, new_desk
from nfops.engine.paths import by_passage
from nfops.engine.state import SLIP
from nfops.params import ParamBlock, distinct
from nfops.strategies import Strategy
from nfops.strategies.choosing import GROUP, PLAN
from nfops.strategies.filters import Filter, used
from nfops.strategies.hedge import EVERY
from nfops.strategies.legs import CHOICES, WING
from nfops.types import MISSING, OFF, TICK_PAISE, Int64Array, sealed

EXPIRY, LATENCY, MAX_AGE, COARSE = "strategy.expiry", "fills.latency_s", "fills.max_age_s", "data.allow_coarse"
MAX_ENTRIES = "strategy.max_entries"
TARIFF: Final = ("costs", "costs.ipft_in_gst", "costs.flat_rupees")
FILLS: Final = ("fills", "fills.slippage_ticks", LATENCY, MAX_AGE, "strategy.lots")
LEG_RULES: Final = ("strategy.exit.leg_stop_pct", "strategy.exit.leg_target_pct", "strategy.exit.on_leg_stop")
RULES: Final = (
    LEG_RULES,
    ("strategy.exit.stop_pct", "strategy.exit.stop_pts"),
    ("strategy.exit.target_pct", "strategy.exit.target_pts"),
    ("strategy.exit.exit_at", "strategy.exit.hold_s"),
    ("strategy.exit.day_stop_pts", "strategy.exit.day_target_pts"),
    tuple(f"strategy.exit.trail_{name}" for name in ("pts", "after_pts", "pct", "after_pct")),
    ("strategy.exit.drop_s",),
)
"""Parameters of each kind of rule, in the order of ``Sets``."""


@dataclass(frozen=True, eq=False)
class Study:
    """P rows of which K enter in distinct ways."""

    strategy: Strategy
    block: ParamBlock
    codes: list[dict[str, Any]]
    """Codes of each way, by path."""
    sought: list[tuple[Any, ...]]
    """Of each way, what its signals depend on."""
    unsifted: int
    """How many of these the entry rule itself reads, the others being the filters'."""
    filters: tuple[Filter, ...]
    """Those that some row switches on."""
    ways: Int64Array
    """(P,)"""
    plans: Int64Array
    """(K, PLAN) as far as they do not depend on the day."""
    expiries: list[str]
    """Distinct expiries that are meant."""
    of_expiry: Int64Array
    """(K,)"""
    ages: tuple[int, ...]
    """Distinct greatest ages."""
    of_age: Int64Array
    """(P,)"""
    most: Int64Array
    """(P,) entries a day."""
    tariffs: Int64Array
    """(T, 3) distinct choices of charges."""
    of_tariff: Int64Array
    """(P,)"""
    sets: Sets
    """The rows that are traded by first passages."""
    layout: Int64Array
    """(L, 6) of the legs."""
    desk: Desk
    """Where these are traded."""
    fixed: Int64Array | None
    """(P,) capital of those rows that fix it."""
    walked: Int64Array
    """Rows that are walked."""
    timed: dict[Any, Any] = field(default_factory=dict)
    """Candidates that depend on the hours of the day alone, by these."""
    charged: dict[Any, Int64Array] = field(default_factory=dict)
    """Rates of each choice of charges, by those of the day."""


_STUDIED: WeakKeyDictionary[ParamBlock, dict[bool, Study]] = WeakKeyDictionary()


def study(strategy: Strategy, block: ParamBlock, *, walk: bool = False) -> Study:
    """Give the study of a block, made once; with ``walk`` every row is walked."""
    known = _STUDIED.setdefault(block, {})
    if walk not in known or known[walk].strategy is not strategy:
        known[walk] = _study(strategy, block, walk)
    return known[walk]


def _study(strategy: Strategy, block: ParamBlock, walk: bool) -> Study:
    rule, legs = strategy.entry, strategy.legs
    unsifted = [*(param.path for param in rule.params), *rule.reads, EXPIRY, MAX_AGE, COARSE]
    filters = used(block)
    sought = [*unsifted, *(path for known in filters for path in known.paths)]
    wanted = dict.fromkeys([*sought, *(param.path for param in legs.params), LATENCY])
    heads, ways = distinct(block.columns(wanted))
    codes = [_codes(block, int(head), wanted) for head in heads]
    ages, of_age = np.unique(block.column(MAX_AGE), return_inverse=True)
    charges = block.columns(TARIFF)
    charged, of_tariff = distinct(charges)
    quick = by_passage(strategy, block) & (not walk)
    most = most_entries(strategy, block)
    expiries, of_expiry = np.unique([of[EXPIRY] for of in codes], return_inverse=True)
    sets = _sets(block, np.flatnonzero(quick), ways, of_tariff, most)
    return Study(
        strategy=strategy,
        block=block,
        codes=codes,
        sought=[tuple(of[path] for path in sought) for of in codes],
        unsifted=len(unsifted),
        filters=filters,
        ways=ways,
        plans=_plans(codes, ages),
        expiries=[str(block.schema.by_path[EXPIRY].choices[code]) for code in expiries],
        of_expiry=of_expiry.ravel(),
        ages=tuple(ages.tolist()),
        of_age=of_age.ravel().astype(np.int64),
        most=most,
        tariffs=charges[charged],
        of_tariff=of_tariff,
        sets=sets,
        layout=legs.layout,
        desk=new_desk(sets, len(legs.legs)),
        fixed=fixed_capital(block),
        walked=np.flatnonzero(~quick),
    )


def most_entries(strategy: Strategy, block: ParamBlock) -> Int64Array:
    """Entries a day of each trial ``(P,)``."""
    asked = block.column(MAX_ENTRIES)
    return np.where(asked == OFF, strategy.entry.entries, asked).astype(np.int64)


def fill_models(block: ParamBlock, units: Int64Array) -> Int64Array:
    """Fill parameters ``(P, 7)`` in the order of the kernels' columns."""
    every = block.column(EVERY) if EVERY in block.schema.by_path else np.full(len(block), OFF)
    models = np.stack([*(block.column(name) for name in FILLS), units, every], axis=1).astype(np.int64)
    models[:, SLIP] *= TICK_PAISE
    return models


def _codes(block: ParamBlock, row: int, paths: Mapping[str, Any]) -> dict[str, Any]:
    codes: dict[str, Any] = {}
    for path in paths:
        columns = block.schema.columns[path]
        values = block.values[row, list(columns)].tolist()
        codes[path] = values[0] if len(columns) == 1 else tuple(value for value in values if value != OFF)
    return codes


def _plans(codes: list[dict[str, Any]], ages: Int64Array) -> Int64Array:
    """Rows of the plans; columns of :mod:`nfops.strategies.choosing`."""
    rows = []
    for of in codes:
        age = int(np.searchsorted(ages, of[MAX_AGE]))
        measures = [of.get(path, OFF) for path in (*CHOICES, WING)]
        rows.append([of[LATENCY], of[MAX_AGE], age, *measures, *[MISSING] * (PLAN - GROUP)])
    return np.array(rows, np.int64)


def _sets(block: ParamBlock, rows: Int64Array, ways: Int64Array, of_tariff: Int64Array, most: Int64Array) -> Sets:
    """Sort rows into groups that enter at the same prices, and number the rules that they have."""
    models, settles = fill_models(block, np.ones(len(block), np.int64)), block.column("strategy.exit.settle")
    spans = block.column(SPAN_PCT)
    heads, group = distinct(np.column_stack([ways, models, of_tariff, settles, spans])[rows])
    order = np.argsort(group, kind="stable")
    rows, group, heads = rows[order], group[order], rows[heads]
    kinds = [distinct(block.columns(paths)[rows]) for paths in RULES]
    known = [which for _, which in kinds]
    found = [distinct(np.column_stack([known[kind] for kind in kinds])) for kinds in IDS]
    ids, counts = np.column_stack([which for _, which in found]), np.array([len(first) for first, _ in found], np.int64)
    ids[:, PROFIT] += counts[LOSS]
    ids[:, LEGS_PROFIT] += counts[LEGS_LOSS]
    legs, losses, profits, clocks, days, trails, strays = (
        sealed(block.columns(paths)[rows[first]]) for paths, (first, _) in zip(RULES, kinds, strict=True)
    )
    turns = np.repeat([-1, 1], [len(losses), len(profits)])
    return Sets(
        rows=rows,
        first=np.searchsorted(group, np.arange(len(heads) + 1)).astype(np.int64),
        way=ways[heads],
        models=models[heads],
        tariff=of_tariff[heads].astype(np.int64),
        settles=settles[heads],
        spans=spans[heads],
        most=most[rows],
        ids=ids.astype(np.int32),
        counts=counts,
        legs=legs,
        levels=np.column_stack([turns, np.concatenate([losses, profits])]),
        clocks=clocks,
        days=days,
        trails=trails,
        strays=strays,
    )
