"""The account of one group: what went in, and what became of it, by raw file and packed file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import DataError, MetaError
from nfops.packing.layouts.base import PASSED_OVER, Piece
from nfops.packing.ledger import Source
from nfops.packing.manifest import COUNT_COLUMNS
from nfops.packing.plan import Job
from nfops.packing.runs import Runs
from nfops.packing.sources import RawFile

_COLUMNS: Final = ["file", "path", "effect", "reason", "rows"]


class Account:
    """Counts of one job; ``number`` is the place of a raw file in the files of the job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._files = job.files
        self._rows_in: dict[int, int] = {}
        self._dates: dict[int, set[dt.date]] = {}
        self._refused: dict[int, tuple[str, str]] = {}
        self._repairs: dict[tuple[int, str], int] = {}
        self._unread: dict[tuple[int, str], int] = {}
        self._counts: list[pl.DataFrame] = []

    @property
    def refused(self) -> list[int]:
        """Files that turned out bad; none of their rows may be packed."""
        return list(self._refused)

    def take(self, rows: pl.DataFrame) -> None:
        """Count rows that readers gave, by ``file``, and note their ``date``."""
        runs = Runs.of(rows, ["file", "date"])
        for number, date, count in runs.heads.with_columns(pl.Series("rows", runs.lengths)).iter_rows():
            self._rows_in[number] = self._rows_in.get(number, 0) + count
            self._dates.setdefault(number, set()).update([] if date is None else [date])

    def told(self, number: int, piece: Piece) -> None:
        """Count rows that a reader mended, or could not read and left out."""
        self._rows_in[number] = self._rows_in.get(number, 0) + sum(piece.dropped.values())
        for found, into in ((piece.repairs, self._repairs), (piece.dropped, self._unread)):
            for reason, rows in found.items():
                into[number, reason] = into.get((number, reason), 0) + rows

    def refuse(self, number: int, file: RawFile, fault: BaseException, rows: int) -> None:
        """Count a whole file as dropped, with the ``rows`` it is known to have."""
        unknown = "unknown_facts" if isinstance(fault, MetaError) else "unreadable"
        reason = fault.reason if isinstance(fault, DataError) else unknown
        self._refused[number] = reason, f"{file.member or file.path.name}: {reason}: {fault}"
        self._rows_in[number] = 0 if reason in PASSED_OVER else rows
        for found in (self._repairs, self._unread):
            for key in [key for key in found if key[0] == number]:
                del found[key]

    def add(self, counts: pl.DataFrame, paths: Mapping[int, Path]) -> None:
        """Take counts of the cleaning rules; ``paths`` are the packed files of the targets that have one."""
        places = pl.DataFrame(
            [(target, str(path.relative_to(self._job.root))) for target, path in paths.items()],
            schema={"target": pl.UInt32, "path": pl.String},
            orient="row",
        )
        self._counts.append(counts.join(places, on="target", how="left").select(_COLUMNS))

    def counts(self) -> pl.DataFrame:
        """Give all counts in the columns of the ledger."""
        rows: list[tuple[int, str | None, str, str, int]] = []
        for number, (reason, _) in self._refused.items():
            rows.append((number, None, "refused", reason, 1))
            rows += [(number, None, "dropped", reason, self._rows_in[number])] if self._rows_in[number] else []
        for effect, found in (("noted", self._repairs), ("dropped", self._unread)):
            rows += [(number, None, effect, reason, count) for (number, reason), count in found.items()]
        own = pl.DataFrame(rows, schema={name: COUNT_COLUMNS.get(name, pl.UInt32()) for name in _COLUMNS}, orient="row")
        source = pl.Series([str(file.path) for file in self._files], dtype=pl.String)
        return (
            pl.concat([own, *self._counts])
            .with_columns(pl.lit(source).gather("file").alias("source"))
            .group_by("source", "path", "effect", "reason")
            .agg(pl.col("rows").sum())
            .sort("source", "path", "effect", "reason")
            .with_columns(symbol=pl.lit(self._job.symbol), layout=pl.lit(self._job.layout))
            .select(list(COUNT_COLUMNS))
        )

    def sources(self) -> tuple[Source, ...]:
        """Give one entry for each raw file on disk."""
        groups = {file.path: group.name for group in self._job.groups for file in group.files}
        members: dict[Path, list[int]] = {}
        for number, file in enumerate(self._files):
            members.setdefault(file.path, []).append(number)
        return tuple(self._source(path, groups[path], numbers) for path, numbers in members.items())

    def _source(self, path: Path, group: str, numbers: list[int]) -> Source:
        now = path.stat()
        dates = [date for number in numbers for date in self._dates.get(number, ())]
        bad = [self._refused[number] for number in numbers if number in self._refused]
        return Source(
            source=str(path),
            symbol=self._job.symbol,
            layout=self._job.layout,
            group=group,
            size=now.st_size,
            mtime_ns=now.st_mtime_ns,
            rows_in=sum(self._rows_in.get(number, 0) for number in numbers),
            first=min(dates, default=None),
            last=max(dates, default=None),
            findings=tuple(text for reason, text in bad if reason not in PASSED_OVER),
        )
