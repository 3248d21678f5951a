"""Packing: from named sources to packed Parquet, with an account of every row.

1. ``sources.expand`` lists raw files; the layout sorts them into groups that are cleaned together.
2. A group none of whose files changed since it was packed is skipped.
3. Each group is read (one bad file never stops the others), cleaned and written, in this process or in workers.
4. Ledger and manifest are brought up to date after every few groups, so a killed run goes on where it stopped.
5. When index bars have arrived, polls packed before them are checked against them by packing them again.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nfops.errors import ConfigError, NfopsError
from nfops.market import Market
from nfops.packing.clean import Tally, clean
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import Layout, Piece
from nfops.packing.ledger import SourceEntry, read_ledger, update_manifest, write_ledger
from nfops.packing.sources import RawFile, expand
from nfops.packing.store import packed_rows, read_bars, write_contracts, write_spot

SAVE_EVERY = 200
"""Groups between two savings of the ledger."""


@dataclass(frozen=True, slots=True)
class Job:
    """One group of raw files, as it travels to a worker."""

    layout: str
    group: str
    symbol: str
    root: Path
    files: tuple[RawFile, ...]


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of a group."""

    job: Job
    entries: tuple[SourceEntry, ...]
    written: tuple[Path, ...]
    refused_days: dict[dt.date, str]
    bars_of: tuple[dt.date, ...]
    """Dates whose index bars were written."""


@dataclass(frozen=True, slots=True)
class PackReport:
    """The account of one call: entries of what was read, and how many files were skipped as unchanged."""

    entries: tuple[SourceEntry, ...]
    skipped: int
    written: int
    refused_days: dict[dt.date, str]

    @property
    def rows_in(self) -> int:
        """Rows read."""
        return sum(entry.rows_in for entry in self.entries)

    @property
    def packed(self) -> int:
        """Rows packed."""
        return sum(entry.packed for entry in self.entries)

    def total(self, what: str) -> Counter[str]:
        """Sum ``dropped``, ``noted`` or ``refused`` over all entries."""
        return sum((Counter(getattr(entry, what)) for entry in self.entries), Counter())

    @property
    def balanced(self) -> bool:
        """Whether rows in = packed + dropped holds for every file."""
        return all(entry.rows_in == entry.packed + sum(entry.dropped.values()) for entry in self.entries)


def pack(
    sources: Sequence[Path],
    layout: str,
    symbol: str,
    root: Path,
    market: Market,
    *,
    workers: int = 1,
    progress: Callable[[int, int, JobResult], None] | None = None,
) -> PackReport:
    """Pack raw files of one layout and symbol into the data root.

    Parameters
    ----------
    sources
        Files, folders, globs, archives.
    progress
        Called after each group with groups done, groups in all, and the group's result.

    Raises
    ------
    ConfigError
        When layout, symbol or a source is not known; nothing was packed then.
    """
    wrong = [] if layout in LAYOUTS else [f"{layout!r} is no layout; known: {', '.join(LAYOUTS)}"]
    if symbol not in market.symbols:
        wrong.append(f"{symbol!r} is no known index; known: {', '.join(market.symbols)}")
    if wrong:
        raise ConfigError.collect(wrong, "nothing was packed:")
    ledger = read_ledger(root)
    files = expand(sources, LAYOUTS[layout].suffixes)
    jobs, skipped = _jobs(files, LAYOUTS[layout], symbol, root, ledger)
    done = _run(jobs, market, ledger, workers, progress)
    bars = {date for result in done for date in result.bars_of}
    if bars:
        again = _polls(ledger, symbol, root)
        done += _run(again, market, ledger, workers, progress)
    entries = {entry.key: entry for result in done for entry in result.entries}
    refused = {date: why for result in done for date, why in result.refused_days.items()}
    written = len({path for result in done for path in result.written})
    return PackReport(tuple(entries.values()), skipped, written, dict(sorted(refused.items())))


def _jobs(
    files: Iterable[RawFile], layout: Layout, symbol: str, root: Path, ledger: dict[tuple[str, str, str], SourceEntry]
) -> tuple[list[Job], int]:
    """Group files; a group is done again, with all it ever had, when one of its files is new or changed."""
    groups: dict[str, set[RawFile]] = {}
    for file in files:
        groups.setdefault(layout.group(file), set()).add(file)
    old: dict[str, set[Path]] = {}
    for entry in ledger.values():
        if (entry.symbol, entry.layout) == (symbol, layout.name):
            old.setdefault(entry.group, set()).add(Path(entry.path))
    jobs, skipped = [], 0
    for group, members in sorted(groups.items()):
        paths = {file.path for file in members}
        known = [ledger.get((str(path), symbol, layout.name)) for path in paths]
        if all(entry is not None and entry.unchanged for entry in known):
            skipped += len(paths)
            continue
        earlier = [path for path in old.get(group, set()) - paths if path.exists()]
        members.update(file for file in expand(earlier, layout.suffixes) if layout.group(file) == group)
        jobs.append(Job(layout.name, group, symbol, root, tuple(sorted(members))))
    return jobs, skipped


def _polls(ledger: dict[tuple[str, str, str], SourceEntry], symbol: str, root: Path) -> list[Job]:
    """List the groups of snapshots of the symbol, to be checked against bars that have arrived."""
    groups: dict[tuple[str, str], set[Path]] = {}
    for entry in ledger.values():
        if entry.symbol == symbol and LAYOUTS[entry.layout].kind == "snapshot" and Path(entry.path).exists():
            groups.setdefault((entry.layout, entry.group), set()).add(Path(entry.path))
    return [
        Job(layout, group, symbol, root, tuple(expand(sorted(paths), LAYOUTS[layout].suffixes)))
        for (layout, group), paths in sorted(groups.items())
    ]


