"""Days on disk: one raw file a symbol and month, mapped once, keyed by the content of what went in.

A month's file holds the arrays of its days, each at a multiple of 64 bytes, then an index in JSON, then the length of
the index and a mark. It is written under another name and renamed, days that did not change are copied, and the file
can be deleted at any time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import mmap
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import polars as pl

from nfops.daycache.build import BUILDER_VERSION, build_day
from nfops.daycache.chain import ChainDay, DayArrays, Reference
from nfops.errors import CacheError
from nfops.files import replacing
from nfops.market import Market
from nfops.packing import PackedDays
from nfops.packing.store import read_contracts, read_spot
from nfops.types import Events

MARK: Final = b"nfopsdays1"
_ALIGN: Final = 64


@dataclass(frozen=True, slots=True)
class MonthFile:
    """An opened month: its mapped bytes and the index of its days by ISO date."""

    buffer: memoryview
    days: Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class DayStore:
    """The day cache of one symbol under a data root."""

    root: Path
    symbol: str
    market: Market

    def keys(self, dates: Iterable[dt.date]) -> dict[dt.date, str]:
        """Content key of each date that has packed option rows; the key never depends on the dates asked for."""
        packed = PackedDays.open(self.root, self.symbol)
        keys = {}
        for date in dates:
            if inputs := packed.inputs(date):
                text = "\n".join([f"{BUILDER_VERSION} {self.symbol} {self.market.session(date)}", *inputs])
                keys[date] = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        return keys

    def path(self, month: str) -> Path:
        """File of a month ``YYYYMM``."""
        return self.root / "cache" / self.symbol / f"{month}.days"

    def load(self, date: dt.date) -> ChainDay:
        """Give a cached day without copying: its arrays are read-only views of the mapped month.

        Raises
        ------
        CacheError
            When the day is not in the cache or the file is damaged.
        """
        path = self.path(f"{date:%Y%m}")
        if not path.exists():
            raise CacheError(f"{self.symbol} {date} is not in the day cache; build it first")
        month = _open(path, path.stat().st_mtime_ns)
        if str(date) not in month.days:
            raise CacheError(f"{self.symbol} {date} is not in {path}; build it first")
        return _day(month, str(date), self.symbol, self.market)

    def ready(self, dates: Sequence[dt.date]) -> set[dt.date]:
        """Those of ``dates`` whose cached arrays are of today's packed content."""
        keys = self.keys(dates)
        cached = {date: entry["key"] for month in _months(dates) for date, entry in self._index(month).items()}
        return {date for date, key in keys.items() if cached.get(str(date)) == key}

    def build(
        self, dates: Sequence[dt.date], *, workers: int = 1, progress: Callable[[int, int], None] | None = None
    ) -> dict[dt.date, str]:
        """Build what is missing or stale; return the dates without a usable option row, with the reason.

        ``progress`` is called with days done and days to do.
        """
        keys = self.keys(dates)
        ready = self.ready(dates)
        wanted = [date for date in dates if date in keys and date not in ready]
        missing = {date: "no option row is packed" for date in dates if date not in keys}
        months = [[date for date in wanted if f"{date:%Y%m}" == month] for month in _months(wanted)]
        done = 0
        for empty, count in self._build_months(months, keys, workers):
            done += count
            missing.update(dict.fromkeys(empty, "no usable option row is packed"))
            if progress is not None:
                progress(done, len(wanted))
        return dict(sorted(missing.items()))

    def purge(self, months: Iterable[str]) -> int:
        """Delete the files of the given months; return how many bytes that freed."""
        freed = 0
        for path in [self.path(month) for month in months]:
            if path.exists():
                freed += path.stat().st_size
                path.unlink()
        return freed

    def build_month(self, dates: list[dt.date], keys: dict[dt.date, str]) -> tuple[list[dt.date], int]:
        """Build the given days of one month and write its file; return those without a usable row, and the count."""
        path, kept = self.path(f"{dates[0]:%Y%m}"), self._index(f"{dates[0]:%Y%m}")
        options, futures = (
            _by_date(read_contracts(self.root, segment, self.symbol, dates[0], dates[-1]))
            for segment in ("options", "futures")
        )
        index, empty = {}, []
        with replacing(path) as part, part.open("wb") as out:
            for name in sorted(set(kept) - {str(date) for date in dates}):
                index[name] = _copy(out, _open(path, path.stat().st_mtime_ns), name)
            for date in dates:
                if date not in options or not options[date]["close"].is_not_null().any():
                    empty.append(date)
                    continue
                day = build_day(
                    self.symbol,
                    self.market.session(date),
                    options[date],
                    read_spot(self.root, self.symbol, date),
                    self._near(futures.get(date), date),
                    keys[date],
                )
                index[str(date)] = _write_day(out, day)
            footer = json.dumps(dict(sorted(index.items()))).encode()
            out.write(footer + len(footer).to_bytes(8, "little") + MARK)
        return empty, len(dates)

    def _near(self, futures: pl.DataFrame | None, date: dt.date) -> pl.DataFrame | None:
        if futures is None:
            return None
        rows = futures.filter(pl.col("expiry") == self.market.expiry(self.symbol, date, "monthly"))
        return rows if rows.height else None

    def _build_months(
        self, months: list[list[dt.date]], keys: dict[dt.date, str], workers: int
    ) -> Iterator[tuple[list[dt.date], int]]:
        if workers <= 1 or len(months) <= 1:
            yield from (self.build_month(dates, keys) for dates in months)
            return
        with ProcessPoolExecutor(min(workers, len(months)), multiprocessing.get_context("spawn")) as pool:
            jobs = [pool.submit(self.build_month, dates, {d: keys[d] for d in dates}) for dates in months]
            yield from (job.result() for job in jobs)

    def _index(self, month: str) -> Mapping[str, dict[str, Any]]:
        """Index of a month; empty when there is no readable file, which is then built anew."""
        path = self.path(month)
        try:
            return _open(path, path.stat().st_mtime_ns).days if path.exists() else {}
        except CacheError:
            return {}


