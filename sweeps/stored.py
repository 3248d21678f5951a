"""What lies on disk to save time: cached days, results of sweeps, compiled kernels; and what of it nobody needs.

A cached day is needed as long as today's packed content and code give its key, results and kernels as long as their
name is that of today's code. All of it may be deleted at any time: it is made again when it is wanted.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from nfops.daycache import DayStore
from nfops.daycache.month import Entry, open_month
from nfops.errors import CacheError, ConfigError
from nfops.jit import code_name
from nfops.market import Market
from nfops.packing import PackedDays
from nfops.strategies import ENTRY_RULES, LEG_RULES, compose
from sweeps.hold import progress_of
from sweeps.results import RESULTS, run_name

RECENT_S: Final = 86_400
"""Kernels compiled, and files begun, within a day may be in use by another checkout or process."""

RUN: Final = re.compile(r"^(?P<symbol>[^-]+)-(?P<strategy>.+)-[0-9a-f]{16}$")
"""Name of a folder of results."""


@dataclass(frozen=True)
class CachedDays:
    """The day cache of an index."""

    symbol: str
    bytes: int
    current: tuple[dt.date, ...]
    """Days that runs use."""
    stale: tuple[dt.date, ...]
    """Days built from other content, or by other code."""
    gone: tuple[dt.date, ...]
    """Days of which nothing is packed any more."""
    missing: tuple[dt.date, ...]
    """Days that are packed and not cached; those without a usable row are none."""
    expiries: int
    """Distinct ones of the current days."""
    damaged: tuple[Path, ...]
    """Files that cannot be read, or that a killed process began."""


@dataclass(frozen=True)
class Folders:
    """Folders named by the code that filled them."""

    current: tuple[Path, ...]
    old: tuple[Path, ...]
    recent: tuple[Path, ...] = ()
    """Of other code, and too new to be touched."""


@dataclass(frozen=True)
class Hits:
    """How much of a sweep was known before it began."""

    sweep: str
    started: str
    days: int
    days_built: int | None
    """None where the sweep did not say."""
    tasks: int
    """Days times blocks."""
    known: int


@dataclass(frozen=True)
class Stored:
    """Everything."""

    days: tuple[CachedDays, ...]
    results: Folders
    kernels: Folders
    hits: tuple[Hits, ...]

    @property
    def unneeded(self) -> int:
        """Count days, files and folders that pruning would delete."""
        of_days = sum(len(one.stale) + len(one.gone) + len(one.damaged) for one in self.days)
        return of_days + len(self.results.old) + len(self.kernels.old)


def look(root: Path, market: Market, sweeps: int) -> Stored:
    """Look at a data root, at the kernels of this user, and at the last so many sweeps.

    Raises
    ------
    ConfigError
        When there is no such folder.
    """
    if not root.is_dir():
        raise ConfigError(f"{root} is no folder; name the data root with --data")
    folders = [folder for folder in sorted((root / "cache").glob("*")) if folder.name in market.symbols]
    results = [folder for folder in sorted((root / RESULTS).glob("*")) if folder.is_dir()]
    return Stored(
        tuple(_days(root, folder.name, market) for folder in folders),
        Folders(*_parted(results, [folder for folder in results if _is_current(folder.name)])),
        _kernels(),
        tuple(_hits(root, sweeps)),
    )


def prune(root: Path, market: Market, stored: Stored) -> int:
    """Delete what :func:`look` found nobody needs; return how many bytes that freed."""
    freed = 0
    for one in stored.days:
        freed += DayStore(root, one.symbol, market).purge([*one.stale, *one.gone])
        freed += sum(map(_deleted, one.damaged))
    return freed + sum(map(_deleted, [*stored.results.old, *stored.kernels.old]))


def kernel_home() -> Path:
    """Folder in which compiled kernels lie, in one folder for each code and processor."""
    return Path(os.environ["NUMBA_CACHE_DIR"]).parent


def weight(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _days(root: Path, symbol: str, market: Market) -> CachedDays:
    folder = root / "cache" / symbol
    entries: dict[dt.date, Entry] = {}
    damaged = [path for path in folder.glob(".*") if path.name != ".lock" and not _is_recent(path)]
    for path in sorted(folder.glob("*.days")):
        try:
            entries |= open_month(path).days
        except CacheError:
            damaged.append(path)
    packed = PackedDays.open(root, symbol).dates()
    keys = DayStore(root, symbol, market).keys(packed)
    current = {date: entry for date, entry in entries.items() if keys.get(date) == entry.key}
    usable = {date: entry for date, entry in current.items() if entry.lacking is None}
    return CachedDays(
        symbol,
        weight(folder),
        tuple(sorted(usable)),
        tuple(sorted(date for date in entries if date in keys and date not in current)),
        tuple(sorted(date for date in entries if date not in keys)),
        tuple(sorted(date for date in keys if date not in entries)),
        len({expiry for entry in usable.values() for expiry in entry.header["expiries"]}),
        tuple(damaged),
    )


def _is_current(name: str) -> bool:
    """Whether today's code would put results under this name."""
    found = RUN.match(name)
    return found is not None and name in _names(found["symbol"], found["strategy"])


@cache
def _names(symbol: str, strategy: str) -> frozenset[str]:
    """Names of the results of a strategy, of whatever parts it is composed."""
    names = set()
    for entry in ENTRY_RULES:
        for legs in LEG_RULES:
            try:
                names.add(run_name(symbol, compose(strategy, entry, legs)))
            except ConfigError:
                continue  # parts that do not go together
    return frozenset(names)


def _kernels() -> Folders:
    folders = [folder for folder in sorted(kernel_home().glob("*")) if folder.is_dir()]
    current, old = _parted(folders, [folder for folder in folders if folder.name.startswith(code_name())])
    return Folders(
        current,
        tuple(folder for folder in old if not _is_recent(folder)),
        tuple(folder for folder in old if _is_recent(folder)),
    )


def _parted(folders: Sequence[Path], current: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    return tuple(current), tuple(folder for folder in folders if folder not in current)


def _is_recent(path: Path) -> bool:
    """Whether something was put there, or taken away, within the last day."""
    below = [path, *path.rglob("*")] if path.is_dir() else [path]
    return time.time() - max(one.stat().st_mtime for one in below) < RECENT_S


def _deleted(path: Path) -> int:
    freed = weight(path)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return freed


def _hits(root: Path, count: int) -> Iterator[Hits]:
    """Say of the last sweeps, newest first, what they found."""
    found = []
    for path in (root / "sweeps").glob("*/*/sweep.json"):
        summary = json.loads(path.read_text(encoding="utf-8"))
        progress = progress_of(path.parent)
        if "days" in summary and progress is not None:  # it came to its end, once
            name = str(path.parent.relative_to(root / "sweeps"))
            built = summary.get("days_built")
            hits = Hits(name, summary["started"], summary["days"], built, progress["total"], progress["known"])
            found.append(hits)
    yield from sorted(found, key=lambda hits: hits.started, reverse=True)[:count]
