"""One group of raw files: read, clean, write. What a worker process does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from nfops.errors import DataError, MetaError, NfopsError
from nfops.market import Market
from nfops.packing.account import Account
from nfops.packing.bhavcopy import bhavcopy_path, clean_contracts, write_bhavcopy
from nfops.packing.clean import KEYS, clean, tally
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import Layout, Segment
from nfops.packing.ledger import Source
from nfops.packing.manifest import describe
from nfops.packing.plan import Job
from nfops.packing.quality import Replays, flags, refusals
from nfops.packing.sources import DAMAGED, RawFile
from nfops.packing.spool import Spool
from nfops.packing.store import read_bars
from nfops.packing.write import Written, packed_path, packed_rows, settle

_READING = (*DAMAGED, NfopsError, pl.exceptions.PolarsError, ValueError, ArithmeticError)
"""What a bad file can raise."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of a group."""

    job: Job
    sources: tuple[Source, ...]
    counts: pl.DataFrame
    described: tuple[Mapping[str, Any], ...]
    """Manifest rows of the packed files written."""
    gone: frozenset[str]
    """Packed files removed."""
    refused_days: Mapping[dt.date, str]
    bars_of: frozenset[dt.date]
    """Dates whose index bars were written."""
    contracts: frozenset[Path]
    """Files of end-of-day contracts written; they are no packed files and not in the manifest."""


def pack_group(job: Job, market: Market) -> JobResult:
    """Read, clean and write one group; what cannot be read is counted, with its reason, and the rest goes on."""
    group = _Group(job, LAYOUTS[job.layout], market, Account(job))
    try:
        with Spool() as spool:
            for number, file in enumerate(job.files):
                group.read(number, file, spool)
            for segment in group.layout.segments:
                for rows in spool.chunks(segment):
                    group.pack(segment, rows)
        group.pack_own_spot()
        group.clear_rest()
    except (NfopsError, pl.exceptions.PolarsError) as fault:
        group.account = Account(job)
        for number, file in enumerate(job.files):
            group.account.refuse(number, file, fault, 0)
    return group.result()


