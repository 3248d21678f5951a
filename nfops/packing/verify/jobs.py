"""Looking into packed files, one group at a time: the contracts of an expiry, or the index of a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Segment
from nfops.packing.legacy import PREVIOUS_CLOSE, alike, judge_close
from nfops.packing.store import read_bars, read_spot
from nfops.packing.verify.days import day_counts, day_findings
from nfops.packing.verify.parity import parity_findings
from nfops.packing.verify.rules import Finding
from nfops.packing.write import stamps

BARS_OFF: Final = 0.001
"""Two vendors' closes of a minute differ when they lie further apart, as a share of the price."""


@dataclass(frozen=True, slots=True)
class File:
    """A packed file: its place, and what the manifest says of it (None when it does not know it)."""

    name: str
    rows: int | None
    legacy: bool


@dataclass(frozen=True, slots=True)
class Job:
    """Files that are looked at together; those of an index are of one month, others of one expiry."""

    root: Path
    symbol: str
    segment: Segment
    expiry: dt.date | None
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What was found: the counts of every file and date (``days.day_counts``), and what is wrong."""

    days: pl.DataFrame | None
    """None when no file could be read."""
    findings: tuple[Finding, ...]


def jobs(root: Path, files: Mapping[str, tuple[int, bool] | None]) -> list[Job]:
    """Sort files (their rows and whether they are legacy, by path below the root) into groups."""
    groups: dict[tuple[str, str, str], list[File]] = {}
    for name, known in sorted(files.items()):
        _, segment, symbol, month, folder, *_ = Path(name).parts
        key = (symbol, segment, month if segment == "spot" else folder.removeprefix("exp="))
        rows, legacy = known or (None, True)
        groups.setdefault(key, []).append(File(name, rows, legacy))
    return [
        Job(
            root,
            symbol,
            cast("Segment", segment),
            None if segment == "spot" else dt.date.fromisoformat(key),
            tuple(group),
        )
        for (symbol, segment, key), group in groups.items()
    ]


def look(job: Job, market: Market) -> Look:
    """Examine the files of a job; one that cannot be read is a finding and stops nothing."""
    counts, findings, closes = [], [], []
    for file in job.files:
        try:
            rows = pl.read_parquet(job.root / file.name, glob=False, hive_partitioning=False)
            if file.legacy:
                findings += _legacy_close(rows, file.name) if job.segment == "options" else []
                rows = alike(rows)
            of_file = day_counts(rows, job.segment, market)
        except (OSError, pl.exceptions.PolarsError) as fault:
            findings.append(Finding("unreadable", file.name, None, 1, str(fault).splitlines()[0]))
            continue
        if file.rows is not None and rows.height != file.rows:
            text = f"{rows.height:,} rows, the manifest says {file.rows:,}"
            findings.append(Finding("rows_differ", file.name, None, abs(rows.height - file.rows), text))
        findings += day_findings(of_file, file.name, job.segment)
        right, strike = contract_of(file.name)
        counts.append(of_file.select(
            pl.lit(job.symbol).alias("symbol"), pl.lit(job.segment).alias("segment"),
            pl.lit(job.expiry, pl.Date).alias("expiry"), pl.lit(right, pl.String).alias("right"),
            pl.lit(strike, pl.Int32).alias("strike"), pl.lit(file.name).alias("path"), pl.all(),
        ))  # fmt: skip
        if job.segment == "options" and not file.legacy:
            closes.append(minute_closes(rows).with_columns(opt_type=pl.lit(right), strike=pl.lit(strike)))
    if job.segment == "spot":
        findings += _against_bars(job)
    if closes:
        findings += _parity(job, pl.concat(closes))
    return Look(pl.concat(counts) if counts else None, tuple(findings))


def _legacy_close(rows: pl.DataFrame, name: str) -> list[Finding]:
    old = rows.filter(pl.col("kind").is_null()) if "kind" in rows.columns else rows
    judged = judge_close(old).filter(pl.col("verdict") == PREVIOUS_CLOSE)
    return [
        Finding("legacy_close", name, day["date"], day["rows"], f"{day['close']:,.2f} in {day['rows']:,} rows")
        for day in judged.iter_rows(named=True)
    ]


def contract_of(name: str) -> tuple[str | None, int | None]:
    """Right and strike in the path of an option file; neither for others."""
    path = Path(name)
    if path.parts[1] != "options":
        return None, None
    return path.parts[-2].removeprefix("type="), int(path.stem.removeprefix("strike="))


def minute_closes(rows: pl.DataFrame) -> pl.DataFrame:
    """Give ``timestamp`` (start of the minute) and ``close`` of every minute with a price."""
    minute = stamps(rows.schema["timestamp"]).dt.truncate("1m")
    priced = rows.filter(pl.col("close").is_not_null()).select(minute, "close")
    return priced.group_by("timestamp", maintain_order=True).last()


def _index_closes(root: Path, symbol: str, date: dt.date) -> pl.DataFrame | None:
    spot = read_spot(root, symbol, date)
    return None if spot is None else minute_closes(spot)


def _parity(job: Job, closes: pl.DataFrame) -> Iterator[Finding]:
    dates: Sequence[dt.date] = closes["timestamp"].dt.date().unique().to_list()
    index = [_index_closes(job.root, job.symbol, date) for date in dates]
    known = [frame for frame in index if frame is not None]
    if known:
        yield from parity_findings(closes, pl.concat(known), f"{job.symbol} options of {job.expiry}")


def _against_bars(job: Job) -> Iterator[Finding]:
    """Compare the index of each date with the bars of another vendor that stand beside it."""
    for file in job.files:
        date = dt.date.fromisoformat(Path(file.name).parts[-2].removeprefix("date="))
        ours, theirs = _index_closes(job.root, job.symbol, date), read_bars(job.root, job.symbol, [date])
        if ours is None or theirs is None:
            continue
        others = theirs.rename({"stamp": "timestamp"})
        others = others.with_columns(stamps(others.schema["timestamp"]).dt.truncate("1m"), other=pl.col("close"))
        both = ours.join(others.select("timestamp", "other"), on="timestamp")
        off = both.filter((pl.col("close") / pl.col("other") - 1).abs() > BARS_OFF).height
        if off:
            yield Finding("bars_differ", file.name, date, off, f"{off:,} of {both.height:,} minutes")
