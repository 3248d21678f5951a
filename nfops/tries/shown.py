"""Of which days plain sweeps of a strategy have shown the results.

A sweep of all days shows what every set earned on each of them. A walk-forward that tests on these days later has them
no longer out of sample: whoever saw the sweep may have chosen the axes, or the whole idea, by them. What counts is the
strategy on its symbol, not the name of the study, which anybody may change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nfops.tries.parts import read_parts, write_part


@dataclass(frozen=True, slots=True)
class Shown:
    """What one sweep has shown."""

    run: str
    when: str
    """ISO time of the universal clock."""
    days: frozenset[dt.date]
    """On which its sets were computed."""


class ShownDays:
    """The days that sweeps of a strategy on a symbol have shown, below a data root: a small part for each sweep."""

    def __init__(self, root: Path, symbol: str, strategy: str) -> None:
        self._said = {"symbol": symbol, "strategy": strategy}
        self._folder = root / "ledger" / "shown" / symbol / strategy

    def shown(self) -> list[Shown]:
        """Give what every sweep has shown, the earliest first."""
        return [
            Shown(str(part.said["run"]), str(part.said["when"]), frozenset(part.table["date"]))
            for part in read_parts(self._folder).whole
        ]

    def add(self, run: str, days: Collection[dt.date], when: dt.datetime) -> None:
        """Record that a run has shown what came of these days; those that it has shown before are left out."""
        before = frozenset[dt.date]().union(*(one.days for one in self.shown() if one.run == run))
        if fresh := sorted(set(days) - before):
            table = pl.DataFrame({"date": fresh}, schema={"date": pl.Date})
            write_part(self._folder, {**self._said, "run": run, "when": when.isoformat()}, table)


def seen_by(test: Sequence[dt.date], shown: Sequence[Shown], before: str | None) -> list[Shown]:
    """Give, once for each run, what was shown of the days of a test window, the earliest first.

    Parameters
    ----------
    test
        Its test days.
    shown
        Of all sweeps, in order of time.
    before
        ISO time of the first look at this very window; what was shown later spoils nothing. None: no look yet.
    """
    days, found = frozenset(test), dict[str, Shown]()
    for one in shown:
        common = one.days & days
        if common and (before is None or one.when < before):
            earlier = found.get(one.run, Shown(one.run, one.when, frozenset()))
            found[one.run] = Shown(one.run, earlier.when, earlier.days | common)
    return list(found.values())
