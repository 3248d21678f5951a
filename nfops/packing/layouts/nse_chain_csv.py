"""``nse_chain_csv``: polls of the exchange's option-chain page, one CSV an expiry and poll (2019)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, known_expiry, of_symbol, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import sound, summed, table
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(
    r"(?P<symbol>[A-Z]+)/(?P<expiry>\d{1,2}[A-Z]{3}\d{4})/[A-Z]+_(?P<when>\d\d-\d\d-\d{4}_\d\d:\d\d)"
)
_SIDES: Final = {"CE": "Call", "PE": "Put"}
_FIELDS: Final = {"LTP": "close", "OI": "oi", "BidPrice": "bid", "AskPrice": "ask",
                  "BidQty": "bid_qty", "AskQty": "ask_qty"}  # fmt: skip
_PRICES: Final = tuple(f"{side}{field}" for side in _SIDES.values() for field in ("LTP", "BidPrice", "AskPrice"))
_NUMBERS: Final = ("StrikePrice", "CurrentVal", *_PRICES)
_WHOLES: Final = tuple(f"{side}{field}" for side in _SIDES.values() for field in ("Volume", "OI", "BidQty", "AskQty"))
_CLOCK: Final = Clock("file name", "minute")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    named = _NAME.search(file.name)
    if not named:
        raise DataError("the name must end in SYMBOL/DDMMMYYYY/SYMBOL_DD-MM-YYYY_HH:MM.csv", "misnamed_file")
    of_symbol(named["symbol"], symbol)
    try:
        expiry = dt.datetime.strptime(named["expiry"].title(), "%d%b%Y").date()  # noqa: DTZ007 - a date has no zone
        polled = dt.datetime.strptime(named["when"], "%d-%m-%Y_%H:%M")  # noqa: DTZ007 - IST wall clock
    except ValueError as fault:
        raise DataError(f"the name holds no date of the calendar: {fault}", "misnamed_file") from None
    content = file.read()
    if b"\n" not in content.strip() and content.startswith(b",Call"):
        raise DataError("the poll has a header and no rows", "empty_poll")
    lines, broken = table(file, (*_NUMBERS, *_WHOLES), nulls=("-", ""))
    lot = market.lot_size(symbol, known_expiry(expiry, symbol, market))
    rows, unread = sound(lines, _NUMBERS, _WHOLES, {})
    common = (
        "row_hash",
        _CLOCK.final(pl.lit(polled)),  # so that a poll is never seen too early
        pl.lit(expiry).alias("expiry"),
        pl.col("StrikePrice").alias("strike"),
        pl.col("CurrentVal").alias("poll_spot"),
        pl.lit(hashlib.blake2b(content, digest_size=12).hexdigest()).alias("poll_hash"),
    )
    sides = [
        rows.select(
            *common,
            pl.lit(right).alias("opt_type"),
            (pl.col(f"{side}Volume").fill_null(0) * lot).alias("day_volume"),
            *(pl.col(side + vendor).alias(ours) for vendor, ours in _FIELDS.items()),
        )
        for right, side in _SIDES.items()
    ]
    return [Piece("options", canonical(pl.concat(sides)), dropped=summed(*[broken, unread] * len(sides)))]


LAYOUT = Layout(
    name="nse_chain_csv",
    vendor="polls of the exchange's option-chain page, SYMBOL/EXPIRY/SYMBOL_DD-MM-YYYY_HH:MM.csv; a line is two rows",
    segments=("options", "spot"),
    kind="snapshot",
    form="csv",
    columns=(*_NUMBERS, *_WHOLES),
    first=r",CallOI,",
    holds=_NAME.pattern,
    clock=_CLOCK,
    volume=Volume("CallVolume, PutVolume", "since the open", "lots"),
    price="CallLTP, PutLTP; the spot is CurrentVal",
    names=Names("columns", "the folders of the file and the column StrikePrice"),
    none={"-": "none"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
