"""The days of a sweep: of its index and of the other one that a strategy may trade, with what was before them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, TypeAlias, TypeVar

import numpy as np

from nfops.daycache import ChainDay, Companion, DayStore, Earlier, fetch, read_sparsely
from nfops.engine import LOOKING_BACK, NEARBY, SCOPE, Noted, days_back, nearby, noted, past_of, reach_of, scoped
from nfops.errors import CacheError, DataError
from nfops.market import DayFacts
from nfops.packing import PackedDays
from nfops.params import ParamBlock, ParamGrid
from nfops.strategies import Strategy
from nfops.types import FloatArray
from sweeps.config import SweepConfig
from sweeps.glance import Beside, Glance

Progress: TypeAlias = Callable[[int, int], None]
Faults: TypeAlias = dict[dt.date, DataError]
Past: TypeAlias = dict[tuple[int, ...], list[tuple[float, float]]]
Told = TypeVar("Told")

_FIRST: Final = dt.date(1990, 1, 1)
"""Before any data."""


class Days:
    """Builds, and loads, what the tasks of a sweep run on."""

    def __init__(self, config: SweepConfig) -> None:
        self._market = config.market
        self.facts: Callable[[str, dt.date], DayFacts] = cache(config.market.facts)
        self._home = DayStore(config.paths.data, config.symbol, config.market)
        name = config.strategy.entry.companion.get(config.symbol)
        self._other = DayStore(config.paths.data, name, config.market) if name else None
        self._block: ParamBlock = _all(config.grid.over(LOOKING_BACK))
        self._scope: tuple[Strategy, ParamBlock] = config.strategy, _all(config.grid.over({*SCOPE, *NEARBY}))
        self._reach = reach_of(*self._scope)
        self._asked: set[tuple[str, dt.date]] = set()
        self._past: dict[dt.date, dict[tuple[int, ...], FloatArray]] = {}
        self._back = days_back(self._block)
        self._earlier: dict[dt.date, Earlier] = {}
        self._packed: dict[str, PackedDays] = {}
        self.mended: list[str] = []
        """What was damaged in the day cache and is built anew."""

    def keys(self, dates: Sequence[dt.date]) -> dict[dt.date, str]:
        """Content of each day that has packed rows of every index."""
        keys = self._home.keys(dates, self._look(self._home))
        if self._other is None:
            return keys
        others = self._other.keys(dates, self._look(self._other))
        return {date: keys[date] + others[date] for date in keys if date in others}

    def legacy(self, dates: Sequence[dt.date]) -> set[dt.date]:
        """Those of ``dates`` whose options are of the old scripts."""
        stores = [store for store in (self._home, self._other) if store]
        return {date for store in stores for date in store.legacy(dates, self._look(store))}

    def _look(self, store: DayStore) -> PackedDays:
        """Look at the packed folders once: a tree of tens of thousands of files takes its time."""
        if store.symbol not in self._packed:
            self._packed[store.symbol] = store.packed()
        return self._packed[store.symbol]

    def build(self, dates: Sequence[dt.date], *, progress: Progress | None = None) -> Faults:
        """Build what is not cached; return those of ``dates`` that cannot be used, with the reason."""
        self.mended += [told for store in (self._home, self._other) if store for told in store.broken(dates)]
        unusable = self._home.build(dates, progress=progress, packed=self._look(self._home))
        if self._back:
            unusable |= self._note([date for date in dates if date not in unusable], progress)
        if self._other is None or not dates:
            return unusable
        lacking = self._other.build(dates, progress=progress, packed=self._look(self._other))
        unusable |= {
            date: DataError(f"{self._other.symbol}: {fault}", fault.reason)
            for date, fault in lacking.items()
            if date not in unusable
        }
        unusable |= self._look_back([date for date in dates if date not in unusable], progress)
        return dict(sorted(unusable.items()))

    def load(self, date: dt.date) -> ChainDay:
        """Give a built day as far as the sweep looks at it, with its companion and what filters ask of days before.

        A day that the cache has lost, or that is damaged there, is built anew.
        """
        day = replace(self._part(self._home, date)[0], earlier=self._earlier.get(date))
        if self._other is None:
            return day
        return replace(day, companion=Companion(*self._part(self._other, date), self._past.get(date, {})))

    def _part(self, store: DayStore, date: dt.date) -> tuple[ChainDay, DayFacts]:
        facts = self.facts(store.symbol, date)
        whole = self._sound(store, date, DayStore.load)
        if fresh := (store.symbol, date) not in self._asked:
            read_sparsely(whole)
            self._asked.add((store.symbol, date))
        day = scoped(whole, *self._scope, facts)
        if fresh:
            fetch(nearby(day, self._reach, facts.strike_step))
        return day, facts

    def glance(self, date: dt.date) -> Glance:
        """Give the same without arrays, which are not looked at."""
        head, earlier, beside = self._sound(self._home, date, DayStore.head), self._earlier.get(date), None
        if self._other is not None:
            other = self._sound(self._other, date, DayStore.head)
            beside = Beside(other, self.facts(self._other.symbol, date), self._past.get(date, {}))
        return Glance(head, beside, earlier)

    def _sound(self, store: DayStore, date: dt.date, ask: Callable[[DayStore, dt.date], Told]) -> Told:
        """Ask a store for a day, which is built anew where the cache has lost or damaged it."""
        try:
            return ask(store, date)
        except CacheError as fault:
            self.mended.append(str(fault))
        store.mend([date])
        if unusable := store.build([date]):
            raise unusable[date]
        return ask(store, date)

    def _note(self, usable: Sequence[dt.date], progress: Progress | None) -> Faults:
        """Gather what filters ask of the packed days before each of ``usable``, also of those before the span.

        Returns
        -------
        Those of ``usable`` that look back at a day whose files must not be used.
        """
        every = self._market.trading_days(_FIRST, max(usable, default=_FIRST))
        packed = sorted(self._home.keys(every, self._look(self._home)))
        old = self._home.legacy(packed, self._look(self._home)) - set(usable)
        packed = [date for date in packed if date not in old]
        before = {date: packed[max(0, at - self._back) : at] for at, date in enumerate(packed) if date in set(usable)}
        wanted = sorted({date for dates in before.values() for date in dates})
        lacking = self._home.build(wanted, progress=progress, packed=self._look(self._home))
        notes = {date: self._noted(date) for date in wanted if date not in lacking}
        for date, dates in before.items():
            previous = self._market.previous_day(date)
            last = notes.get(previous) if previous else None
            self._earlier[date] = Earlier(last.closes if last else {}, _by_key([notes.get(day) for day in dates]))
        return {date: fault for date, days in before.items() if (fault := _lost(days, lacking))}

    def _noted(self, date: dt.date) -> Noted:
        return noted(self._sound(self._home, date, DayStore.load), self.facts(self._home.symbol, date), self._block)

    def _look_back(self, usable: Sequence[dt.date], progress: Progress | None) -> Faults:
        """Gather the numbers of all packed days before each of ``usable``, also those before the sweep's span.

        Returns
        -------
        Those of ``usable`` that come after a day whose files must not be used.
        """
        if not usable:
            return {}
        assert self._other is not None  # noqa: S101 - only two indices have a past
        every = self._market.trading_days(_FIRST, max(usable))
        packed = sorted(self.keys(every))
        old = self.legacy(packed) - set(usable)
        earlier = [date for date in packed if date not in old]
        lacking: Faults = {}
        for store in (self._home, self._other):
            lacking |= store.build(earlier, progress=progress, packed=self._look(store))
        seen: Past = {}
        for date in earlier:
            self._past[date] = {key: np.array(rows).reshape(-1, 2) for key, rows in seen.items()}
            if date not in lacking:
                self._remember(date, seen)
        return {date: fault for date in usable if (fault := _lost([day for day in earlier if day < date], lacking))}

    def _remember(self, date: dt.date, seen: Past) -> None:
        facts = self.facts(self._home.symbol, date)
        for key, pair in past_of(self.load(date), facts, self._block).items():
            rows = seen.setdefault(key, [])
            if not np.isnan(pair).any():
                rows.append(pair)


def _all(grid: ParamGrid) -> ParamBlock:
    return grid.block(0, len(grid))


def _lost(days: Sequence[dt.date], lacking: Faults) -> DataError | None:
    """Say which of ``days`` is not merely missing: to leave it out would quietly give other numbers."""
    for day in days:
        if day in lacking and lacking[day].reason != "missing":
            return DataError(f"a day that it looks back at must not be used: {lacking[day]}", lacking[day].reason)
    return None


def _by_key(notes: Sequence[Noted | None]) -> dict[tuple[int, int, int], FloatArray]:
    """Put the volatilities of several days side by side; a day that cannot be used has none."""
    keys = {key for note in notes if note for key in note.volatilities}
    return {key: np.array([note.volatilities[key] if note else np.nan for note in notes]) for key in keys}
