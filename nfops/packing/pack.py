"""Packing: from named sources to packed Parquet, with an account of every row.

1. ``sources.expand`` lists raw files; the layout sorts them into groups that are cleaned together.
2. A group none of whose files changed since it was packed is skipped.
3. Each group is read (one bad file never stops the others), cleaned and written, in this process or in workers.
4. Ledger and manifest are saved now and then, so a killed run goes on where it stopped.
5. When index bars have arrived, polls packed before them are checked against them by packing them again.
"""

from __future__ import annotations

import fcntl
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from nfops.errors import ConfigError, DataError
from nfops.market import Market
from nfops.packing.detect import AUTO, SUFFIXES, entries_of_undecided, sort_out
from nfops.packing.layouts import LAYOUTS
from nfops.packing.ledger import Ledger
from nfops.packing.plan import Job, plan, polls_beside
from nfops.packing.report import PackReport, entries_of
from nfops.packing.sources import expand
from nfops.packing.work import JobResult, pack_group
from nfops.processes import spawned

SAVE_EVERY_S: Final = 60.0
"""Seconds between two savings of the ledger."""

Progress: TypeAlias = Callable[[int, int, int], None]
"""Takes raw files done, raw files in all, rows read so far."""


def pack(
    sources: Sequence[Path],
    layout: str,
    symbol: str,
    root: Path,
    market: Market,
    workers: int = 1,
    strict: bool = False,
    progress: Progress | None = None,
) -> PackReport:
    """Pack raw files of one symbol into the data root.

    Parameters
    ----------
    sources
        Files, folders (searched recursively), globs, and .gz, .zip, .tar.gz archives of them.
    layout
        Name of a layout, or ``auto``: each file is packed by the one layout that fits it, and refused otherwise.
    workers
        Processes; the result does not depend on it.
    strict
        Raise when a file had to be refused. What could be packed is packed all the same.
    progress
        Called after each group of files.

    Raises
    ------
    ConfigError
        When layout, symbol or a source is not known, or another packing runs in ``root``; nothing was packed then.
    DataError
        With reason ``findings``, only if ``strict``.
    """
    wrong = []
    if layout not in {*LAYOUTS, AUTO}:
        wrong.append(f"{layout!r} is no layout; known: {', '.join(LAYOUTS)}, or {AUTO} where only one fits")
    if symbol not in market.symbols:
        wrong.append(f"{symbol!r} is no known index; known: {', '.join(market.symbols)}")
    if workers < 1:
        wrong.append(f"workers must be at least 1, got {workers}")
    if wrong:
        raise ConfigError.collect(wrong, "nothing was packed:")
    root = root.resolve()
    named = expand(sources, SUFFIXES if layout == AUTO else LAYOUTS[layout].suffixes)
    # What is packed is no raw file, also when the whole data root was named.
    files = [file for file in named if not file.path.is_relative_to(root / "packed")]
    if named and not files:
        raise ConfigError(f"nothing was packed: what is below {root / 'packed'} is read there as it is")
    parts, left = sort_out(files, symbol, market) if layout == AUTO else ({layout: files}, [])
    with _alone(root):
        ledger = Ledger.load(root)
        done: list[JobResult] = []
        skipped: list[Path] = []
        for name, mine in parts.items():  # one after the other: two layouts may share a packed file
            jobs, unchanged = plan(mine, LAYOUTS[name], symbol, market, ledger)
            done += _run(jobs, market, ledger, workers, progress)
            skipped += unchanged
        bars_of = {date for result in done for date in result.bars_of}
        again, unchecked = polls_beside(bars_of, symbol, market, ledger)
        checked = _run(again, market, ledger, workers, progress)
    report = PackReport(
        entries=(*entries_of(done), *entries_of_undecided(left)),
        skipped=len(skipped),
        written=len({row["path"] for result in (*done, *checked) for row in result.described})
        + sum(len(result.contracts) for result in done),
        refused_days=dict(sorted((date, why) for result in done for date, why in result.refused_days.items())),
        rechecked=entries_of(checked),
        unchecked=tuple(unchecked),
    )
    if strict and report.total("refused"):
        raise DataError("\n".join(["files were refused:", *report.findings]), "findings")
    return report


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep a second packing out of the same data root."""
    path = root / "meta" / ".packing"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"nothing was packed: another packing runs in {root}") from None
        yield


def _run(
    jobs: Sequence[Job], market: Market, ledger: Ledger, workers: int, progress: Progress | None
) -> list[JobResult]:
    done: list[JobResult] = []
    total, files, rows, saved = sum(len(job.paths) for job in jobs), 0, 0, time.monotonic()
    try:
        for result in _results(jobs, market, workers):
            done.append(result)
            ledger.record(result.sources, result.counts, result.described, result.gone)
            files += len(result.sources)
            rows += sum(source.rows_in for source in result.sources)
            if progress is not None:
                progress(files, total, rows)
            if time.monotonic() - saved > SAVE_EVERY_S:
                ledger.save()
                saved = time.monotonic()
    finally:
        if done:
            ledger.save()
    return done


def _results(jobs: Sequence[Job], market: Market, workers: int) -> Iterator[JobResult]:
    if workers == 1 or len(jobs) <= 1:
        yield from (pack_group(job, market) for job in jobs)
        return
    chunk = min(8, 1 + len(jobs) // (8 * workers))
    with spawned(min(workers, len(jobs))) as pool:
        yield from pool.map(functools.partial(pack_group, market=market), jobs, chunksize=chunk)
