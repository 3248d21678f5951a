"""``--layout auto``: which layout a raw file is of, decided only where exactly one fits.

A file is known by its form, its header or first line, and its name, as the layouts declare them. A guess is never made:
where none or several fit the file is refused and the candidates are named. Two more refusals guard what no content
shows: an index file that does not say of which index it is, and a contract name that two grammars read differently.
"""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import ConfigError, DataError
from nfops.market import Market, tickers
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import OTHER_SYMBOL, PASSED_OVER, Layout
from nfops.packing.report import PackEntry
from nfops.packing.sources import DAMAGED, RawFile

AUTO: Final = "auto"

SUFFIXES: Final = tuple(sorted({suffix for layout in LAYOUTS.values() for suffix in layout.suffixes}))
"""Endings of the files that any layout reads."""

NO_LAYOUT: Final = "unknown_layout"
AMBIGUOUS: Final = "ambiguous_layout"
UNDECIDED: Final = frozenset({NO_LAYOUT, AMBIGUOUS})
"""Reasons of files left out because their layout could not be told."""

_HEAD: Final = 65_536
"""Bytes that are looked at, unpacked."""

_SHOWN: Final = 20
"""Files that are named when nothing can be decided."""

_READERS: Final = {"exchange": tickers.parse, "truedata": tickers.parse_truedata}
"""Grammars whose names collide."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A file whose layout cannot be told, and why, in words."""

    file: RawFile
    reason: str
    why: str


def sort_out(files: Iterable[RawFile], symbol: str, market: Market) -> tuple[dict[str, list[RawFile]], list[Undecided]]:
    """Sort files by layout, those that cannot be told apart.

    A member of an archive that fits none goes with the others of its archive, whose reader knows what to make of it.

    Raises
    ------
    ConfigError
        When there are files and not one can be decided.
    """
    sorted_: dict[str, list[RawFile]] = {}
    undecided: list[Undecided] = []
    for file in files:
        found = decide(file, symbol, market)
        if isinstance(found, Undecided):
            undecided.append(found)
        else:
            sorted_.setdefault(found, []).append(file)
    homes: dict[Path, set[str]] = {}
    for name, fitting in sorted_.items():
        for file in fitting:
            homes.setdefault(file.path, set()).add(name)
    left = []
    for item in undecided:
        siblings = homes.get(item.file.path, set())
        if item.reason == NO_LAYOUT and len(siblings) == 1:
            sorted_[next(iter(siblings))].append(item.file)
        elif item.reason not in PASSED_OVER:
            left.append(item)
    if left and not sorted_:
        told = [f"{item.file.name}: {item.why}" for item in left[:_SHOWN]]
        told += [f"and {len(left) - _SHOWN:,} files more"] if len(left) > _SHOWN else []
        raise ConfigError.collect(told, "nothing was packed, no layout can be told:")
    return {name: sorted(sorted_[name]) for name in LAYOUTS if name in sorted_}, left


def entries_of_undecided(left: Iterable[Undecided]) -> list[PackEntry]:
    """Make one entry of the account for each raw file on disk that was left out, or of which members were."""
    by_path: dict[Path, list[Undecided]] = {}
    for item in left:
        by_path.setdefault(item.file.path, []).append(item)
    return [
        PackEntry(
            source=str(path),
            rows_in=0,
            packed=0,
            dropped={},
            noted={},
            flagged={},
            refused=dict(Counter(item.reason for item in items)),
            findings=tuple(f"{item.file.member or path.name}: {item.reason}: {item.why}" for item in items),
        )
        for path, items in by_path.items()
    ]