def _months(dates: Iterable[dt.date]) -> list[str]:
    return sorted({f"{date:%Y%m}" for date in dates})


def _by_date(contracts: Iterator[pl.DataFrame]) -> dict[dt.date, pl.DataFrame]:
    frames = list(contracts)
    if not frames:
        return {}
    rows = pl.concat(frames, how="diagonal").with_columns(pl.col("timestamp").dt.date().alias("date"))
    return {key[0]: day for key, day in rows.partition_by("date", as_dict=True, maintain_order=True).items()}


@lru_cache(maxsize=64)
def _open(path: Path, changed: int) -> MonthFile:
    """Map a month's file; ``changed`` makes a rewritten file a new entry."""
    del changed
    with path.open("rb") as stream:
        mapped = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    end = len(mapped) - len(MARK) - 8
    if end < 0 or bytes(mapped[end + 8 :]) != MARK:
        raise CacheError(f"{path} is cut short or no month of the day cache; delete it, it will be built again")
    length = int.from_bytes(mapped[end : end + 8], "little")
    return MonthFile(mapped, json.loads(bytes(mapped[end - length : end])))


def _flatten(day: ChainDay) -> dict[str, np.ndarray[Any, Any]]:
    arrays = day.arrays._asdict()
    flat = {name: array for name, array in arrays.items() if not isinstance(array, Events)}
    flat |= {
        f"{name}.{part}": a for name, e in arrays.items() if isinstance(e, Events) for part, a in e._asdict().items()
    }
    return flat | ({} if day.spot is None else {"ref.price": day.spot.price, "ref.age": day.spot.age})


def _write_day(out: BinaryIO, day: ChainDay) -> dict[str, Any]:
    """Append a day's arrays; return its index entry."""
    start, places = _align(out), {}
    for name, array in _flatten(day).items():
        places[name] = (_align(out) - start, array.dtype.str, array.shape)
        out.write(array.tobytes())
    return {
        "key": day.data_hash,
        "start": start,
        "bytes": out.tell() - start,
        "arrays": places,
        "expiries": [str(expiry) for expiry in day.expiries],
        "future_expiry": str(day.future_expiry) if day.future_expiry else None,
        "kinds": day.kinds,
        "rows": day.rows,
        "legacy": day.legacy,
    }


def _copy(out: BinaryIO, month: MonthFile, name: str) -> dict[str, Any]:
    """Append an unchanged day of the old file."""
    entry = month.days[name]
    start = _align(out)
    out.write(month.buffer[entry["start"] : entry["start"] + entry["bytes"]])
    return {**entry, "start": start}


def _align(out: BinaryIO) -> int:
    out.write(b"\0" * (-out.tell() % _ALIGN))
    return out.tell()


def _day(month: MonthFile, name: str, symbol: str, market: Market) -> ChainDay:
    entry = month.days[name]

    def view(array: str) -> Any:
        offset, dtype, shape = entry["arrays"][array]
        flat = np.frombuffer(month.buffer, dtype, int(np.prod(shape)), entry["start"] + offset)
        return flat.reshape(shape)

    events = {f: Events(*(view(f"{f}.{part}") for part in Events._fields)) for f in ("trades", "oi", "bid", "ask")}
    spot = Reference(view("ref.price"), view("ref.age")) if "ref.price" in entry["arrays"] else None
    return ChainDay(
        symbol=symbol,
        session=market.session(dt.date.fromisoformat(name)),
        expiries=tuple(map(dt.date.fromisoformat, entry["expiries"])),
        future_expiry=dt.date.fromisoformat(entry["future_expiry"]) if entry["future_expiry"] else None,
        arrays=DayArrays(view("base"), view("strike"), view("right"), view("last"), **events),
        spot=spot,
        kinds=tuple(entry["kinds"]),
        rows=entry["rows"],
        legacy=entry["legacy"],
        data_hash=entry["key"],
    )
