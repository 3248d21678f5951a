"""``index_1min_csv``: one-minute bars of an index without a header, labelled by the end of the bar (2012-2021)."""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, together
from nfops.packing.layouts.declared import Clock, Names
from nfops.packing.layouts.text import headerless, of_mine, sound, summed
from nfops.packing.sources import RawFile

_PRICES: Final = ("open", "high", "low", "close")
_COLUMNS: Final = ("symbol", "day", "minute", *_PRICES)
_CLOCK: Final = Clock("day and minute", "end")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # an index has no contract terms
    lines, broken = headerless(file, _COLUMNS)
    mine, nameless = of_mine(lines, "symbol", symbol)
    label = mine.with_columns(pl.concat_str("day", "minute", separator=" ", ignore_nulls=False).alias("label"))
    rows, unread = sound(label, _PRICES, (), {"label": ["%Y%m%d %H:%M"]})
    frame = rows.select("row_hash", _CLOCK.final(pl.col("label")), *_PRICES)
    return [Piece("spot", canonical(frame), dropped=summed(broken, nameless, unread))]


LAYOUT = Layout(
    name="index_1min_csv",
    vendor="one-minute index bars, SYMBOL,YYYYMMDD,HH:MM,open,high,low,close[,volume[,oi]]",
    segments=("spot",),
    kind="bar",
    form="headerless csv",
    columns=_COLUMNS,
    first=r"[A-Z]+,\d{8},\d\d:\d\d(,[\d.]+){4}",
    clock=_CLOCK,
    volume=None,
    price="close",
    names=Names("none", "the column symbol"),
    suffixes=(".txt", ".csv"),
    read=_read,
    group=together,
)
