"""The file of one symbol and month: blocks of days, then an index of them.

``block, block, ..., index (JSON), hash of the index (16 bytes), its length (8 bytes), MARK``. The index comes last
because days are written as they are built; a file that was cut short lacks its mark. Days without a usable row stand in
the index only. The index holds a digest of every block, which is compared when a day is asked for, unless that was done
lately.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from nfops.daycache.chain import ChainDay
from nfops.daycache.compared import Notes, State, notes_at, notes_of, state_of
from nfops.daycache.digest import digest
from nfops.daycache.payload import ALIGN, day_of, header_of, to_payload
from nfops.errors import CacheError
from nfops.files import replacing

MARK: Final = b"nfopsdays3"
"""Ends every file; raise the number when the form of the file changes."""

_TAIL: Final = 16 + 8 + len(MARK)
"""Bytes after the index."""

MOST_FILES: Final = 256
"""Months that a process keeps open, ten years of two indices: one that is opened anew is compared anew, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A day in the index."""

    key: str
    """Content the day was built from."""
    lacking: str | None
    """Why there is no day, though there are packed rows."""
    start: int = 0
    header: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    """Of the block."""

    @property
    def bytes(self) -> int:
        """Size of the day's arrays."""
        return int(self.header.get("bytes", 0))


@dataclass(frozen=True, slots=True)
class Head:
    """What a cached day says of itself without its arrays, as :class:`ChainDay` does."""

    rows: int
    legacy: bool
    data_hash: str


@dataclass(frozen=True, slots=True)
class MonthFile:
    """An opened month."""

    buffer: memoryview
    days: Mapping[dt.date, Entry]
    notes: Notes | None = None
    _compared: dict[dt.date, bool] = field(default_factory=dict)

    def block(self, entry: Entry) -> memoryview:
        """Bytes of a day's arrays."""
        return self.buffer[entry.start : entry.start + entry.bytes]

    def is_whole(self, date: dt.date, *, anew: bool = False) -> bool:
        """Whether the arrays of a day are those that were written; they are read, unless that is noted, or ``anew``."""
        if date not in self._compared or anew:
            noted = self.notes is not None and self.notes.hold(date) and not anew
            self._compared[date] = self.days[date].lacking is not None or noted or self._agrees(date)
        return self._compared[date]

    def _agrees(self, date: dt.date) -> bool:
        entry = self.days[date]
        agrees = digest(self.block(entry)) == entry.digest
        if agrees and self.notes is not None:
            self.notes.add(date)
        return agrees

    def head(self, date: dt.date) -> Head:
        """Give what the index says of a day; opening all arrays takes a hundred times as long."""
        return Head(*(self.days[date].header[field] for field in Head.__slots__))

    def day(self, date: dt.date) -> ChainDay:
        """Give a day of views of the file."""
        entry = self.days[date]
        return day_of(entry.header, self.block(entry))


@dataclass
class MonthWriter:
    """Writes the days of a month one after another."""

    out: BinaryIO
    index: dict[dt.date, Entry] = field(default_factory=dict)

    def add(self, day: ChainDay) -> None:
        """Write a day."""
        start, block = self._align(), to_payload(day)["block"]
        self.out.write(block.data)
        self.index[day.date] = Entry(day.data_hash, None, start, header_of(day), digest(block))

    def lacks(self, date: dt.date, key: str, reason: str) -> None:
        """Note that a day has no usable row."""
        self.index[date] = Entry(key, reason)

    def copy(self, month: MonthFile, date: dt.date) -> None:
        """Write a day of another file as it is."""
        entry, start = month.days[date], self._align()
        self.out.write(month.block(entry))
        self.index[date] = replace(entry, start=start)

    def close(self) -> None:
        """Write the index."""
        entries = {
            str(date): [entry.key, entry.lacking, entry.start, entry.header, entry.digest]
            for date, entry in sorted(self.index.items())
        }
        self.out.seek(self._align())
        footer = json.dumps(entries).encode()
        self.out.write(footer + _hash(footer) + len(footer).to_bytes(8, "little") + MARK)

    def _align(self) -> int:
        end = self.out.seek(0, 2)
        self.out.write(b"\0" * (-end % ALIGN))
        return self.out.tell()


@contextmanager
def writing(path: Path) -> Iterator[MonthWriter]:
    """Give a writer of a month; the file appears, whole, when the block ends well."""
    with replacing(path) as part, part.open("wb") as out:
        writer = MonthWriter(out)
        yield writer
        writer.close()


def delete(path: Path) -> None:
    """Delete a month's file, and what is noted of it."""
    for file in (path, notes_at(path)):
        file.unlink(missing_ok=True)


def open_month(path: Path) -> MonthFile:
    """Map a month's file, once in a process as long as it is not written anew.

    Raises
    ------
    CacheError
        When the file is cut short, none of ours, or its index is not the one that was written.
    """
    return _map(path, state_of(path))


@lru_cache(maxsize=MOST_FILES)
def _map(path: Path, state: State) -> MonthFile:
    """Map the file; a rewritten one has another state."""
    end = state.size - _TAIL
    with path.open("rb") as stream:
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)) if end >= 0 else memoryview(b"")
    if bytes(mapped[-len(MARK) :]) != MARK:
        raise CacheError(f"{path} is cut short, or no file of the day cache; building its days writes it anew")
    length = int.from_bytes(mapped[end + 16 : end + 24], "little")
    footer = bytes(mapped[max(end - length, 0) : end])
    if _hash(footer) != bytes(mapped[end : end + 16]):
        raise CacheError(f"the index of {path} is damaged; building its days writes it anew")
    days = {dt.date.fromisoformat(name): Entry(*entry) for name, entry in json.loads(footer).items()}
    if any(entry.start + entry.bytes > end - length for entry in days.values()):
        raise CacheError(f"{path} is shorter than its index says; building its days writes it anew")
    return MonthFile(mapped, days, notes_of(path, state))


def _hash(footer: bytes) -> bytes:
    return hashlib.blake2b(footer, digest_size=16).digest()
