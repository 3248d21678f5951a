"""What has been packed, under ``meta/`` of the data root: raw files and what became of their rows.

``packed_sources.parquet`` has a row for every raw file on disk (an archive is one), ``packed_counts.parquet`` the
counts of its rows, ``packed_manifest.parquet`` a row for every packed file.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.files import replacing
from nfops.packing.manifest import COUNTS, read_counts, update_manifest
from nfops.packing.write import SCHEMA_VERSION

SOURCES: Final = Path("meta") / "packed_sources.parquet"
_COLUMNS: Final[dict[str, pl.DataType]] = {
    "source": pl.String(),
    "symbol": pl.String(),
    "layout": pl.String(),
    "group": pl.String(),
    "size": pl.Int64(),
    "mtime_ns": pl.Int64(),
    "rows_in": pl.Int64(),
    "first": pl.Date(),
    "last": pl.Date(),
    "findings": pl.List(pl.String()),
    "schema_version": pl.Int32(),
}
_KEY: Final = ["source", "symbol", "layout"]


@dataclass(frozen=True, slots=True)
class Source:
    """One raw file on disk as it was when it was packed. ``first`` and ``last`` are dates of its rows, if any."""

    source: str
    symbol: str
    layout: str
    group: str
    size: int
    mtime_ns: int
    rows_in: int
    first: dt.date | None = None
    last: dt.date | None = None
    findings: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def path(self) -> Path:
        """Where the file lay."""
        return Path(self.source)

    @property
    def unchanged(self) -> bool:
        """Whether the file on disk is still the one that was read, by rules that still hold."""
        try:
            now = os.stat(self.source)  # noqa: PTH116 - asked of every file of a second run
        except FileNotFoundError:
            return False
        return self.schema_version == SCHEMA_VERSION and (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of one symbol and layout, ready for many questions."""

    groups: Mapping[str, Sequence[Source]]
    outputs: Mapping[str, Sequence[Path]]
    """Packed files that hold rows of a source."""

    def settled(self, group: str, paths: Iterable[Path]) -> bool:
        """Whether all these raw files are packed as they are, and their packed files still there."""
        mine = {source.source: source for source in self.groups.get(group, ())}
        names = [str(path) for path in paths]
        return all(
            name in mine and mine[name].unchanged and all(path.exists() for path in self.outputs.get(name, ()))
            for name in names
        )


@dataclass
class Ledger:
    """The sources and counts of one data root, kept in memory while packing."""

    root: Path
    sources: dict[tuple[str, str, str], Source]
    counts: pl.DataFrame
    _counts: list[pl.DataFrame] = field(default_factory=list)
    _described: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _replaced: set[tuple[str, str, str]] = field(default_factory=set)

    @classmethod
    def load(cls, root: Path) -> Ledger:
        """Read the ledger; empty where nothing was packed yet."""
        path = root / SOURCES
        rows = pl.read_parquet(path, glob=False).to_dicts() if path.exists() else []
        entries = [Source(**{**row, "findings": tuple(row["findings"])}) for row in rows]
        return cls(root, {(entry.source, entry.symbol, entry.layout): entry for entry in entries}, read_counts(root))

    def known(self, symbol: str, layout: str) -> Known:
        """Gather what is known of one symbol and layout."""
        groups: dict[str, list[Source]] = {}
        for entry in self.sources.values():
            if (entry.symbol, entry.layout) == (symbol, layout):
                groups.setdefault(entry.group, []).append(entry)
        held = self.counts.filter(
            (pl.col("symbol") == symbol)
            & (pl.col("layout") == layout)
            & pl.col("effect").is_in(["packed", "derived"])
            & pl.col("path").is_not_null()
        )
        paths = held.group_by("source").agg(pl.col("path").unique())
        return Known(groups, {source: [self.root / path for path in listed] for source, listed in paths.iter_rows()})

    def record(
        self,
        sources: Iterable[Source],
        counts: pl.DataFrame,
        described: Iterable[Mapping[str, Any]],
        gone: frozenset[str],
    ) -> None:
        """Put what was just packed in place of what was known of the same sources and packed files."""
        fresh = {(entry.source, entry.symbol, entry.layout): entry for entry in sources}
        self.sources.update(fresh)
        self._replaced.update(fresh)
        self._counts.append(counts)
        self._described.update({row["path"]: row for row in described})
        self._described = {path: row for path, row in self._described.items() if path not in gone}
        self._gone = (self._gone | gone) - self._described.keys()

    def save(self) -> None:
        """Write the ledger and the manifest."""
        replaced = pl.DataFrame(sorted(self._replaced), schema=dict.fromkeys(_KEY, pl.String), orient="row")
        counts = pl.concat([self.counts.join(replaced, on=_KEY, how="anti"), *self._counts])
        self.counts = counts.sort(*_KEY, "path", "effect", "reason")
        update_manifest(self.root, list(self._described.values()), self._gone, self.counts)
        values = attrgetter(*_COLUMNS)
        rows = pl.DataFrame([values(self.sources[key]) for key in sorted(self.sources)], schema=_COLUMNS, orient="row")
        for path, table in ((COUNTS, self.counts), (SOURCES, rows)):
            with replacing(self.root / path) as part:
                table.write_parquet(part)
        self._counts, self._described, self._gone, self._replaced = [], {}, set(), set()
