"""What has been packed: the manifest of packed files and the ledger of the sources they came from, under ``meta/``."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from nfops.files import content_hash, replacing
from nfops.packing.store import SCHEMA_VERSION

MANIFEST: Final = Path("meta") / "packed_manifest.parquet"
LEDGER: Final = Path("meta") / "packed_sources.json"
_MANIFEST: Final[dict[str, pl.DataType]] = {
    "path": pl.String(),
    "segment": pl.String(),
    "symbol": pl.String(),
    "layout": pl.String(),
    "rows": pl.Int64(),
    "first": pl.Datetime("ns", "Asia/Kolkata"),
    "last": pl.Datetime("ns", "Asia/Kolkata"),
    "schema_version": pl.Int32(),
    "content_hash": pl.String(),
}


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One raw file on disk (an archive counts as one) and what became of its rows."""

    path: str
    symbol: str
    layout: str
    group: str
    size: int
    mtime_ns: int
    rows_in: int
    packed: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    noted: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    """Files, or members of the archive, of which nothing could be read, by reason."""
    findings: tuple[str, ...] = ()
    """The same in words, with names."""

    @property
    def unchanged(self) -> bool:
        """Whether the file on disk is still the one that was read."""
        path = Path(self.path)
        if not path.exists():
            return False
        now = path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the entry: a file may be packed under several symbols and layouts."""
        return self.path, self.symbol, self.layout


def read_ledger(root: Path) -> dict[tuple[str, str, str], SourceEntry]:
    """Entries by key; empty when nothing was packed yet."""
    path = root / LEDGER
    if not path.exists():
        return {}
    rows = [SourceEntry(**{**row, "findings": tuple(row["findings"])}) for row in json.loads(path.read_text("utf-8"))]
    return {row.key: row for row in rows}


def write_ledger(root: Path, entries: Mapping[tuple[str, str, str], SourceEntry]) -> None:
    """Replace the ledger."""
    with replacing(root / LEDGER) as part:
        part.write_text(json.dumps([asdict(entries[key]) for key in sorted(entries)], indent=1), encoding="utf-8")


def read_manifest(root: Path) -> pl.DataFrame:
    """Packed files: path below the root, segment, symbol, layout, rows, first, last, schema_version, content_hash."""
    path = root / MANIFEST
    return pl.read_parquet(path, glob=False) if path.exists() else pl.DataFrame(schema=_MANIFEST)


def update_manifest(root: Path, files: Iterable[Path]) -> pl.DataFrame:
    """Describe the given files anew, drop those that are gone, keep the rest."""
    fresh = pl.DataFrame([_describe(root, path) for path in sorted(set(files)) if path.exists()], schema=_MANIFEST)
    old = read_manifest(root).join(fresh, on="path", how="anti")
    here = old.filter(pl.Series([(root / path).exists() for path in old["path"]], dtype=pl.Boolean))
    manifest = pl.concat([here, fresh]).sort("path")
    with replacing(root / MANIFEST) as part:
        manifest.write_parquet(part)
    return manifest


def _describe(root: Path, path: Path) -> dict[str, object]:
    stamps = pl.read_parquet(path, columns=["timestamp"], glob=False)["timestamp"]
    first, last = stamps.min(), stamps.max()
    assert isinstance(first, dt.datetime)  # noqa: S101 - a packed file has rows
    parts = path.relative_to(root).parts
    return {
        "path": str(path.relative_to(root)),
        "segment": parts[1],
        "symbol": parts[2],
        "layout": pl.read_parquet_metadata(path).get("nfops.layout", "legacy"),
        "rows": len(stamps),
        "first": first,
        "last": last,
        "schema_version": SCHEMA_VERSION,
        "content_hash": content_hash(path),
    }
