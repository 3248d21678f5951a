"""``spot_1s_csv``: index prices at exactly 1 Hz, a headerless CSV a day, ``YYYY-MM-DD HH:MM:SS,price`` (2022).

Nothing in a file says which index it is of. Files of weekends and holidays repeat the trading day before.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, together
from nfops.packing.layouts.declared import Clock, Names
from nfops.packing.layouts.text import headerless, sound, summed
from nfops.packing.sources import RawFile

_COLUMNS: Final = ("timestamp", "price")
_CLOCK: Final = Clock("timestamp", "moment")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del symbol, market  # the user says of which index the files are
    lines, broken = headerless(file, _COLUMNS)
    rows, unread = sound(lines, ("price",), (), {"timestamp": ["%Y-%m-%d %H:%M:%S"]})
    frame = rows.select("row_hash", _CLOCK.final(pl.col("timestamp")), pl.col("price").alias("close"))
    return [Piece("spot", canonical(frame), dropped=summed(broken, unread))]


LAYOUT = Layout(
    name="spot_1s_csv",
    vendor="index prices of every second, YYYY-MM-DD HH:MM:SS,price; all files are of --symbol",
    segments=("spot",),
    kind="tick",
    form="headerless csv",
    columns=_COLUMNS,
    first=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,[\d.]+\s*$",
    clock=_CLOCK,
    volume=None,
    price="price",
    names=Names("none", "--symbol, for nothing in the file says it"),
    suffixes=(".csv",),
    read=_read,
    group=together,
    rank="1hz",
)
