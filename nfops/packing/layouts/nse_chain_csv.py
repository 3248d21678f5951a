"""``nse_chain_csv``: polls of the exchange's option-chain page, one CSV an expiry and poll (2019)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, hashed
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(
    r"(?P<symbol>[A-Z]+)/(?P<expiry>\d{1,2}[A-Z]{3}\d{4})/[A-Z]+_(?P<when>\d\d-\d\d-\d{4}_\d\d:\d\d)"
)
_SIDES: Final = {"CE": "Call", "PE": "Put"}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    named = _NAME.search(file.name)
    if not named:
        raise DataError("the name must end in SYMBOL/DDMMMYYYY/SYMBOL_DD-MM-YYYY_HH:MM.csv", "misnamed_file")
    if named["symbol"] != symbol:
        raise DataError(f"the file is of {named['symbol']}, not {symbol}", "other_symbol")
    expiry = dt.datetime.strptime(named["expiry"].title(), "%d%b%Y").date()  # noqa: DTZ007 - a date has no zone
    # A poll is stamped to the minute by its name; the last second of the minute never lets it be seen too early.
    stamp = dt.datetime.strptime(named["when"], "%d-%m-%Y_%H:%M") + dt.timedelta(seconds=59)  # noqa: DTZ007
    content = file.read()
    rows = pl.read_csv(content, infer_schema=False, null_values=["-", ""])
    if rows.is_empty():
        raise DataError("the poll has a header and no rows", "empty_poll")
    lot = market.lot_size(symbol, expiry)
    number = {name: pl.col(name).str.strip_chars().cast(pl.Float64) for name in rows.columns if name}
    frames = [
        rows.select(
            hashed(rows),
            pl.lit(stamp).cast(pl.Datetime("ns")).alias("stamp"),
            pl.lit(right).alias("opt_type"),
            number["StrikePrice"].cast(pl.Int32).alias("strike"),
            pl.lit(expiry).alias("expiry"),
            number[f"{side}LTP"].alias("close"),
            (number[f"{side}Volume"].fill_null(0) * lot).cast(pl.Int64).alias("day_volume"),
            number[f"{side}OI"].cast(pl.Int64).alias("oi"),
            number[f"{side}BidPrice"].alias("bid"),
            number[f"{side}AskPrice"].alias("ask"),
            number[f"{side}BidQty"].cast(pl.Int64).alias("bid_qty"),
            number[f"{side}AskQty"].cast(pl.Int64).alias("ask_qty"),
            pl.lit(hashlib.blake2b(content, digest_size=12).hexdigest()).alias("poll_hash"),
            number["CurrentVal"].alias("poll_spot"),
        )
        for right, side in _SIDES.items()
    ]
    both = canonical(pl.concat(frames))
    return [Piece("options", both, both.height)]


LAYOUT = Layout(
    name="nse_chain_csv",
    vendor="polls of the exchange's option-chain page, SYMBOL/EXPIRY/SYMBOL_DD-MM-YYYY_HH:MM.csv",
    segments=("options", "spot"),
    kind="snapshot",
    stamp="minute of the poll, from the file name; packed at its second 59",
    volume="contracts since the open",
    suffixes=(".csv",),
    group=lambda _: "all",
    read=_read,
)
