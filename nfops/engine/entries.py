"""From parameters to candidates: each distinct way to enter is looked for once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nfops.daycache import ChainDay, Reference
from nfops.engine.ground import Terrain
from nfops.engine.state import UNTRIED, Entries
from nfops.engine.study import COARSE, EXPIRY, MAX_AGE, Study
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy
from nfops.strategies.choosing import GROUP, LEFT, PLAN, REFERENCE
from nfops.strategies.filters import Filter, closed, sifted
from nfops.strategies.signals import NOTHING, UNBOUNDED, Signals, View
from nfops.types import MISSING, SKIPS, Int64Array

PAST_PATHS = ("strategy.entry.at", EXPIRY, MAX_AGE)
NO_PAST = np.zeros((0, 2))


@dataclass(eq=False)
class Found:
    """Candidates of a block; the ways of its study are rows of ``entries.plan``."""

    entries: Entries
    ways: Int64Array
    """(P,)"""
    skips: dict[str, Int64Array]
    """Entries not made, by reason, ``(P,)`` each: at first clocks outside the session, days too coarse and those that
    a filter refuses."""

    def add(self, rows: Int64Array, reason: str, counts: Int64Array) -> None:
        """Count what was not made for some rows."""
        known = self.skips.get(reason)
        both = np.zeros(len(self.ways), np.int64) if known is None else known.copy()
        both[rows] += counts
        self.skips[reason] = both


def find(terrain: Terrain, day: ChainDay, known: Study) -> Found:
    """Find the candidates of every distinct set of the parameters that entries depend on."""
    hours = day.session.segments
    found = known.timed.get(hours) or _find(day, terrain.facts, known, terrain.references)
    if known.strategy.entry.timed and not known.filters:
        known.timed[hours] = found
    # Kernels write what became of the candidates, so those that are kept are copied.
    entries, plans = found.entries, known.plans.copy()
    plans[:, GROUP:] = _places(_markets(day, terrain.facts), terrain, known)
    entries = entries._replace(
        plan=plans, why=entries.why.copy(), opened=entries.opened.copy(), contracts=entries.contracts.copy()
    )
    return Found(entries, known.ways, dict(found.skips))


def _find(day: ChainDay, facts: DayFacts, known: Study, references: Sequence[Sequence[Reference]]) -> Found:
    """Find them; the plans are not complete yet."""
    strategy, block = known.strategy, known.block
    views: dict[tuple[int, int, int], View] = {}
    seen: dict[tuple[Any, ...], Signals] = {}
    for codes, age, key in zip(known.codes, known.plans[:, REFERENCE].tolist(), known.sought, strict=True):
        if key in seen:
            continue
        place = codes[EXPIRY], age, codes.get("strategy.entry.at", 0) if day.companion else 0
        if place not in views:
            views[place] = view_of(day, facts, block, codes, references[age])
        seen[key] = _signals(strategy, views[place], codes, key[: known.unsifted], known.filters, seen)
    found = [seen[key] for key in known.sought]
    turned = [strategy.legs.turn(codes, signal.direction) for codes, signal in zip(known.codes, found, strict=True)]
    skips = np.zeros((len(found), len(SKIPS)), np.int64)
    skips[:, SKIPS.index("outside_session")] = [signal.outside for signal in found]
    for way, signal in enumerate(found):
        if signal.refused:
            skips[way, SKIPS.index(signal.refused)] = 1
    skips[:, SKIPS.index("coarse_data")] = [_too_coarse(strategy, day, codes) for codes in known.codes]
    entries = _entries(found, turned, known.plans, len(strategy.legs.legs))
    counted = {
        reason: skips[known.ways, at] * (known.most > 0) for at, reason in enumerate(SKIPS) if skips[:, at].any()
    }
    return Found(entries, known.ways, {reason: counts for reason, counts in counted.items() if counts.any()})


def _markets(day: ChainDay, facts: DayFacts) -> list[tuple[ChainDay, DayFacts]]:
    """Give the index and its companion."""
    return [(day, facts), *([(day.companion.day, day.companion.facts)] if day.companion else [])]


def _places(markets: Sequence[tuple[ChainDay, DayFacts]], terrain: Terrain, known: Study) -> Int64Array:
    """Columns of the plans from GROUP on: where expiries stand on the contract axis, and how long they live."""
    for which in known.expiries:
        if which not in terrain.places:
            terrain.places[which] = _place(markets, which)
    if len(known.expiries) == 1:
        return terrain.places[known.expiries[0]]
    return np.array([terrain.places[which] for which in known.expiries])[known.of_expiry]


def _place(markets: Sequence[tuple[ChainDay, DayFacts]], which: str) -> Int64Array:
    places, first = [MISSING] * (PLAN - GROUP), 0
    for at, (day, facts) in enumerate(markets):
        for after in range(2):
            expiry = facts.expiry_after(which, after)
            # The calendar decides which expiry is meant; the day may have no data of it.
            if expiry is not None and expiry in day.expiries:
                places[at + 2 * after] = first + day.expiries.index(expiry)
                places[LEFT - GROUP + at + 2 * after] = facts.seconds_to_expiry(expiry)
        first += len(day.expiries)
    return np.array(places, np.int64)


def _which(block: ParamBlock, codes: Mapping[str, Any]) -> str:
    return str(block.schema.by_path[EXPIRY].choices[codes[EXPIRY]])


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
