"""From parameters to candidates: each distinct way to enter is looked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nfops.daycache import ChainDay, Reference, reference
from nfops.engine.state import UNTRIED, Entries
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy
from nfops.strategies.choosing import GROUP, LEFT, PLAN
from nfops.strategies.filters import Filter, closed, sifted, used
from nfops.strategies.legs import CHOICES, WING
from nfops.strategies.signals import NOTHING, UNBOUNDED, Signals, View
from nfops.types import MISSING, OFF, SKIPS, Int64Array

EXPIRY, LATENCY, MAX_AGE, COARSE = "strategy.expiry", "fills.latency_s", "fills.max_age_s", "data.allow_coarse"
MAX_ENTRIES = "strategy.max_entries"
PAST_PATHS = ("strategy.entry.at", EXPIRY, MAX_AGE)
NO_PAST = np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Found:
    """Candidates of a block; ``ways`` (P,) are rows of ``entries.plan``."""

    entries: Entries
    ways: Int64Array
    references: Sequence[Sequence[Reference]]
    """Of each index for each distinct greatest age."""
    skips: Int64Array
    """(P, len(SKIPS)): clocks outside the session, days too coarse and days that a filter refuses."""


def find(day: ChainDay, facts: DayFacts, strategy: Strategy, block: ParamBlock) -> Found:
    """Find the candidates of every distinct set of the parameters that entries depend on."""
    rule, legs = strategy.entry, strategy.legs
    sought = [*(param.path for param in rule.params), *rule.reads, EXPIRY, MAX_AGE, COARSE]
    filters = used(block)
    sifting = [path for known in filters for path in known.paths]
    wanted = dict.fromkeys([*sought, *(param.path for param in legs.params), LATENCY, *sifting])
    heads, ways = _distinct(block.columns(wanted))
    ages = np.unique(block.column(MAX_AGE))
    markets = _markets(day, facts)
    references = [[reference(day, int(age)) for day, _ in markets] for age in ages]
    plans = np.full((len(heads), PLAN), OFF, np.int64)
    views: dict[tuple[int, int, int], View] = {}
    seen: dict[tuple[Any, ...], Signals] = {}
    found, turned = [], []
    for way, head in enumerate(heads):
        codes = _codes(block, int(head), wanted)
        age = int(np.searchsorted(ages, codes[MAX_AGE]))
        plans[way] = _plan(markets, block, codes, age)
        place = codes[EXPIRY], age, codes.get("strategy.entry.at", 0) if day.companion else 0
        if place not in views:
            views[place] = view_of(day, facts, block, codes, references[age])
        key = tuple(codes[path] for path in (*sought, *sifting))
        if key not in seen:
            seen[key] = _signals(strategy, views[place], codes, key[: len(sought)], filters, seen)
        found.append(seen[key])
        turned.append(legs.turn(codes, seen[key].direction))
    skips = np.zeros((len(heads), len(SKIPS)), np.int64)
    skips[:, SKIPS.index("outside_session")] = [signal.outside for signal in found]
    for way, signal in enumerate(found):
        if signal.refused:
            skips[way, SKIPS.index(signal.refused)] = 1
    coarse = block.rows(heads.tolist()).column(COARSE) == 0
    skips[:, SKIPS.index("coarse_data")] = coarse & rule.needs_ticks & ("tick" not in day.kinds)
    skips = np.where((most_entries(strategy, block) > 0)[:, None], skips[ways], 0)
    return Found(_entries(found, turned, plans, len(legs.legs)), ways, references, skips)


def most_entries(strategy: Strategy, block: ParamBlock) -> Int64Array:
    """Entries a day of each trial ``(P,)``."""
    asked = block.column(MAX_ENTRIES)
    return np.where(asked == OFF, strategy.entry.entries, asked).astype(np.int64)


def _distinct(values: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Return the first row of each distinct one of ``values`` (P, F), and for each row which one it is ``(P,)``."""
    varying = values[:, (values != values[0]).any(axis=0)]
    if not varying.shape[1]:
        return np.zeros(1, np.int64), np.zeros(len(values), np.int64)
    _, heads, ways = np.unique(varying, axis=0, return_index=True, return_inverse=True)
    return heads.astype(np.int64), ways.ravel().astype(np.int64)


