"""The manifest: a row for every packed file, and the way to keep it true to what lies in the folders."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.errors import DataError
from nfops.files import content_hash, locked, replacing
from nfops.packing.stamps import dates_of
from nfops.packing.write import SCHEMA_VERSION, Written, is_beside, layouts_of, written

MANIFEST: Final = Path("meta") / "packed_manifest.parquet"
COUNTS: Final = Path("meta") / "packed_counts.parquet"
COUNT_COLUMNS: Final[dict[str, pl.DataType]] = {
    "source": pl.String(),
    "symbol": pl.String(),
    "layout": pl.String(),
    "path": pl.String(),  # of the packed file below the root; null where a row has none
    "effect": pl.String(),  # packed, dropped, noted, flagged, derived (a chain's own spot), refused
    "reason": pl.String(),
    "rows": pl.Int64(),  # files, for the effect refused
}
_COLUMNS: Final[dict[str, pl.DataType]] = {
    "path": pl.String(),  # below the data root
    "segment": pl.String(),
    "symbol": pl.String(),
    "layout": pl.String(),  # several are joined by "+"
    "used": pl.Boolean(),  # false for sources beside a better one
    "rows": pl.Int64(),
    "first": pl.Datetime("ns", "Asia/Kolkata"),
    "last": pl.Datetime("ns", "Asia/Kolkata"),
    "dates": pl.List(pl.Date()),
    "schema_version": pl.Int32(),
    "content_hash": pl.String(),
    "packed_hash": pl.String(),  # content_hash when it was packed; null for files of the old scripts
    "size": pl.Int64(),
    "mtime_ns": pl.Int64(),
    "dropped": pl.String(),  # JSON: rows by reason, of all sources of the file
    "noted": pl.String(),
}


def read_manifest(root: Path) -> pl.DataFrame:
    """Packed files as they were when they were written; empty when there are none."""
    path = root / MANIFEST
    if not path.exists():
        return pl.DataFrame(schema=_COLUMNS)
    manifest = pl.read_parquet(path, glob=False)
    # An older manifest may lack a column.
    lacking = [pl.lit(None, kind).alias(name) for name, kind in _COLUMNS.items() if name not in manifest.columns]
    return manifest.with_columns(lacking).select(list(_COLUMNS))


def read_counts(root: Path) -> pl.DataFrame:
    """Read what became of the rows of every raw file, by packed file, effect and reason."""
    path = root / COUNTS
    return pl.read_parquet(path, glob=False) if path.exists() else pl.DataFrame(schema=COUNT_COLUMNS)


def update_manifest(
    root: Path, rows: Sequence[Mapping[str, Any]], gone: Iterable[str], counts: pl.DataFrame
) -> pl.DataFrame:
    """Put rows of :func:`describe` in place of what is known of the same files, and forget those that are gone.

    ``counts`` are the ledger's; what it says of the changed files is written beside them.
    """
    changed = [row["path"] for row in rows]
    tallies = _tallies(counts.filter(pl.col("path").is_in(changed)))
    fresh = pl.DataFrame([{**row, **tallies.get(row["path"], {})} for row in rows], schema=_COLUMNS)
    with locked(root / "meta" / ".manifest"):  # who opens the packed files while others pack may write it, too
        kept = read_manifest(root).filter(~pl.col("path").is_in([*changed, *gone]))
        manifest = pl.concat([kept, fresh]).sort("path")
        with replacing(root / MANIFEST) as part:
            manifest.write_parquet(part)
    return manifest


def true_manifest(root: Path) -> pl.DataFrame:
    """Compare the manifest with the folders; describe files that were added, changed or removed by other means.

    That is how files of the old scripts are found: they have no manifest of ours.
    """
    manifest = read_manifest(root)
    known = {path: (size, at) for path, size, at in manifest.select("path", "size", "mtime_ns").iter_rows()}
    here = dict(_files(str(root / "packed"), "packed"))
    changed = sorted(path for path in here if known.get(path) != here[path])
    gone = known.keys() - here.keys()
    if not changed and not gone:
        return manifest
    rows = {row["path"]: row for row in manifest.iter_rows(named=True)}
    with (
        ThreadPoolExecutor() as pool
    ):  # the first look at a tree of the old scripts is one at tens of thousands of files
        found = list(pool.map(lambda path: _seen(root, path, rows.get(path)), changed))
    return update_manifest(root, found, gone, read_counts(root))


def _seen(root: Path, path: str, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Describe a file that others wrote; of a known one that cannot be read any more, what it held stays known."""
    try:
        return {**describe(root, written(root / path)), "packed_hash": known and known["packed_hash"]}
    except DataError:
        if known is None:
            raise
    stat = (root / path).stat()
    now = {"content_hash": content_hash(root / path), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    return {**known, **now, "packed_hash": known["packed_hash"] or known["content_hash"]}


def _files(folder: str, below: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Path below the data root, size and time of change of every packed file; a tree may have 76,000 of them."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        path = f"{below}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, path)
        elif entry.name.endswith(".parquet") and not entry.name.startswith("."):
            stat = entry.stat()
            yield path, (stat.st_size, stat.st_mtime_ns)


def describe(root: Path, file: Written) -> dict[str, Any]:
    """Describe a packed file for the manifest as it was written."""
    assert file.stamps is not None  # noqa: S101 - the file is there
    stat, below, content = file.path.stat(), file.path.relative_to(root), content_hash(file.path)
    return {
        "path": str(below),
        "segment": below.parts[1],
        "symbol": below.parts[2],
        "layout": "+".join(sorted(layouts_of(file.layouts))),
        "used": not is_beside(file.path),
        "rows": len(file.stamps),
        "first": file.stamps.min(),
        "last": file.stamps.max(),
        "dates": dates_of(file.stamps),
        "schema_version": SCHEMA_VERSION,
        "content_hash": content,
        "packed_hash": content,
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "dropped": "{}",
        "noted": "{}",
    }


def _tallies(counts: pl.DataFrame) -> dict[str, dict[str, str]]:
    """Give dropped and noted rows by reason, as JSON, by packed file."""
    if counts.is_empty():
        return {}
    sums = counts.group_by("path", "effect", "reason").agg(pl.col("rows").sum()).sort("path", "effect", "reason")
    found: dict[str, dict[str, dict[str, int]]] = {}
    for path, effect, reason, rows in sums.iter_rows():
        by_effect = found.setdefault(path, {"dropped": {}, "noted": {}})
        if effect in by_effect:
            by_effect[effect][reason] = rows
    return {path: {effect: json.dumps(by) for effect, by in effects.items()} for path, effects in found.items()}
