"""Cached days as one small Parquet file each: for keeping and for moving, not for reading in a hurry.

A day's arrays are integers that mostly repeat the one before, so differences and ZSTD make a fraction of them. A day
comes back with the same bytes; whether today's packed content and code would still make it is asked by its key.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from nfops.daycache import DayStore
from nfops.daycache.month import Entry, MonthFile, open_month, writing
from nfops.errors import CacheError
from nfops.files import locked, replacing

ENTRY: Final = b"nfops.day"
SCHEMA: Final = pa.schema([("name", pa.string()), ("narrow", pa.list_(pa.int32())), ("wide", pa.list_(pa.int64()))])
"""A row for each array of a day: in ``wide`` when it is int64, in ``narrow`` otherwise."""

LEVEL: Final = 9

Progress = Callable[[int, int], None]


def archive(store: DayStore, dates: Sequence[dt.date], folder: Path, progress: Progress) -> list[Path]:
    """Write those of ``dates`` that are cached and whole; give their files.

    What is there already, of the same key, is kept.
    """
    written = []
    for done, date in enumerate(dates, 1):
        path, month = place(folder, store, date), _opened(store.path(f"{date:%Y%m}"))
        entry = month.days.get(date) if month else None
        if month is not None and entry is not None and month.is_whole(date, anew=True):
            if _key(path) != entry.key:
                _write(path, entry, month.block(entry))
            written.append(path)
        progress(done, len(dates))
    return written


def restore(store: DayStore, dates: Sequence[dt.date], folder: Path, progress: Progress) -> list[dt.date]:
    """Put archived days that are not cached back into the cache; give them.

    Raises
    ------
    CacheError
        When a file is not what was archived; the days of earlier months are back then.
    """
    restored: list[dt.date] = []
    for name, days in groupby(sorted(dates), key=lambda date: f"{date:%Y%m}"):
        month = store.path(name)
        with locked(month.parent / ".lock"):
            old = _opened(month)
            there = dict.fromkeys(old.days, old) if old else {}
            wanted = [date for date in days if date not in there and place(folder, store, date).exists()]
            if wanted:
                with writing(month) as writer:
                    for date in sorted([*there, *wanted]):
                        source = there.get(date)
                        writer.copy(source or _read(place(folder, store, date), date), date)
        restored += wanted
        progress(len(restored), len(dates))
    return restored


def place(folder: Path, store: DayStore, date: dt.date) -> Path:
    """File of an archived day."""
    return folder / store.symbol / f"{date:%Y%m}" / f"{date}.parquet"


def _opened(month: Path) -> MonthFile | None:
    """Open a month; None when there is none, or none that can be read: nothing in it is cached then."""
    try:
        return open_month(month) if month.exists() else None
    except CacheError:
        return None


def _write(path: Path, entry: Entry, block: memoryview) -> None:
    names = list(entry.header.get("arrays", ()))
    arrays = [_array(entry, name, block) for name in names]
    columns = [
        pa.array(names, pa.string()),
        pa.array([None if _is_wide(array) else array for array in arrays], SCHEMA.field("narrow").type),
        pa.array([array if _is_wide(array) else None for array in arrays], SCHEMA.field("wide").type),
    ]
    content = {"key": entry.key, "lacking": entry.lacking, "header": entry.header, "digest": entry.digest}
    table = pa.table(columns, SCHEMA.with_metadata({ENTRY: json.dumps(content)}))
    lists = [f"{name}.list.element" for name in ("narrow", "wide")]
    with replacing(path) as part:
        pq.write_table(
            table, part, compression="zstd", compression_level=LEVEL, use_dictionary=["name"],
            column_encoding=dict.fromkeys(lists, "DELTA_BINARY_PACKED"), write_statistics=False,
        )  # fmt: skip


def _key(path: Path) -> str | None:
    """Key of an archived day, or None where there is none that can be read."""
    try:
        return str(json.loads(pq.read_metadata(path).metadata[ENTRY])["key"])
    except (OSError, KeyError, ValueError):
        return None


def _read(path: Path, date: dt.date) -> MonthFile:
    """Give an archived day as a month of itself."""
    try:
        with pq.ParquetFile(path) as file:
            content, table = json.loads(file.metadata.metadata[ENTRY]), file.read()
        entry = Entry(content["key"], content["lacking"], 0, content["header"], content["digest"])
        block = np.zeros(entry.bytes, np.uint8)
        for name, narrow, wide in zip(*table.columns, strict=True):
            kind, _, offset = entry.header["arrays"][name.as_py()]
            values = (wide if wide.is_valid else narrow).values.to_numpy().astype(kind)
            block[offset : offset + values.nbytes] = values.view(np.uint8)
    except (OSError, KeyError, ValueError) as fault:  # pyarrow's own errors are among these
        raise CacheError(f"{path} is no archived day, or damaged: {fault}") from fault
    month = MonthFile(block.data, {date: entry})
    if not month.is_whole(date):
        raise CacheError(f"{path} is damaged: its arrays are not those that were archived")
    return month


def _array(entry: Entry, name: str, block: memoryview) -> npt.NDArray[np.integer]:
    kind, shape, offset = entry.header["arrays"][name]
    return np.frombuffer(block, kind, math.prod(shape), offset)


def _is_wide(array: npt.NDArray[np.integer]) -> bool:
    return array.itemsize == 8
