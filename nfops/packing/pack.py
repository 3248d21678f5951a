"""Packing: from named sources to packed Parquet, with an account of every row.

1. ``sources.expand`` lists raw files; the layout sorts them into groups that are cleaned together.
2. A group none of whose files changed since it was packed is skipped.
3. Groups are read (one bad file never stops the others), cleaned and written, in this process or in workers.
4. Ledger and manifest are saved now and then, so a killed run goes on where it stopped. What it wrote after the last
   saving is written again, to the same bytes.
5. When index bars have arrived, polls packed before them are checked against them by packing them again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from nfops.errors import ConfigError, DataError
from nfops.market import Market
from nfops.packing.crew import Crew, alone
from nfops.packing.detect import AUTO, SUFFIXES, entries_of_undecided, sort_out
from nfops.packing.layouts import LAYOUTS
from nfops.packing.ledger import Ledger
from nfops.packing.plan import Job, plan, polls_beside
from nfops.packing.report import PackReport, entries_of
from nfops.packing.sources import expand
from nfops.packing.work import JobResult

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
        Raise when anything wants a look (``PackReport.doubts``). What could be packed is packed all the same.
    progress
        Called after each job, which is a few hundred small files or a large one.

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
    ours = f"{root / 'packed'}{os.sep}"
    files = [file for file in named if not str(file.path).startswith(ours)]
    if named and not files:
        raise ConfigError(f"nothing was packed: what is below {root / 'packed'} is read there as it is")
    parts, left = sort_out(files, symbol, market) if layout == AUTO else ({layout: files}, [])
    with alone(root) as lease:
        crew = Crew(workers, lease)
        ledger = Ledger.load(root)
        done: list[JobResult] = []
        skipped: list[Path] = []
        for name, mine in parts.items():  # one after the other: two layouts may share a packed file
            jobs, unchanged = plan(mine, LAYOUTS[name], symbol, market, ledger)
            done += _run(jobs, market, ledger, crew, progress)
            skipped += unchanged
        bars_of = {date for result in done for date in result.bars_of}
        again, unchecked = polls_beside(bars_of, symbol, market, ledger)
        checked = _run(again, market, ledger, crew, progress)
    report = PackReport(
        entries=(*entries_of(done), *entries_of_undecided(left)),
        skipped=len(skipped),
        written=len({row["path"] for result in (*done, *checked) for row in result.described})
        + sum(len(result.contracts) for result in done),
        refused_days=dict(sorted((date, why) for result in done for date, why in result.refused_days.items())),
        rechecked=entries_of(checked),
        unchecked=tuple(unchecked),
    )
    if strict and report.doubts:
        raise DataError("\n".join(["not all is as it should be:", *report.doubts]), "findings")
    return report


def _run(jobs: Sequence[Job], market: Market, ledger: Ledger, crew: Crew, progress: Progress | None) -> list[JobResult]:
    done: list[JobResult] = []
    total, files, rows = len({path for job in jobs for path in job.paths}), 0, 0
    due = time.monotonic() + SAVE_EVERY_S
    try:
        for result in crew.results(jobs, market):
            done.append(result)
            ledger.record(result.sources, result.counts, result.described, result.gone)
            files += len(result.sources)
            rows += sum(source.rows_in for source in result.sources)
            if progress is not None:
                progress(files, total, rows)
            if time.monotonic() > due:
                began = time.monotonic()
                ledger.save()
                due = time.monotonic() + max(SAVE_EVERY_S, 20 * (time.monotonic() - began))
    finally:
        if done:
            ledger.save()
    return done
