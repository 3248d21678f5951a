"""Which raw files are packed together, and which need not be packed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nfops.market import Market
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import Layout
from nfops.packing.ledger import Known, Ledger, Source
from nfops.packing.sources import RawFile, expand


@dataclass(frozen=True, slots=True)
class Job:
    """One group of raw files, as it travels to a worker.

    ``earlier`` are packed files in which the group has rows now. When all raw files behind them are read again
    (``whole``) the new rows replace all of them, otherwise only those of the dates they cover.
    """

    layout: str
    group: str
    symbol: str
    root: Path
    files: tuple[RawFile, ...]
    earlier: frozenset[Path]
    whole: bool

    @property
    def paths(self) -> list[Path]:
        """Raw files on disk; an archive is one."""
        return sorted({file.path for file in self.files})


def plan(
    files: Iterable[RawFile], layout: Layout, symbol: str, market: Market, ledger: Ledger
) -> tuple[list[Job], list[Path]]:
    """Group files; a group is done again, with all it ever had, when one of its files is new or changed.

    Returns
    -------
    The jobs, largest first, and the files on disk that are packed already and unchanged.
    """
    groups: dict[str, set[RawFile]] = {}
    for file in files:
        groups.setdefault(layout.group(file, symbol, market), set()).add(file)
    known = ledger.known(symbol, layout.name)
    jobs: list[Job] = []
    skipped: set[Path] = set()
    for group, members in sorted(groups.items()):
        paths = {file.path for file in members}
        if known.settled(group, paths):
            skipped |= paths
            continue
        here = [entry.path for entry in known.groups.get(group, ()) if entry.path.exists()]
        again = expand(set(here) - paths, layout.suffixes)
        members.update(file for file in again if layout.group(file, symbol, market) == group)
        jobs.append(_job(members, layout.name, group, symbol, ledger.root, known))
    jobs.sort(key=lambda job: -sum(path.stat().st_size for path in job.paths))
    return jobs, sorted(skipped - {path for job in jobs for path in job.paths})


def polls_beside(bars_of: set[dt.date], symbol: str, market: Market, ledger: Ledger) -> tuple[list[Job], list[str]]:
    """List the groups of snapshots that must be checked against index bars written for these dates.

    Returns
    -------
    The jobs, and what cannot be checked because its raw file is gone.
    """
    jobs: list[Job] = []
    lost: list[str] = []
    for layout in (layout for layout in LAYOUTS.values() if layout.kind == "snapshot"):
        known = ledger.known(symbol, layout.name)
        for group, entries in sorted(known.groups.items()):
            touched = [entry for entry in entries if _meets(entry, bars_of)]
            lost += [f"{entry.source}: its polls cannot be checked against the index bars, the file is gone"
                     for entry in touched if not entry.path.exists()]  # fmt: skip
            if any(entry.path.exists() for entry in touched):
                files = expand([entry.path for entry in entries if entry.path.exists()], layout.suffixes)
                mine = {file for file in files if layout.group(file, symbol, market) == group}
                jobs.append(_job(mine, layout.name, group, symbol, ledger.root, known))
    return jobs, lost


def _job(files: set[RawFile], layout: str, group: str, symbol: str, root: Path, known: Known) -> Job:
    entries = known.groups.get(group, ())
    earlier = frozenset(path for entry in entries for path in known.outputs.get(entry.source, ()))
    whole = {entry.path for entry in entries} <= {file.path for file in files}
    return Job(layout, group, symbol, root, tuple(sorted(files)), earlier, whole)


def _meets(entry: Source, dates: set[dt.date]) -> bool:
    return entry.first is not None and entry.last is not None and any(entry.first <= d <= entry.last for d in dates)