def _codes(block: ParamBlock, row: int, paths: Mapping[str, Any]) -> dict[str, Any]:
    codes: dict[str, Any] = {}
    for path in paths:
        columns = block.schema.columns[path]
        values = block.values[row, list(columns)].tolist()
        codes[path] = values[0] if len(columns) == 1 else tuple(value for value in values if value != OFF)
    return codes


def _which(block: ParamBlock, codes: Mapping[str, Any]) -> str:
    return str(block.schema.by_path[EXPIRY].choices[codes[EXPIRY]])


def _markets(day: ChainDay, facts: DayFacts) -> list[tuple[ChainDay, DayFacts]]:
    """Give the index and its companion."""
    return [(day, facts), *([(day.companion.day, day.companion.facts)] if day.companion else [])]


def _plan(
    markets: Sequence[tuple[ChainDay, DayFacts]], block: ParamBlock, codes: Mapping[str, Any], age: int
) -> Int64Array:
    """Row of the plans; columns of :mod:`nfops.strategies.choosing`."""
    measures = [codes.get(path, OFF) for path in (*CHOICES, WING)]
    plan = np.array([codes[LATENCY], codes[MAX_AGE], age, *measures, *[MISSING] * (PLAN - GROUP)], np.int64)
    first = 0
    for at, (day, facts) in enumerate(markets):
        for after in range(2):
            expiry = facts.expiry_after(_which(block, codes), after)
            # The calendar decides which expiry is meant; the day may have no data of it.
            if expiry is not None and expiry in day.expiries:
                plan[GROUP + at + 2 * after] = first + day.expiries.index(expiry)
                plan[LEFT + at + 2 * after] = facts.seconds_to_expiry(expiry)
        first += len(day.expiries)
    return plan


def view_of(
    day: ChainDay, facts: DayFacts, block: ParamBlock, codes: Mapping[str, Any], references: Sequence[Reference]
) -> View:
    """Give the view of an index, with that of its companion inside."""
    expiry, companion, past = facts.expiry(_which(block, codes)), None, NO_PAST
    if day.companion is not None:
        companion = view_of(day.companion.day, day.companion.facts, block, codes, references[1:])
        past = day.companion.past.get(past_key(codes), NO_PAST)
    place = day.expiries.index(expiry) if expiry in day.expiries else MISSING
    to_expiry = facts.seconds_to_expiry(expiry)
    return View(day, facts, references[0], place, codes[MAX_AGE], to_expiry, expiry, companion, past)


def past_key(codes: Mapping[str, Any]) -> tuple[int, ...]:
    """Name the numbers of earlier days that a set of parameters looks back on."""
    return tuple(codes[path] for path in PAST_PATHS)


def _signals(
    strategy: Strategy,
    view: View,
    codes: Mapping[str, Any],
    unsifted: tuple[Any, ...],
    filters: Sequence[Filter],
    seen: dict[tuple[Any, ...], Signals],
) -> Signals:
    """Look for signals and sift them; those before sifting are kept in ``seen`` under the key ``unsifted``."""
    if _too_coarse(strategy, view.day, codes):
        return NOTHING
    refused = closed(view, codes, filters)
    if refused is not None:
        return refused
    if unsifted not in seen:
        seen[unsifted] = strategy.entry.find(view, codes)
    return sifted(seen[unsifted], view, codes, filters) if filters else seen[unsifted]


def _too_coarse(strategy: Strategy, day: ChainDay, codes: Mapping[str, Any]) -> bool:
    return strategy.entry.needs_ticks and not codes[COARSE] and "tick" not in day.kinds


def _entries(
    found: Sequence[Signals], turned: Sequence[tuple[Int64Array, Int64Array]], plans: Int64Array, legs: int
) -> Entries:
    """Lay all candidates out one after the other."""
    counts = [len(signal.second) for signal in found]
    total = sum(counts)

    def flat(arrays: Sequence[Any]) -> Any:
        return np.concatenate(arrays)

    return Entries(
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        plan=plans,
        second=flat([signal.second for signal in found]),
        slot=flat([signal.slot for signal in found]),
        until=np.minimum(flat([signal.until for signal in found]), UNBOUNDED),
        own=flat([signal.own for signal in found]),
        right=flat([right for right, _ in turned]).astype(np.int64),
        side=flat([side for _, side in turned]).astype(np.int64),
        share=flat([signal.share for signal in found]),
        why=np.full(total, UNTRIED, np.int64),
        opened=np.full(total, MISSING, np.int64),
        contracts=np.repeat(flat([signal.contract for signal in found])[:, None], legs, axis=1).astype(np.int64),
    )
