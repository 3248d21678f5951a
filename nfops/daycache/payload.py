"""A ChainDay as one block of bytes and a small header: the form in which it lies in files and object stores.

Arrays stand in the block one after another, each at a multiple of 64 bytes. The header is JSON: it holds everything
that is not an array, and where each array is. Reading back makes views, never copies.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict

import numpy as np
import numpy.typing as npt

from nfops.daycache.chain import ChainDay, DayArrays, Reference
from nfops.market import Session
from nfops.types import Events

ALIGN: Final = 64
"""Bytes; a cache line, and the widest vector register."""

_EVENTS: Final = ("trades", "oi", "bid", "ask")
_PLAIN: Final = ("base", "strike", "right", "last")


class Payload(TypedDict):
    """A day on its way to another process."""

    header: bytes
    block: npt.NDArray[np.uint8]  # (bytes,)


def to_payload(day: ChainDay) -> Payload:
    """Copy a day into one flat array, beside its header as bytes."""
    header = header_of(day)
    block = np.zeros(header["bytes"], np.uint8)
    for offset, array in placed(day):
        block[offset : offset + array.nbytes] = array.reshape(-1).view(np.uint8)
    return {"header": json.dumps(header).encode(), "block": block}


def from_payload(payload: Payload) -> ChainDay:
    """Give the day whose arrays are read-only views of the payload's block."""
    return day_of(json.loads(payload["header"]), payload["block"])


def header_of(day: ChainDay) -> dict[str, Any]:
    """Everything about a day that is not an array, and dtype, shape and offset of each array, as JSON can hold it."""
    names = [name for name, _ in _named(day)]
    places = {
        name: (array.dtype.str, array.shape, offset) for name, (offset, array) in zip(names, placed(day), strict=True)
    }
    end = max(offset + array.nbytes for offset, array in placed(day))
    return {
        "symbol": day.symbol,
        "date": str(day.date),
        "session": day.session.kind,
        "segments": day.session.segments,
        "expiries": [str(expiry) for expiry in day.expiries],
        "future_expiry": str(day.future_expiry) if day.future_expiry else None,
        "kinds": day.kinds,
        "rows": day.rows,
        "legacy": day.legacy,
        "data_hash": day.data_hash,
        "arrays": places,
        "bytes": end,
    }


def placed(day: ChainDay) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Arrays of a day with their offsets in the block."""
    offset = 0
    for _, array in _named(day):
        yield offset, array
        offset += array.nbytes + -array.nbytes % ALIGN


def day_of(header: Mapping[str, Any], block: memoryview | npt.NDArray[np.uint8]) -> ChainDay:
    """Build a day of read-only views of ``block``."""

    def view(name: str) -> npt.NDArray[Any]:
        dtype, shape, offset = header["arrays"][name]
        array: npt.NDArray[Any] = np.ndarray(shape, dtype, block, offset)
        array.flags.writeable = False
        return array

    events = {field: Events(*(view(f"{field}.{part}") for part in Events._fields)) for field in _EVENTS}
    spot = Reference(view("spot.price"), view("spot.age")) if "spot.price" in header["arrays"] else None
    segments = tuple((int(start), int(end)) for start, end in header["segments"])
    return ChainDay(
        symbol=header["symbol"],
        session=Session(dt.date.fromisoformat(header["date"]), header["session"], segments),
        expiries=tuple(map(dt.date.fromisoformat, header["expiries"])),
        future_expiry=dt.date.fromisoformat(header["future_expiry"]) if header["future_expiry"] else None,
        arrays=DayArrays(**{name: view(name) for name in _PLAIN}, **events),  # type: ignore[arg-type]
        spot=spot,
        kinds=tuple(header["kinds"]),
        rows=header["rows"],
        legacy=header["legacy"],
        data_hash=header["data_hash"],
    )


def _named(day: ChainDay) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for name in _PLAIN:
        yield name, getattr(day.arrays, name)
    for name in _EVENTS:
        events: Events = getattr(day.arrays, name)
        yield from ((f"{name}.{part}", array) for part, array in events._asdict().items())
    if day.spot is not None:
        yield "spot.price", day.spot.price
        yield "spot.age", day.spot.age
