"""``tickbytes_csv``: full ticks of TickBytes with Greeks and five levels of depth, a file an index and kind (2026).

``datetime`` is the receiver's clock. Never traded is written as a last trade of 1980 and prices of 0 or none at all;
``vtt`` is the volume since the open, ``ohlc_vol`` can be 4294967296 and is not used.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, Segment, canonical, need, together
from nfops.packing.layouts.contracts import with_known_expiry
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import of_mine, sound, summed, table
from nfops.packing.sources import RawFile

_OURS: Final = {"ltp": "close", "vtt": "day_volume", "oi": "oi",
                "bid_px": "bid", "bid_qty": "bid_qty", "ask_px": "ask", "ask_qty": "ask_qty"}  # fmt: skip
_PRICES: Final = ("ltp", "bid_px", "ask_px")
_WHOLES: Final = ("vtt", "oi", "bid_qty", "ask_qty", "ltt")
_COLUMNS: Final = ("datetime", "name", "type", "expiry", *_PRICES, *_WHOLES)
_NEVER: Final = 315_513_000_000
"""1980-01-01 in India, in milliseconds: what the vendor writes when there was no trade at all."""
_CLOCK: Final = Clock("datetime, the receiver's clock", "moment")
_TIMES: Final = {"datetime": ["%Y-%m-%d %H:%M:%S%.f"], "expiry": ["%Y-%m-%d"]}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    lines, broken = table(file, _COLUMNS)
    mine, nameless = of_mine(lines, "name", symbol)
    futures = pl.col("type").eq_missing("FUT")
    parts: dict[Segment, pl.DataFrame] = {"options": mine.filter(~futures), "futures": mine.filter(futures)}
    counts = summed(broken, nameless)
    pieces: list[Piece] = []
    for segment, part in parts.items():
        if part.height:
            frame, unread = _rows(part, segment, symbol, market)
            pieces.append(Piece(segment, frame, dropped=summed(counts, unread)))
            counts = {}
    return pieces


def _rows(lines: pl.DataFrame, segment: Segment, symbol: str, market: Market) -> tuple[pl.DataFrame, dict[str, int]]:
    strike = ("strike",) if segment == "options" else ()
    need(strike, lines)
    rows, unread = sound(lines, (*_PRICES, *strike), _WHOLES, _TIMES)
    rows, unknown = with_known_expiry(rows, "expiry", symbol, market)
    traded = pl.from_epoch(pl.when(pl.col("ltt") > _NEVER).then("ltt"), "ms").cast(pl.Datetime("ns"))
    frame = rows.select(
        "row_hash",
        _CLOCK.final(pl.col("datetime")),
        (traded + pl.duration(hours=5, minutes=30)).alias("last_trade"),
        pl.col("expiry").dt.date(),
        *strike,
        *((pl.col("type").alias("opt_type"),) if strike else ()),
        *(pl.col(vendor).alias(ours) for vendor, ours in _OURS.items()),
    )
    return canonical(frame), summed(unread, unknown)


LAYOUT = Layout(
    name="tickbytes_csv",
    vendor="full ticks of TickBytes with Greeks and five levels of depth, a file an index and kind of contract",
    segments=("options", "futures"),
    kind="tick",
    form="csv",
    columns=_COLUMNS,
    clock=_CLOCK,
    volume=Volume("vtt", "since the open"),
    price="ltp",
    names=Names("columns", "the columns name, type, expiry, strike"),
    none={"ltt 315513000000 (1980)": "never traded", "price 0 or empty": "none", "ohlc_vol 4294967296": "not used"},
    suffixes=(".csv",),
    read=_read,
    group=together,
)
