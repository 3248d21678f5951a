"""Which raw files are packed together, and which need not be packed again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nfops.market import Market
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import Layout
from nfops.packing.ledger import Known, Ledger, Source
from nfops.packing.sources import RawFile, expand

BYTES_TOGETHER: Final = 16_000_000
FILES_TOGETHER: Final = 256
"""Small groups are packed as one job up to these sizes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Raw files that are cleaned together.

    ``earlier`` are packed files in which the group has rows now. When all raw files behind them are read again
    (``whole``) the new rows replace all of them, otherwise only those of the dates they cover.
    """

    name: str
    files: tuple[RawFile, ...]
    earlier: frozenset[Path]
    whole: bool
    size: int
    """Bytes on disk."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some groups, as they travel to a worker."""

    layout: str
    symbol: str
    root: Path
    groups: tuple[Group, ...]

    @property
    def files(self) -> list[RawFile]:
        """Raw files, a group after the other, each in order of path."""
        return [file for group in self.groups for file in group.files]

    @property
    def replaced(self) -> frozenset[Path]:
        """Packed files in which all rows of the groups are replaced."""
        return frozenset(path for group in self.groups if group.whole for path in group.earlier)

    @property
    def paths(self) -> list[Path]:
        """Raw files on disk; an archive is one."""
        return sorted({file.path for file in self.files})

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(group.size for group in self.groups)

    def alone(self) -> list[Job]:
        """Give each group a job of its own."""
        return [replace(self, groups=(group,)) for group in self.groups]


def plan(
    files: Iterable[RawFile], layout: Layout, symbol: str, market: Market, ledger: Ledger
) -> tuple[list[Job], list[Path]]:
    """Group files; a group is done again, with all it ever had, when one of its files is new or changed.

    Returns
    -------
    The jobs, largest first, and the files on disk that are packed already and unchanged.
    """
    members: dict[str, set[RawFile]] = {}
    for file in files:
        members.setdefault(layout.group(file, symbol, market), set()).add(file)
    known = ledger.known(symbol, layout.name)
    groups: list[Group] = []
    skipped: set[Path] = set()
    for name, mine in sorted(members.items()):
        paths = {file.path for file in mine}
        if known.settled(name, paths):
            skipped |= paths
            continue
        others = {entry.path for entry in known.groups.get(name, ())} - paths
        again = expand([path for path in others if path.exists()], layout.suffixes) if others else []
        groups.append(_group(name, {*mine, *_of(name, again, layout, symbol, market)}, known))
    # Polls of one expiry are compared with each other, so their groups stay apart.
    loads = [[group] for group in groups] if layout.kind == "snapshot" else _loads(groups)
    jobs = [Job(layout.name, symbol, ledger.root, tuple(load)) for load in loads]
    jobs.sort(key=lambda job: -job.size)
    return jobs, sorted(skipped - {file.path for group in groups for file in group.files})


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
        for name, entries in sorted(known.groups.items()):
            touched = [entry for entry in entries if _meets(entry, bars_of)]
            lost += [f"{entry.source}: its polls cannot be checked against the index bars, the file is gone"
                     for entry in touched if not entry.path.exists()]  # fmt: skip
            if any(entry.path.exists() for entry in touched):
                files = expand([entry.path for entry in entries if entry.path.exists()], layout.suffixes)
                group = _group(name, _of(name, files, layout, symbol, market), known)
                jobs.append(Job(layout.name, symbol, ledger.root, (group,)))
    return jobs, lost


def _of(name: str, files: Iterable[RawFile], layout: Layout, symbol: str, market: Market) -> set[RawFile]:
    return {file for file in files if layout.group(file, symbol, market) == name}


def _group(name: str, files: set[RawFile], known: Known) -> Group:
    entries = known.groups.get(name, ())
    paths = {file.path for file in files}
    return Group(
        name=name,
        files=tuple(sorted(files, key=RawFile.place)),
        earlier=frozenset(path for entry in entries for path in known.outputs.get(entry.source, ())),
        whole={entry.path for entry in entries} <= paths,
        size=sum(path.stat().st_size for path in paths),
    )


def _loads(groups: Iterable[Group]) -> Iterator[list[Group]]:
    """Put small groups together that follow one another."""
    load: list[Group] = []
    files = size = 0
    for group in groups:
        files, size = files + len(group.files), size + group.size
        if load and (files > FILES_TOGETHER or size > BYTES_TOGETHER):
            yield load
            load, files, size = [], len(group.files), group.size
        load.append(group)
    if load:
        yield load


def _meets(entry: Source, dates: set[dt.date]) -> bool:
    return entry.first is not None and entry.last is not None and any(entry.first <= d <= entry.last for d in dates)
