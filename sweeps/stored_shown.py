"""What `nfops cache` prints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from sweeps.stored import CachedDays, Folders, Hits, Stored, weight


def tables(stored: Stored) -> Iterator[Table | str]:
    """Give everything as tables and lines, for people."""
    yield _days(stored.days) if stored.days else "no day is cached"
    yield _folders(stored)
    if stored.hits:
        yield _hits(stored.hits)
    if stored.unneeded:
        yield "nothing uses what is stale, gone, damaged or old any more; nfops cache --prune deletes it"


def as_json(stored: Stored, freed: int) -> dict[str, Any]:
    """Give everything in plain values, for programs; ``freed`` bytes were pruned."""
    return {
        "days": [{**asdict(one), **_plain(one)} for one in stored.days],
        "results": _weights(stored.results),
        "kernels": _weights(stored.kernels),
        "sweeps": [asdict(hits) for hits in stored.hits],
        "unneeded": stored.unneeded,
        "freed": freed,
    }


def _plain(one: CachedDays) -> dict[str, list[str]]:
    lists: dict[str, Sequence[dt.date | Path]] = {
        "current": one.current,
        "stale": one.stale,
        "gone": one.gone,
        "missing": one.missing,
        "damaged": one.damaged,
    }
    return {name: [str(value) for value in values] for name, values in lists.items()}


def _weights(folders: Folders) -> dict[str, dict[str, int]]:
    """Bytes of each folder by its name."""
    return {state: {path.name: weight(path) for path in of} for state, of in vars(folders).items()}


def _days(days: Sequence[CachedDays]) -> Table:
    headings = ("index", "days", "first", "last", "expiries", "to build", "stale", "gone", "damaged", "MB")
    table = Table(*headings, title="Cached days", title_justify="left", box=box.SIMPLE_HEAD)
    for one in days:
        ends = (str(one.current[0]), str(one.current[-1])) if one.current else ("-", "-")
        counts = (one.expiries, len(one.missing), len(one.stale), len(one.gone), len(one.damaged))
        table.add_row(one.symbol, str(len(one.current)), *ends, *map(str, counts), _mega(one.bytes))
    return table


def _folders(stored: Stored) -> Table:
    headings = ("what", "used", "MB", "old", "MB", "old, of today", "MB")
    table = Table(*headings, title="Of this code, and of other code", title_justify="left", box=box.SIMPLE_HEAD)
    for what, folders in {"results of sweeps": stored.results, "compiled kernels": stored.kernels}.items():
        parts = (folders.current, folders.old, folders.recent)
        cells = [cell for part in parts for cell in (str(len(part)), _mega(sum(map(weight, part))))]
        table.add_row(what, *cells)
    return table


def _hits(hits: Sequence[Hits]) -> Table:
    headings = ("sweep", "days", "found cached", "days x blocks", "found known")
    table = Table(*headings, title="What the last sweeps found", title_justify="left", box=box.SIMPLE_HEAD)
    for one in hits:
        built = "-" if one.days_built is None else _share(max(one.days - one.days_built, 0), one.days)
        table.add_row(one.sweep, str(one.days), built, str(one.tasks), _share(one.known, one.tasks))
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _mega(size: int) -> str:
    return f"{size / 1e6:,.1f}"
