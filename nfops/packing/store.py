"""The reading side: packed rows by date, from the files that hold them (SPEC 2.7, 2.8).

Which file holds which dates stands in the manifest, so a month of a tree of 76,000 files opens only its own. Files of
the old scripts are read too: time stamps as text or without a zone, no ``kind``, no ``vol_delta``, no quotes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.files import content_hash
from nfops.packing.layouts.base import Segment
from nfops.packing.legacy import alike
from nfops.packing.manifest import read_manifest, true_manifest
from nfops.packing.stamps import in_zone, wall_clock
from nfops.packing.write import LEGACY, OLD, layout_on, packed_path

TOGETHER: Final = 32
"""Files of the old scripts that are in memory whole, before their dates are looked at."""


@dataclass(frozen=True)
class PackedDays:
    """What is packed of one symbol under a data root, as it lies in the folders now."""

    root: Path
    symbol: str
    manifest: pl.DataFrame
    """Rows of the manifest, of the symbol's used files."""

    @classmethod
    def open(cls, root: Path, symbol: str) -> PackedDays:
        """Compare the manifest with the folders once, so that nothing unknown or changed is overlooked."""
        return cls(root, symbol, _used(true_manifest(root), symbol))

    def dates(self, segment: Segment = "options") -> tuple[dt.date, ...]:
        """Dates with rows of a segment, ascending."""
        rows = self.manifest.filter(pl.col("segment") == segment)
        return tuple(rows["dates"].explode(empty_as_null=False).unique().sort().to_list())

    def inputs(self, date: dt.date) -> tuple[str, ...]:
        """Path and content hash of every file with rows of a date, in order; empty without option rows."""
        return self._inputs.get(date, ())

    def sources(self, date: dt.date) -> dict[str, tuple[str, ...]]:
        """Layouts whose rows of a date are used, by segment; files of the old scripts are of the layout ``legacy``."""
        found: dict[str, set[str]] = {}
        for segment, layout, mixed in self._layouts.get(date, ()):
            name = layout if mixed is None else layout_on(self.root / mixed, date)
            found.setdefault(segment, set()).update([name] if name else [])
        return {segment: tuple(sorted(names)) for segment, names in sorted(found.items())}

    def legacy(self, date: dt.date) -> bool:
        """Whether the options of a date are all of the old scripts: by their layout, and by one of the files."""
        layouts = self.sources(date).get("options", ())
        if not layouts or not OLD.issuperset(layouts):
            return False
        paths = (name.rsplit(" ", 1)[0] for name in self.inputs(date))
        first = next(path for path in paths if path.startswith("packed/options/"))
        try:
            # A file without our metadata may have been written, with its kind, by anybody.
            return LEGACY not in layouts or "kind" not in pl.read_parquet_schema(self.root / first)
        except (OSError, pl.exceptions.PolarsError):
            return False  # nobody can say; building the date will name the file

    def changed(self, dates: Collection[dt.date]) -> dict[dt.date, DataError]:
        """Those of ``dates`` of which a file is not as it was packed, or as it was first seen, with the file's name.

        Reads every byte of their files. The reason of each error is ``changed_file``.
        """
        as_packed = pl.coalesce("packed_hash", "content_hash")
        files = self.manifest.select("path", as_packed, pl.col("dates").list.set_intersection(list(dates)))
        files = files.filter(pl.col("dates").list.len() > 0)
        with ThreadPoolExecutor() as pool:
            now = pl.Series(pool.map(self._content, files["path"]), dtype=pl.String)
        wrong = files.filter(pl.col("packed_hash") != now).explode("dates").group_by("dates").agg(pl.col("path").sort())
        return {date: _changed(self.root, date, paths) for date, paths in wrong.sort("dates").iter_rows()}

    def _content(self, path: str) -> str:
        try:
            return content_hash(self.root / path)
        except OSError as fault:
            return f"unreadable: {fault}"

    @cached_property
    def _layouts(self) -> Mapping[dt.date, list[tuple[str, str, str | None]]]:
        """Segment and layout by date, and the path of files in which several layouts have dates."""
        mixed = pl.when(pl.col("layout").str.contains("+", literal=True)).then("path").alias("mixed")
        rows = self.manifest.select("dates", "segment", "layout", mixed).explode("dates", empty_as_null=False).unique()
        by_date: dict[dt.date, list[tuple[str, str, str | None]]] = {}
        for date, *names in rows.iter_rows():
            by_date.setdefault(date, []).append(tuple(names))
        return by_date

    @cached_property
    def _inputs(self) -> Mapping[dt.date, tuple[str, ...]]:
        rows = self.manifest.select(
            "dates", "segment", pl.concat_str("path", "content_hash", separator=" ").alias("identity")
        )
        by_date = rows.sort("identity").explode("dates", empty_as_null=False).group_by("dates", maintain_order=True)
        found = by_date.agg("identity", (pl.col("segment") == "options").any().alias("tradable"))
        return {date: tuple(names) for date, names, tradable in found.iter_rows() if tradable}


