"""Verification of packed files: unchanged, whole by the calendar, and believable.

1. Every file against the manifest: there, unchanged (by hash), as many rows.
2. Every day of every instrument: order, hours, bars, signs, ticks, quotes, silences, prices that never move; the
   options of an expiry against the index, and the index against another vendor's bars.
3. Days against each other and the calendar: replays, missing days, missing expiries.
4. Contracts against the exchange's end-of-day files, where these are packed.

Nothing is changed.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import polars as pl

from nfops.errors import ConfigError
from nfops.market import Market
from nfops.packing.bhavcopy import read_bhavcopy
from nfops.packing.manifest import read_manifest
from nfops.packing.verify.jobs import Job, Look, jobs, look
from nfops.packing.verify.official import Match, match, official_findings
from nfops.packing.verify.report import VerifyReport
from nfops.packing.verify.rules import Finding
from nfops.packing.verify.whole import calendar_findings, coverage, file_findings, packed_files, replays
from nfops.packing.write import OLD, is_beside
from nfops.processes import spawned

Progress: TypeAlias = Callable[[int, int], None]
"""Takes files done and files in all."""


def verify(
    root: Path, market: Market, symbols: Sequence[str] = (), *, workers: int = 1, progress: Progress | None = None
) -> VerifyReport:
    """Examine what is packed under a data root.

    Parameters
    ----------
    symbols
        Indices to look at; none stands for all.
    workers
        Processes; the report does not depend on it.

    Raises
    ------
    ConfigError
        When a symbol is not known, or nothing of it is packed.
    """
    wrong = [f"{s!r} is no known index; known: {', '.join(market.symbols)}" for s in symbols if s not in market.symbols]
    if wrong:
        raise ConfigError.collect(wrong, "nothing was verified:")
    here = packed_files(root, tuple(symbols))
    manifest = read_manifest(root)
    manifest = manifest.filter(pl.col("symbol").is_in(list(symbols))) if symbols else manifest
    if not here and manifest.is_empty():
        raise ConfigError(f"nothing of {', '.join(symbols) or 'any index'} is packed under {root}")
    known = {
        row["path"]: (row["rows"], not OLD.isdisjoint(row["layout"].split("+")))
        for row in manifest.iter_rows(named=True)
    }
    todo = jobs(root, {name: known.get(name) for name in here if not is_beside(Path(name))})
    looks = list(_looks(todo, market, workers, progress))
    findings = [*file_findings(root, manifest, here), *(finding for one in looks for finding in one.findings)]
    found = [one.days for one in looks if one.days is not None]
    if not found:
        return VerifyReport(len(here), 0, _ordered(findings), pl.DataFrame(), {})
    days = pl.concat(found)
    matches = {(symbol, date): agreed for symbol, date, agreed in _matches(root, days)}
    findings += [*replays(days), *calendar_findings(days, market)]
    findings += [f for (symbol, date), agreed in matches.items() for f in official_findings(agreed, symbol, date)]
    return VerifyReport(len(here), int(days["rows"].sum()), _ordered(findings), coverage(days), matches)


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=Finding.order))


def _looks(todo: Sequence[Job], market: Market, workers: int, progress: Progress | None) -> Iterator[Look]:
    total, done = sum(len(job.files) for job in todo), 0
    for job, one in zip(todo, _results(todo, market, workers), strict=True):
        done += len(job.files)
        if progress is not None:
            progress(done, total)
        yield one


def _results(todo: Sequence[Job], market: Market, workers: int) -> Iterator[Look]:
    if workers == 1 or len(todo) <= 1:
        yield from (look(job, market) for job in todo)
        return
    with spawned(min(workers, len(todo))) as pool:
        yield from pool.map(functools.partial(look, market=market), todo)


def _matches(root: Path, days: pl.DataFrame) -> Iterator[tuple[str, dt.date, Match]]:
    """Compare every date of which the exchange's contracts are packed, too."""
    options = days.filter(pl.col("segment") == "options").sort("symbol", "date")
    for (symbol, date), contracts in options.group_by("symbol", "date", maintain_order=True):
        assert isinstance(symbol, str)  # noqa: S101 - by the columns' types
        assert isinstance(date, dt.date)  # noqa: S101
        official = read_bhavcopy(root, symbol, date)
        if official is not None:
            yield symbol, date, match(contracts, official)
