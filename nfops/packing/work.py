"""Some groups of raw files: read, clean, write. What a worker process does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from nfops.errors import NfopsError
from nfops.market import Market
from nfops.packing.account import Account
from nfops.packing.bhavcopy import bhavcopy_path, clean_contracts, write_bhavcopy
from nfops.packing.clean import KEYS, Exactly, clean, tally
from nfops.packing.intake import Intake
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import RAW, Layout, Segment
from nfops.packing.ledger import Source
from nfops.packing.manifest import describe
from nfops.packing.plan import Job
from nfops.packing.quality import Replays, flags, refusals
from nfops.packing.runs import Runs
from nfops.packing.spool import Spool
from nfops.packing.store import read_bars
from nfops.packing.trades import DAY
from nfops.packing.write import packed_path, packed_rows, settle


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of some groups."""

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


def pack_job(job: Job, market: Market) -> list[JobResult]:
    """Read, clean and write some groups; what cannot be read is counted, with its reason, and the rest goes on."""
    work = _Work(job, LAYOUTS[job.layout], market, Account(job))
    try:
        work.run()
    except (NfopsError, pl.exceptions.PolarsError) as fault:
        if len(job.groups) > 1:
            begun = work.result(sources=())
            return [begun, *(result for alone in job.alone() for result in pack_job(alone, market))]
        work.account = Account(job)
        for number, file in enumerate(job.files):
            work.account.refuse(number, file, fault, 0)
    return [work.result(work.account.sources())]


@dataclass
class _Work:
    job: Job
    layout: Layout
    market: Market
    account: Account
    polls: list[pl.DataFrame] = field(default_factory=list)
    settled: set[Path] = field(default_factory=set)
    touched: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """Manifest rows of the packed files written; None where one was removed."""
    refused_days: dict[dt.date, str] = field(default_factory=dict)
    bars_of: set[dt.date] = field(default_factory=set)
    contracts: set[Path] = field(default_factory=set)
    replays: Replays = field(init=False)

    def __post_init__(self) -> None:
        self.replays = Replays(self.market)

    def run(self) -> None:
        """Pack what the files of the job hold, and clear away what they do not hold any more."""
        with Spool(folder=self.job.root / "meta") as spool:
            Intake(self.job, self.layout, self.market, self.account, spool).read()
            for segment in self.layout.segments:
                for rows in spool.chunks(segment):
                    self.pack(segment, rows)
        self.pack_own_spot()
        self.clear_rest()

    def pack(self, segment: Segment, rows: pl.DataFrame) -> None:
        """Clean whole chunks and write them to their packed files."""
        if self.account.refused:
            rows = rows.filter(~pl.col("file").is_in(self.account.refused))
        if segment == "bhavcopy":
            self._pack_contracts(rows)
            return
        rows, targets = _numbered(_whole(rows), KEYS[segment])
        covered: dict[int, set[dt.date]] = {target: set() for target in targets["target"]}
        for target, date in Runs.of(rows, ["target", "date"]).heads.unique().drop_nulls().iter_rows():
            covered[target].add(date)
        polls = self.layout.kind == "snapshot" and segment == "options"
        bars = read_bars(self.job.root, self.job.symbol, sorted(set().union(*covered.values()))) if polls else None
        if segment == "spot":
            self.replays.take(rows)
        cleaned = clean(rows, segment, self.layout.kind, self.market, bars, self._exactly())
        del rows
        self.refused_days |= refusals(cleaned.refused, self.replays.found)
        if polls:
            self.polls.append(_own_spot(cleaned.frame))
        paths = self._write(segment, cleaned.frame, targets, covered)
        found = flags(cleaned.frame, segment, self.layout.kind, self.market, self.replays.found.keys())
        self.account.add(pl.concat([cleaned.counts, found]), paths)

    def _exactly(self) -> Exactly | None:
        """Give a way to hash raw rows (``file``, ``row``) over all their columns, where the reader has not done so."""
        hashes, files = self.layout.hashes, self.job.files
        if hashes is None:
            return None

        def exactly(places: pl.DataFrame) -> pl.Series:
            parts = places.with_row_index("at").partition_by("file", as_dict=True)
            found = [
                part.select("at", row_hash=hashes(files[number], part["row"])) for (number,), part in parts.items()
            ]
            return pl.concat(found).sort("at")["row_hash"]

        return exactly

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
        runs = Runs.of(rows, ["target"])  # rows of a target stand together
        split = {
            target: packed.slice(start, height)
            for target, start, height in zip(runs.heads["target"], runs.starts, runs.lengths, strict=True)
        }
        paths, replaced = {}, self.job.replaced
        for key in targets.iter_rows(named=True):
            if any(value is None for value in key.values()):
                continue
            path = packed_path(self.job.root, segment, self.job.symbol, key)
            mine = split.get(key["target"])
            self._settle(path, mine, None if path in replaced else covered[key["target"]])
            if mine is not None:
                paths[key["target"]] = path
                self.bars_of |= {key["date"]} if segment == "spot" and self.layout.kind == "bar" else set()
        return paths

    def _settle(self, path: Path, rows: pl.DataFrame | None, dates: set[dt.date] | None) -> None:
        root = self.job.root
        for file in settle(path, self.layout.name, rows, dates):
            self.touched[str(file.path.relative_to(root))] = None if file.stamps is None else describe(root, file)
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
        rows = rows.with_columns(Runs.of(rows, ["date"]).number.alias(DAY))
        found = flags(rows, "spot", self.layout.kind, self.market)
        self.account.add(pl.concat([tally(rows, "derived", "own_spot"), found]), paths)

    def clear_rest(self) -> None:
        """Take the groups' rows out of packed files they have none for any more."""
        for path in self.job.replaced - self.settled - self.contracts:
            if "bhavcopy" in self.layout.segments:
                path.unlink(missing_ok=True)
            else:
                self._settle(path, None, None)

    def result(self, sources: tuple[Source, ...]) -> JobResult:
        """Gather what the driver must know."""
        return JobResult(
            sources=sources,
            counts=self.account.counts() if sources else self.account.counts().clear(),
            described=tuple(row for row in self.touched.values() if row is not None),
            gone=frozenset(path for path, row in self.touched.items() if row is None),
            refused_days=self.refused_days,
            bars_of=frozenset(self.bars_of),
            contracts=frozenset(self.contracts),
        )


def _whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows the columns of RAW that their reader does not have."""
    return rows.with_columns(pl.lit(None, RAW[name]).alias(name) for name in RAW.keys() - set(rows.columns))


def _numbered(rows: pl.DataFrame, keys: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give rows the number of the packed file they belong to, as ``target``; return also the keys of each number."""
    runs = Runs.of(rows, keys)
    targets = runs.heads.unique(maintain_order=True).with_row_index("target")
    number = runs.heads.join(targets, on=keys, how="left", nulls_equal=True, maintain_order="left")["target"]
    return rows.with_columns(runs.told(number)), targets


def _own_spot(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a poll, with the spot it saw in every price."""
    polls = rows.filter(pl.col("poll_spot") > 0).sort("stamp", "place")
    polls = polls.unique(["stamp", "expiry"], keep="first", maintain_order=True)
    prices = [pl.col("poll_spot").alias(name) for name in ("open", "high", "low", "close")]
    return polls.select("file", "stamp", "date", "expiry", *prices, pl.lit(0).alias("vol_delta"))