def decide(file: RawFile, symbol: str, market: Market) -> str | Undecided:
    """Give the name of the one layout that fits a file, or say why there is none."""
    try:
        head = _head(file)
    except DAMAGED as fault:
        return Undecided(file, NO_LAYOUT, f"it cannot be read: {fault}")
    fitting = [layout for layout in LAYOUTS.values() if fits(layout, file, head)]
    if len(fitting) > 1:
        names = ", ".join(layout.name for layout in fitting)
        return Undecided(file, AMBIGUOUS, f"it may be of {names}; say which with --layout")
    if not fitting:
        why = f"no layout fits; it begins {_first_line(head)[:100]!r}" if head.strip() else "it has no rows"
        return Undecided(file, NO_LAYOUT, why)
    return _nameless(file, fitting[0], symbol) or _collides(file, fitting[0], head, market) or fitting[0].name


def fits(layout: Layout, file: RawFile, head: bytes) -> bool:
    """Whether a file that begins with ``head`` may be of a layout."""
    if not file.base.endswith(layout.suffixes) or not re.search(layout.holds, file.name):
        return False
    if (layout.form == "parquet") != head.startswith(b"PAR1"):
        return False
    if layout.form == "parquet":
        return _has(layout, _schema(file))
    first = _first_line(head)
    if layout.first:
        return re.match(layout.first, first) is not None
    if layout.form == "json":
        return first.lstrip().startswith("{") and all(f'"{key}"'.encode() in head for key in layout.columns)
    return layout.form == "csv" and _has(layout, first.replace('"', "").split(","))


def _has(layout: Layout, columns: Iterable[str]) -> bool:
    return set(layout.columns) <= {column.strip() for column in columns}


def _head(file: RawFile) -> bytes:
    if file.member:
        return file.read()[:_HEAD]
    with file.path.open("rb") as stream:
        if file.path.suffix != ".gz":
            return stream.read(4 if file.path.suffix == ".parquet" else _HEAD)  # a tree may hold 100,000 of those
        with gzip.open(stream) as unpacked:
            return unpacked.read(_HEAD)


def _schema(file: RawFile) -> list[str]:
    plain = not file.member and file.path.suffix != ".gz"
    try:
        return list(pl.read_parquet_schema(file.path if plain else io.BytesIO(file.read())))
    except (*DAMAGED, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return []


def _first_line(head: bytes) -> str:
    lines = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").splitlines()
    return lines[0] if lines else ""


def _nameless(file: RawFile, layout: Layout, symbol: str) -> Undecided | None:
    """Say why a file in which nothing names the index is not taken for ``symbol``: its path names none, or another."""
    if not layout.names.place.startswith("--symbol"):
        return None
    near = "/".join(file.name.upper().split("/")[-2:])
    named = next((index for index in tickers.UNDERLYINGS if index in near), None)
    if named == symbol:
        return None
    why = f"nothing in it says that it is of {symbol}; if it is, say --layout {layout.name}"
    return Undecided(file, AMBIGUOUS if named is None else OTHER_SYMBOL, why)


def _collides(file: RawFile, layout: Layout, head: bytes, market: Market) -> Undecided | None:
    """Say how else the contract's name reads, if only the name says which contract a file without a header is of."""
    if layout.form != "headerless csv" or layout.names.place != "the file name":
        return None
    day = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", _first_line(head))
    since = "-".join(day.groups()) if day else ""
    meant: dict[tuple[object, ...], str] = {}
    for grammar, parse in _READERS.items():
        try:
            ticker = parse(file.stem.rsplit("_", 1)[-1])
            expiry = market.contract_expiry(ticker)
        except DataError:
            continue
        # A date that merely lies in the week of an expiry is a weaker reading, and no contract trades after its expiry.
        if ticker.strike is not None and expiry == (ticker.date or expiry) and str(expiry) >= since:
            what = f"{expiry} {ticker.strike}{ticker.right} as {grammar} names are read"
            meant.setdefault((expiry, ticker.strike, ticker.right), what)
    if len(meant) < 2:
        return None
    why = f"its name means {' or '.join(meant.values())}; if it is TrueData's, say --layout {layout.name}"
    return Undecided(file, AMBIGUOUS, why)