def read_contracts(
    root: Path,
    segment: Segment,
    symbol: str,
    start: dt.date,
    end: dt.date,
    columns: Sequence[str] = (),
    of: Collection[dt.date] = (),
) -> Iterator[pl.DataFrame]:
    """Yield the rows from ``start`` to ``end`` (both included), one frame an expiry and layout.

    Within a frame rows of one contract stand together, in order of time. Of ``columns`` those are read that the files
    have; none named means all. Files without a row of the dates ``of``, if any are named, are not opened.
    """
    asked = pl.element().is_in(list(of)) if of else pl.element().is_between(start, end)
    wanted = _used(read_manifest(root), symbol).filter(
        (pl.col("segment") == segment) & pl.col("dates").list.eval(asked).list.any()
    )
    folders = wanted.with_columns(pl.col("path").str.extract(r"(exp=[^/]+)").alias("folder"))
    for (_, layout), files in folders.partition_by("folder", "layout", as_dict=True, maintain_order=True).items():
        paths = [root / path for path in files["path"]]
        read = _read_old if layout == LEGACY else _read
        yield read(paths, start, end, columns)


def read_spot(root: Path, symbol: str, date: dt.date) -> pl.DataFrame | None:
    """Read the best spot file of a date."""
    path = packed_path(root, "spot", symbol, {"date": date})
    if not path.exists():
        return None
    return alike(pl.read_parquet(path, glob=False))


def read_bars(root: Path, symbol: str, dates: Sequence[dt.date]) -> pl.DataFrame | None:
    """Read the index bars (``stamp`` naive, ``close``) of some dates: the used source if it is of bars, or another."""
    found = []
    for date in dates:
        best = packed_path(root, "spot", symbol, {"date": date})
        for path in [best, *sorted(best.parent.glob("ticks.*.parquet"))]:
            bars = _bars(path) if path.exists() else None
            if bars is not None:
                found.append(bars)
                break
    return pl.concat(found) if found else None


def _bars(path: Path) -> pl.DataFrame | None:
    if "kind" not in pl.read_parquet_schema(path):
        return None
    rows = pl.read_parquet(path, columns=["timestamp", "close", "kind"], glob=False)
    if rows["kind"][0] != "bar":
        return None
    return rows.select(wall_clock(rows.schema["timestamp"]).alias("stamp"), "close")


def _changed(root: Path, date: dt.date, paths: Sequence[str]) -> DataError:
    more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
    told = f"{date}: {root / paths[0]}{more} is not as it was packed; pack its raw files again, or restore it"
    return DataError(told, "changed_file")


def _used(manifest: pl.DataFrame, symbol: str) -> pl.DataFrame:
    return manifest.filter(pl.col("used") & (pl.col("symbol") == symbol))


def _read(paths: Sequence[Path], start: dt.date, end: dt.date, columns: Sequence[str]) -> pl.DataFrame:
    rows = pl.scan_parquet(list(paths), glob=False, hive_partitioning=False).filter(_inside(start, end))
    return (rows.select(_there(paths[0], columns)) if columns else rows).collect()


def _read_old(paths: Sequence[Path], start: dt.date, end: dt.date, columns: Sequence[str]) -> pl.DataFrame:
    """Read files of the old scripts, whose columns may be of other types from file to file."""
    inside, frames = _inside(start, end), []
    for at in range(0, len(paths), TOGETHER):
        scans = [
            pl.scan_parquet(path, glob=False, hive_partitioning=False).select(_there(path, columns) or pl.all())
            for path in paths[at : at + TOGETHER]
        ]
        frames += [alike(rows).filter(inside) for rows in pl.collect_all(scans)]
    return pl.concat(frames, how="diagonal_relaxed")


def _there(path: Path, columns: Sequence[str]) -> list[str] | None:
    """Those of ``columns`` that a file has; None for all."""
    return [name for name in pl.read_parquet_schema(path) if name in columns] if columns else None


def _inside(start: dt.date, end: dt.date) -> pl.Expr:
    """Whether a row is of these dates, said so that a file's statistics can answer for many rows at once."""
    first, last = (pl.lit(dt.datetime.combine(day, dt.time())).dt.cast_time_unit("ns")
                   for day in (start, end + dt.timedelta(days=1)))  # fmt: skip
    return pl.col("timestamp").is_between(in_zone(first), in_zone(last), closed="left")