def _run(
    jobs: list[Job],
    market: Market,
    ledger: dict[tuple[str, str, str], SourceEntry],
    workers: int,
    progress: Callable[[int, int, JobResult], None] | None,
) -> list[JobResult]:
    done: list[JobResult] = []
    unsaved: list[Path] = []
    for result in _results(jobs, market, workers):
        done.append(result)
        unsaved += result.written
        ledger.update({entry.key: entry for entry in result.entries})
        if len(done) % SAVE_EVERY == 0 or len(done) == len(jobs):
            update_manifest(result.job.root, unsaved)
            write_ledger(result.job.root, ledger)
            unsaved = []
        if progress is not None:
            progress(len(done), len(jobs), result)
    return done


def _results(jobs: list[Job], market: Market, workers: int) -> Iterator[JobResult]:
    if workers <= 1 or len(jobs) <= 1:
        yield from (pack_group(job, market) for job in jobs)
        return
    # Never fork: Polars' threads do not survive it.
    with ProcessPoolExecutor(min(workers, len(jobs)), multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(pack_group, job, market) for job in jobs]):
            yield future.result()


def pack_group(job: Job, market: Market) -> JobResult:
    """Read, clean and write one group."""
    layout = LAYOUTS[job.layout]
    paths = sorted({file.path for file in job.files})
    account = _Account(len(paths))
    pieces = list(_read(job, layout, market, paths, account))
    written: list[Path] = []
    refused_days: dict[dt.date, str] = {}
    bars_of: set[dt.date] = set()
    for segment in layout.segments:
        frames = [frame for piece, frame in pieces if piece.segment == segment]
        if not frames:
            continue
        rows = pl.concat(frames)
        bars = None
        if layout.kind == "snapshot" and segment == "options":
            dates = rows["stamp"].dt.date().unique().drop_nulls().sort().to_list()
            bars = read_bars(job.root, job.symbol, dates)
        cleaned = clean(rows, segment, layout.kind, job.symbol, market, bars)
        account.dropped += cleaned.dropped
        account.noted += cleaned.noted
        refused_days |= cleaned.refused
        account.keep(cleaned.frame)
        packed = packed_rows(cleaned.frame, segment, layout.kind, job.symbol, market)
        if segment == "spot":
            written += write_spot(job.root, job.symbol, layout.name, packed)
            bars_of |= set(packed["trade_date"].to_list()) if layout.kind == "bar" else set()
        else:
            written += write_contracts(job.root, segment, job.symbol, layout.name, packed)
        if layout.kind == "snapshot" and segment == "options":
            polled = packed_rows(_polled_spot(cleaned.frame), "spot", layout.kind, job.symbol, market)
            written += write_spot(job.root, job.symbol, layout.name, polled)
    entries = tuple(account.entry(job, at, path) for at, path in enumerate(paths))
    return JobResult(job, entries, tuple(written), refused_days, tuple(sorted(bars_of)))


class _Account:
    """Rows in, kept, dropped and noted, by the number of the file."""

    def __init__(self, files: int) -> None:
        self.rows_in = [0] * files
        self.packed = [0] * files
        self.dropped: Tally = Counter()
        self.noted: Tally = Counter()
        self.refused: Tally = Counter()
        self.findings: list[list[str]] = [[] for _ in range(files)]

    def keep(self, rows: pl.DataFrame) -> None:
        for file, count in rows.group_by("file").len().iter_rows():
            self.packed[file] += count

    def entry(self, job: Job, at: int, path: Path) -> SourceEntry:
        now = path.stat()
        return SourceEntry(
            path=str(path),
            symbol=job.symbol,
            layout=job.layout,
            group=job.group,
            size=now.st_size,
            mtime_ns=now.st_mtime_ns,
            rows_in=self.rows_in[at],
            packed=self.packed[at],
            dropped=_of(self.dropped, at),
            noted=_of(self.noted, at),
            refused=_of(self.refused, at),
            findings=tuple(self.findings[at]),
        )


def _of(tally: Tally, at: int) -> dict[str, int]:
    return {reason: count for (file, reason), count in sorted(tally.items()) if file == at and count}


def _read(
    job: Job, layout: Layout, market: Market, paths: list[Path], account: _Account
) -> Iterator[tuple[Piece, pl.DataFrame]]:
    """Read every file of the group; what cannot be read is a finding with its reason."""
    number = {path: at for at, path in enumerate(paths)}
    for file in job.files:
        at = number[file.path]
        try:
            pieces = layout.read(file, job.symbol, market)
        except (NfopsError, pl.exceptions.PolarsError, OSError, ValueError) as fault:
            reason = getattr(fault, "reason", "unreadable")
            account.refused[at, reason] += 1
            account.findings[at].append(f"{file.member or file.path.name}: {reason}: {fault}")
            continue
        for piece in pieces:
            account.rows_in[at] += piece.rows_in
            account.noted.update({(at, name): count for name, count in piece.repairs.items()})
            frame = piece.frame.reverse() if layout.newest_first else piece.frame
            yield piece, frame.with_columns(pl.lit(at, pl.UInt32).alias("file"))


def _polled_spot(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the spot that each kept poll saw itself, one row a poll; of several expiries in a second the last counts."""
    polls = (
        rows.filter(pl.col("poll_spot") > 0).unique(["stamp", "expiry"], maintain_order=True).sort("stamp", "expiry")
    )
    prices = [pl.col("poll_spot").alias(name) for name in ("open", "high", "low", "close")]
    return polls.with_columns(*prices, pl.lit(0).alias("vol_delta"))
