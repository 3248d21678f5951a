"""Where every row of a packing went, printed: in all, by raw file, and what a person should look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
from rich import box
from rich.table import Table

from nfops.packing import PackEntry, PackReport
from nfops.packing.reasons import REASONS
from sweeps.console import Console

FILES = 20
"""Raw files of which the account is printed one by one; of more, those that lost most."""

EXAMPLES = 3
"""Findings of one reason that are printed."""


def print_account(console: Console, report: PackReport) -> None:
    """Print a report of packing."""
    console.terminal.print(_in_all(report))
    if report.entries:
        console.terminal.print(_by_file(report.entries))
    for line in (*_refused(report.entries), *_days(report.refused_days), *report.unchecked):
        console.terminal.print(line, soft_wrap=True, markup=False, highlight=False)
    console.terminal.print(
        f"{report.written:,} packed files written, {report.skipped:,} raw files unchanged and skipped"
    )


def write_account(report: PackReport, path: Path) -> None:
    """Write the account of every raw file as CSV: what was counted, under which reason, how often."""
    rows = [
        (entry.source, effect, reason, count)
        for entry in report.entries
        for effect, counts in (
            ("in", {"": entry.rows_in}), ("packed", {"": entry.packed}), ("dropped", entry.dropped),
            ("noted", entry.noted), ("flagged", entry.flagged), ("refused", entry.refused),
        )
        for reason, count in counts.items()
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=["file", "effect", "reason", "rows"], orient="row").write_csv(path)


def _in_all(report: PackReport) -> Table:
    title = "Every row accounted for" if report.balanced else "UNBALANCED"
    table = Table("rows", "count", "meaning", box=box.SIMPLE_HEAD, title=title)
    table.columns[1].justify = "right"
    table.add_row("in", f"{report.rows_in:,}")
    table.add_row("packed", f"{report.packed:,}")
    found = {
        "dropped": report.total("dropped"),
        "kept and marked": report.total("noted"),
        "kept, looks wrong": report.total("flagged"),
    }
    for label, counts in found.items():
        for reason, count in counts.items():
            table.add_row(f"{label}: {reason}", f"{count:,}", REASONS.get(reason, ""))
    return table


def _by_file(entries: tuple[PackEntry, ...]) -> Table:
    lost = sorted(entries, key=lambda entry: (entry.packed - entry.rows_in, entry.source))
    shown = entries if len(entries) <= FILES else lost[:FILES]
    title = "By file" if len(shown) == len(entries) else f"The {FILES} of {len(entries):,} files that lost most"
    table = Table("file", "in", "packed", "dropped", box=box.SIMPLE_HEAD, title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for entry in shown:
        dropped = sum(entry.dropped.values())
        equal = "" if entry.balanced else " UNBALANCED"
        table.add_row(Path(entry.source).name, f"{entry.rows_in:,}", f"{entry.packed:,}", f"{dropped:,}{equal}")
    return table


def _refused(entries: tuple[PackEntry, ...]) -> Iterator[str]:
    """Give the findings of files, some of each reason."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        for finding in entry.findings:
            name, reason, *_ = finding.split(": ", 2)
            line = finding if name == Path(entry.source).name else f"{Path(entry.source).name}: {finding}"
            by_reason.setdefault(reason, []).append(line)
    for reason, lines in sorted(by_reason.items()):
        yield f"refused: {reason} ({len(lines):,}): {REASONS.get(reason, '')}"
        yield from (f"    {line}" for line in lines[:EXAMPLES])
        if len(lines) > EXAMPLES:
            yield f"    ... and {len(lines) - EXAMPLES:,} more; --account FILE lists every file"


def _days(refused: Mapping[dt.date, str]) -> Iterator[str]:
    """Give dates of which nothing is packed, those with one reason together."""
    alike: dict[str, list[dt.date]] = {}
    for date, why in refused.items():
        alike.setdefault(why.replace(str(date), "the day"), []).append(date)
    for why, dates in alike.items():
        span = str(dates[0]) if len(dates) == 1 else f"{dates[0]} to {dates[-1]} ({len(dates):,} days)"
        yield f"not packed: {span}: {why}"
