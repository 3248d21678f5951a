"""The day cache of a symbol: which days are cached, building those that are not, and opening them.

A day is known by a key: the content of every packed file with rows of it, the session, the near future's expiry, and
the code that builds days. It never depends on the range that was asked for. The cache can be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

import polars as pl

from nfops.daycache.chain import ChainDay
from nfops.daycache.coverage import COVERAGE, coverage
from nfops.daycache.cutting import cut, mapping
from nfops.daycache.keys import day_keys
from nfops.daycache.month import Entry, Head, MonthFile, delete, open_month, writing
from nfops.daycache.piece import Piece, build_piece
from nfops.errors import CacheError, DataError
from nfops.files import locked
from nfops.market import Market
from nfops.packing import PackedDays

State: TypeAlias = Literal["missing", "stale", "ready"]
NOT_PACKED: Final = "no option row is packed"

_INFO: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "date": pl.Date,
    "state": pl.String,
    "packed": pl.Boolean,
    "lacking": pl.String,
    "option_sources": pl.List(pl.String),
    "spot_sources": pl.List(pl.String),
    "future_sources": pl.List(pl.String),
    "bytes": pl.Int64,
    "rows": pl.Int64,
    **COVERAGE,
}


@dataclass(frozen=True)
class DayStore:
    """The day cache of one symbol under a data root."""

    root: Path
    symbol: str
    market: Market

    def packed(self) -> PackedDays:
        """Look at the packed folders; who asks several questions about many files may ask them of one look."""
        return PackedDays.open(self.root, self.symbol)

    def keys(self, dates: Iterable[dt.date], packed: PackedDays | None = None) -> dict[dt.date, str]:
        """Content key of each of ``dates`` that has packed option rows, as the packed folders are now."""
        return day_keys(packed or self.packed(), self.market, dates)

    def states(self, dates: Sequence[dt.date]) -> dict[dt.date, State]:
        """Say of each date whether it is cached (``ready``), from other content (``stale``), or not (``missing``)."""
        keys, cached = self.keys(dates), self._cached(dates)
        return {date: _state(cached.get(date), keys.get(date)) for date in dates}

    def ready(self, dates: Sequence[dt.date]) -> set[dt.date]:
        """Those of ``dates`` whose cached arrays are of today's packed content."""
        return {date for date, state in self.states(dates).items() if state == "ready"}

    def legacy(self, dates: Iterable[dt.date], packed: PackedDays | None = None) -> set[dt.date]:
        """Those of ``dates`` whose packed options are all of the old scripts; a look at one file of each tells."""
        packed = packed or self.packed()
        return {date for date in dates if packed.legacy(date)}

    def load(self, date: dt.date, *, compare: bool = True) -> ChainDay:
        """Give a cached day without copying: its arrays are read-only views of the mapped month.

        Whether it is still of today's packed content is not asked here, but by :meth:`states` and :meth:`build`.

        Parameters
        ----------
        compare
            Read the arrays, unless that was done within a day, to see whether they are those that were written;
            needless for a look at what is around them.

        Raises
        ------
        CacheError
            When the day is not in the cache, or it or the month's file is damaged.
        """
        month = self._opened(date)
        if compare and not month.is_whole(date):
            raise CacheError(_damaged(self.symbol, date, self._at(date)))
        return month.day(date)

    def head(self, date: dt.date) -> Head:
        """Say of a cached day what its arrays are not needed for; CacheError as :meth:`load`."""
        return self._opened(date).head(date)

    def _opened(self, date: dt.date) -> MonthFile:
        path = self._at(date)
        month = open_month(path) if path.exists() else None
        entry = month.days.get(date) if month else None
        if month is None or entry is None:
            raise CacheError(f"{self.symbol} {date} is not in the day cache ({path}); build it first")
        if entry.lacking is not None:
            raise CacheError(f"{self.symbol} {date} has no arrays: {entry.lacking}")
        return month

    def broken(self, dates: Iterable[dt.date]) -> list[str]:
        """Say which files of the months of ``dates`` cannot be opened; :meth:`build` writes them anew."""
        told = []
        for path in map(self.path, _months(dates)):
            try:
                _ = open_month(path) if path.exists() else None
            except CacheError as fault:
                told.append(str(fault))
        return told

    def mend(self, dates: Sequence[dt.date]) -> list[str]:
        """Drop what is damaged of ``dates``, for :meth:`build` to make anew; say what it was. Reads every array."""
        months = {month: self._month(month) for month in _months(dates)}
        damaged = [
            date
            for date in dates
            if (month := months[f"{date:%Y%m}"]) and date in month.days and not month.is_whole(date, anew=True)
        ]
        told = [_damaged(self.symbol, date, self._at(date)) for date in damaged]
        told += self.broken(dates)
        self.purge(damaged)
        return told

    def build(
        self,
        dates: Sequence[dt.date],
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
        packed: PackedDays | None = None,
    ) -> dict[dt.date, DataError]:
        """Build the days that are missing or stale; days that did not change are kept.

        Of the days that are built every packed file is compared with the manifest before any is read.

        Parameters
        ----------
        workers
            Processes; the bytes of the arrays do not depend on it.
        progress
            Called with days done and days to do.

        Returns
        -------
        Those of ``dates`` that cannot be used: its reason is ``missing`` for a day without a usable option row, and
        ``changed_file`` for one of which a file is not as it was packed.
        """
        packed = packed or self.packed()
        keys, cached = day_keys(packed, self.market, dates), self._cached(dates)
        old = sorted(date for date in keys if date not in cached or cached[date].key != keys[date])
        unusable = packed.changed(old)
        if wanted := [date for date in old if date not in unusable]:
            self._build(cut(wanted, packed, workers), keys, workers, progress)
            cached = self._cached(dates)
        for date in dates:
            reason = NOT_PACKED if date not in keys else None if date in unusable else cached[date].lacking
            if reason is not None:
                unusable[date] = DataError(reason, "missing")
        return dict(sorted(unusable.items()))

    def info(self, dates: Sequence[dt.date]) -> pl.DataFrame:
        """Describe the cache: one row for each of ``dates``.

        Columns: ``date``; ``state``; ``packed``, whether option rows are packed; ``lacking``, why there is no day
        though they are; the layouts that ``option_sources``, ``spot_sources`` and ``future_sources`` of the date are
        packed from; ``bytes`` of the arrays; ``rows`` that went in; and those of :func:`coverage`, which describe the
        cached day. What is not cached is null.
        """
        packed = self.packed()
        keys, cached = day_keys(packed, self.market, dates), self._cached(dates)
        return pl.DataFrame(
            [
                {
                    "date": date,
                    "state": _state(cached.get(date), keys.get(date)),
                    "packed": date in keys,
                    **_sources(packed.sources(date)),
                    **self._described(date, cached.get(date)),
                }
                for date in dates
            ],
            schema=_INFO,
        )

    def _described(self, date: dt.date, entry: Entry | None) -> dict[str, object]:
        if entry is None or entry.lacking is not None:
            return {"lacking": entry.lacking if entry else None}
        return {"bytes": entry.bytes, "rows": entry.header["rows"], **coverage(self.load(date, compare=False))}

    def purge(self, dates: Iterable[dt.date]) -> int:
        """Delete the given days; return how many bytes that freed."""
        unwanted, freed = set(dates), 0
        for month in _months(unwanted):
            path = self.path(month)
            if not path.exists():
                continue
            before = path.stat().st_size
            with locked(self._lock):
                self._write(month, [], without=unwanted)
            freed += before - (path.stat().st_size if path.exists() else 0)
        return freed

    def path(self, month: str) -> Path:
        """File of a month ``YYYYMM``."""
        return self._folder / f"{month}.days"

    def _at(self, date: dt.date) -> Path:
        return self.path(f"{date:%Y%m}")

    @cached_property
    def _folder(self) -> Path:
        return self.root / "cache" / self.symbol

    @property
    def _lock(self) -> Path:
        """Lets one process at a time put a month's file together, so that none forgets another's days."""
        return self._folder / ".lock"

    def _cached(self, dates: Iterable[dt.date]) -> dict[dt.date, Entry]:
        months = [self._month(month) for month in _months(dates)]
        return {date: entry for month in months if month for date, entry in month.days.items()}

    def _month(self, month: str) -> MonthFile | None:
        """Open a month; None when there is none, or none that can be read: it is then built anew."""
        path = self.path(month)
        try:
            return open_month(path) if path.exists() else None
        except CacheError:
            return None

    def _build(
        self,
        pieces: Sequence[Sequence[dt.date]],
        keys: Mapping[dt.date, str],
        workers: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        """Build pieces, each to a file of its own, and put them together month by month."""
        self._folder.mkdir(parents=True, exist_ok=True)
        total, done = sum(map(len, pieces)), 0
        with TemporaryDirectory(dir=self._folder, prefix=".building-") as folder:
            jobs = [
                Piece(self.root, self.symbol, {date: keys[date] for date in dates}, Path(folder) / f"{dates[0]}.days")
                for dates in pieces
            ]
            with mapping(min(workers, len(jobs))) as mapped:
                built = zip(pieces, mapped(partial(build_piece, market=self.market), jobs), strict=True)
                for month, parts in groupby(built, key=lambda part: f"{part[0][0]:%Y%m}"):
                    files = []
                    for dates, path in parts:
                        files.append(path)
                        done += len(dates)
                        if progress is not None:
                            progress(done, total)
                    with locked(self._lock):
                        self._write(month, [open_month(path) for path in files])

    def _write(self, month: str, fresh: Sequence[MonthFile], without: Iterable[dt.date] = ()) -> None:
        """Write a month's file of fresh days and those of the old file that they do not replace."""
        old = self._month(month)
        source = {date: old for date in old.days if date not in set(without)} if old else {}
        source |= {date: file for file in fresh for date in file.days}
        if not source:
            delete(self.path(month))
            return
        with writing(self.path(month)) as writer:
            for date in sorted(source):
                writer.copy(source[date], date)


def _damaged(symbol: str, date: dt.date, path: Path) -> str:
    return f"{symbol} {date} is damaged in the day cache ({path}); building it writes it anew"


def _state(entry: Entry | None, key: str | None) -> State:
    if entry is None or (entry.lacking is not None and entry.key == key):
        return "missing"
    return "ready" if entry.key == key else "stale"


def _sources(layouts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    named = {"options": "option_sources", "spot": "spot_sources", "futures": "future_sources"}
    return {column: list(layouts.get(segment, ())) for segment, column in named.items()}


def _months(dates: Iterable[dt.date]) -> list[str]:
    return sorted({f"{date:%Y%m}" for date in dates})
