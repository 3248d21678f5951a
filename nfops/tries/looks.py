"""Which days out of sample were looked at already, by whom, and with which settings.

Days are out of sample once. Whoever saw what came of them and then changes the settings has chosen the settings by
these days too: they are burnt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nfops.tries.parts import read_parts, write_part


@dataclass(frozen=True, slots=True)
class Look:
    """One test window as somebody is going to look at it."""

    settings: str
    """Names everything that decides its result: sets, search, objective, days of training and of test."""
    first: dt.date
    last: dt.date
    """Of its test days."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One test window that was looked at."""

    look: Look
    run: str
    when: str
    """ISO time of the universal clock."""


class Looks:
    """The windows that were looked at on a symbol in a study, below a data root."""

    def __init__(self, root: Path, symbol: str, study: str) -> None:
        self._said = {"symbol": symbol, "study": study}
        self._folder = root / "ledger" / "oos" / symbol / study

    def seen(self) -> list[Seen]:
        """Give every window that was ever looked at, the earliest look first."""
        return [
            Seen(Look(*row), part.said["run"], part.said["when"])
            for part in read_parts(self._folder).whole
            for row in part.table.select("settings", "first", "last").iter_rows()
        ]

    def add(self, run: str, looks: Sequence[Look], when: dt.datetime) -> None:
        """Record that a run has shown what came of these windows; those known with their settings are left out."""
        known = {one.look.settings for one in self.seen()}
        fresh = [look for look in looks if look.settings not in known]
        if fresh:
            table = pl.DataFrame(fresh, schema={"settings": pl.String, "first": pl.Date, "last": pl.Date})
            write_part(self._folder, {**self._said, "run": run, "when": when.isoformat()}, table)


def burnt_by(look: Look, seen: Sequence[Seen]) -> list[Seen]:
    """Give the earlier looks, with other settings, at days of a window.

    Only looks before the first one with these very settings count: to look again at what was seen burns nothing.
    """
    own = first_look(look, seen)
    return [
        one
        for one in seen
        if one.look.settings != look.settings
        and one.look.first <= look.last
        and look.first <= one.look.last
        and (own is None or one.when < own)
    ]


def first_look(look: Look, seen: Sequence[Seen]) -> str | None:
    """Give the time at which somebody first looked at a window with these very settings; None when nobody did."""
    return min((one.when for one in seen if one.look.settings == look.settings), default=None)
