"""The account of one packing for people: what each raw file held, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from nfops.packing.layouts.base import PASSED_OVER
from nfops.packing.ledger import Source
from nfops.packing.work import JobResult


@dataclass(frozen=True, slots=True)
class PackEntry:
    """One raw file on disk; an archive is one."""

    source: str
    rows_in: int
    packed: int
    dropped: Mapping[str, int]
    """Rows by reason; rows_in = packed + their sum."""
    noted: Mapping[str, int]
    """Rows packed with something mended, blanked or marked, by reason."""
    flagged: Mapping[str, int]
    """Rows packed as they are that look wrong, by reason."""
    refused: Mapping[str, int]
    """Files, or members of the archive, refused whole, by reason; those of other symbols are not meant."""
    findings: tuple[str, ...]
    """The same one by one, in words: ``name: reason: why``."""

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in == self.packed + sum(self.dropped.values())


@dataclass(frozen=True, slots=True)
class PackReport:
    """The account of one call."""

    entries: tuple[PackEntry, ...]
    """What was read."""
    skipped: int
    """Raw files that are packed already and unchanged."""
    written: int
    """Packed files written."""
    refused_days: Mapping[dt.date, str]
    """Dates of which nothing is packed, with the reason in words."""
    rechecked: tuple[PackEntry, ...] = ()
    """Snapshots packed earlier that were checked against the index bars of this call, and written again."""
    unchecked: tuple[str, ...] = ()
    """Snapshots that could not be, because their raw file is gone."""

    @property
    def rows_in(self) -> int:
        """Rows read."""
        return sum(entry.rows_in for entry in self.entries)

    @property
    def packed(self) -> int:
        """Rows packed."""
        return sum(entry.packed for entry in self.entries)

    def total(self, what: Literal["dropped", "noted", "flagged", "refused"]) -> Counter[str]:
        """Sum one kind of count over all entries, by reason."""
        return _sum(getattr(entry, what) for entry in self.entries)

    @property
    def findings(self) -> tuple[str, ...]:
        """Everything a person should look at, in words."""
        files = [f"{entry.source}: {finding}" for entry in self.entries for finding in entry.findings]
        return (*files, *(f"{date}: {why}" for date, why in self.refused_days.items()), *self.unchecked)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What ``strict`` does not let pass: the findings, and rows that look wrong, by reason."""
        return (
            *self.findings,
            *(f"{reason}: {rows} rows look wrong" for reason, rows in self.total("flagged").items()),
        )

    @property
    def balanced(self) -> bool:
        """Whether rows in = packed + dropped holds for every raw file."""
        return all(entry.balanced for entry in (*self.entries, *self.rechecked))


def entries_of(results: Iterable[JobResult]) -> tuple[PackEntry, ...]:
    """Make one entry for each raw file that was read."""
    entries = []
    for result in results:
        found: dict[str, dict[str, Counter[str]]] = {}
        sums = result.counts.group_by("source", "effect", "reason").agg(pl.col("rows").sum())
        for source, effect, reason, rows in sums.sort("source", "effect", "reason").iter_rows():
            found.setdefault(source, {}).setdefault(effect, Counter())[reason] += rows
        entries += [_entry(source, found.get(source.source, {})) for source in result.sources]
    return tuple(sorted(entries, key=lambda entry: entry.source))


def _entry(source: Source, found: Mapping[str, Mapping[str, int]]) -> PackEntry:
    return PackEntry(
        source=source.source,
        rows_in=source.rows_in,
        packed=sum(found.get("packed", {}).values()),
        dropped=dict(found.get("dropped", {})),
        noted=dict(found.get("noted", {})),
        flagged=dict(found.get("flagged", {})),
        refused={reason: files for reason, files in found.get("refused", {}).items() if reason not in PASSED_OVER},
        findings=source.findings,
    )


def _sum(parts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return Counter(dict(sorted(total.items())))