@dataclass
class _Group:
    job: Job
    layout: Layout
    market: Market
    account: Account
    polls: list[pl.DataFrame] = field(default_factory=list)
    settled: set[Path] = field(default_factory=set)
    touched: dict[Path, Written] = field(default_factory=dict)
    refused_days: dict[dt.date, str] = field(default_factory=dict)
    bars_of: set[dt.date] = field(default_factory=set)
    contracts: set[Path] = field(default_factory=set)
    replays: Replays = field(init=False)

    def __post_init__(self) -> None:
        self.replays = Replays(self.market)

    def read(self, number: int, file: RawFile, spool: Spool) -> None:
        """Send the rows of one file to the spool."""
        try:
            if not file.member and file.path.stat().st_size == 0:
                raise DataError("the file has no bytes", "empty_file")
            for piece in self.layout.read(file, self.job.symbol, self.market):
                self.account.take(number, piece)
                rows = piece.frame.reverse() if self.layout.newest_first else piece.frame
                spool.add(piece.segment, self._placed(piece.segment, rows, number))
        except _READING as fault:
            self.account.refuse(number, file, fault, self._count(file))

    def _count(self, file: RawFile) -> int:
        try:
            return self.layout.count(file)
        except _READING:
            return 0

    def _placed(self, segment: Segment, rows: pl.DataFrame, number: int) -> pl.DataFrame:
        """Say of each row where it came from, its date, and with which others it is cleaned."""
        date = pl.col("stamp").dt.date()
        chunk = date.dt.month_start() if segment in {"spot", "bhavcopy"} else pl.col("expiry")
        if segment == "futures":
            near = {day: self._near_month(day) for day in rows.select(date.unique()).to_series().drop_nulls().to_list()}
            chunk = pl.coalesce("expiry", date.replace_strict(near, default=None, return_dtype=pl.Date))
            rows = rows.with_columns(chunk.alias("expiry"))
        return rows.with_columns(pl.lit(number, pl.UInt32).alias("file"), date.alias("date"), chunk.alias("chunk"))

    def _near_month(self, date: dt.date) -> dt.date | None:
        """Give the monthly expiry on or after a date, which rows of a future belong to when the reader knows none."""
        try:
            return self.market.expiry(self.job.symbol, date, "monthly")
        except MetaError:
            return None

    def pack(self, segment: Segment, rows: pl.DataFrame) -> None:
        """Clean the rows of one chunk and write them to their packed files."""
        rows = rows.filter(~pl.col("file").is_in(self.account.refused))
        if segment == "bhavcopy":
            self._pack_contracts(rows)
            return
        keys = KEYS[segment]
        targets = rows.select(keys).unique(maintain_order=True).with_row_index("target")
        rows = rows.join(targets, on=keys, how="left", nulls_equal=True, maintain_order="left")
        polls = self.layout.kind == "snapshot" and segment == "options"
        dates = rows["date"].unique().drop_nulls().sort().to_list()
        bars = read_bars(self.job.root, self.job.symbol, dates) if polls else None
        if segment == "spot":
            self.replays.take(rows)
        cleaned = clean(rows, segment, self.layout.kind, self.market, bars)
        self.refused_days |= refusals(cleaned.refused, self.replays.found)
        if polls:
            self.polls.append(_own_spot(cleaned.frame))
        covered = rows.group_by("target").agg(pl.col("date").drop_nulls().unique()).iter_rows()
        paths = self._write(segment, cleaned.frame, targets, {target: set(dates) for target, dates in covered})
        found = flags(cleaned.frame, segment, self.layout.kind, self.market, self.replays.found.keys())
        self.account.add(pl.concat([cleaned.counts, found]), paths)

    def _pack_contracts(self, rows: pl.DataFrame) -> None:
        targets = rows.select("date").unique(maintain_order=True).with_row_index("target")
        rows = rows.join(targets, on="date", how="left", maintain_order="left")
        kept, counts, refused = clean_contracts(rows, self.market)
        self.refused_days |= refused
        paths = {}
        for (target, date), day in kept.partition_by("target", "date", as_dict=True, maintain_order=True).items():
            path = bhavcopy_path(self.job.root, self.job.symbol, date, self.layout.name)
            write_bhavcopy(path, day)
            paths[target] = path
        self.contracts |= set(paths.values())
        self.account.add(counts, paths)

    def _write(
        self, segment: Segment, rows: pl.DataFrame, targets: pl.DataFrame, covered: Mapping[int, set[dt.date]]
    ) -> dict[int, Path]:
        """Write the rows of each target to its packed file; return the files that have some."""
        packed = packed_rows(rows, segment, self.layout.kind_of(segment), self.job.symbol, self.market)
        split = packed.with_columns(rows["target"]).partition_by(
            "target", as_dict=True, include_key=False, maintain_order=True
        )
        paths = {}
        for key in targets.iter_rows(named=True):
            if any(value is None for value in key.values()):
                continue
            path = packed_path(self.job.root, segment, self.job.symbol, key)
            mine = split.get((key["target"],))
            whole = self.job.whole and path in self.job.earlier
            self._settle(path, mine, None if whole else covered[key["target"]])
            if mine is not None:
                paths[key["target"]] = path
                self.bars_of |= {key["date"]} if segment == "spot" and self.layout.kind == "bar" else set()
        return paths

    def _settle(self, path: Path, rows: pl.DataFrame | None, dates: set[dt.date] | None) -> None:
        self.touched.update({file.path: file for file in settle(path, self.layout.name, rows, dates)})
        self.settled.add(path)

    def pack_own_spot(self) -> None:
        """Pack the spot that polls saw themselves; of several expiries polled in one second the last counts."""
        if not self.polls:
            return
        rows = pl.concat(self.polls).sort("stamp", "expiry")
        targets = rows.select("date").unique(maintain_order=True).with_row_index("target")
        rows = rows.join(targets, on="date", how="left", maintain_order="left")
        covered = {target: {date} for target, date in targets.iter_rows()}
        paths = self._write("spot", rows, targets, covered)
        found = flags(rows, "spot", self.layout.kind, self.market)
        self.account.add(pl.concat([tally(rows, "derived", "own_spot"), found]), paths)

    def clear_rest(self) -> None:
        """Take the group's rows out of packed files it has none for any more."""
        if self.job.whole:
            for path in self.job.earlier - self.settled - self.contracts:
                if "bhavcopy" in self.layout.segments:
                    path.unlink(missing_ok=True)
                else:
                    self._settle(path, None, None)

    def result(self) -> JobResult:
        """Gather what the driver must know."""
        root, files = self.job.root, list(self.touched.values())
        return JobResult(
            job=self.job,
            sources=self.account.sources(),
            counts=self.account.counts(),
            described=tuple(describe(root, file) for file in files if file.stamps is not None),
            gone=frozenset(str(file.path.relative_to(root)) for file in files if file.stamps is None),
            refused_days=self.refused_days,
            bars_of=frozenset(self.bars_of),
            contracts=frozenset(self.contracts),
        )


def _own_spot(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a poll, with the spot it saw in every price."""
    polls = rows.filter(pl.col("poll_spot") > 0).unique(["stamp", "expiry"], keep="first", maintain_order=True)
    prices = [pl.col("poll_spot").alias(name) for name in ("open", "high", "low", "close")]
    return polls.select("file", "stamp", "date", "expiry", *prices, pl.lit(0).alias("vol_delta"))
