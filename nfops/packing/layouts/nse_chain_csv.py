"""``nse_chain_csv``: polls of the exchange's option-chain page, one CSV an expiry and poll (2019)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, hashed, known_expiry, need, of_symbol, together
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(
    r"(?P<symbol>[A-Z]+)/(?P<expiry>\d{1,2}[A-Z]{3}\d{4})/[A-Z]+_(?P<when>\d\d-\d\d-\d{4}_\d\d:\d\d)"
)
_SIDES: Final = {"CE": "Call", "PE": "Put"}
_FIELDS: Final = {"LTP": "close", "OI": "oi", "BidPrice": "bid", "AskPrice": "ask",
                  "BidQty": "bid_qty", "AskQty": "ask_qty"}  # fmt: skip
_NEEDED: Final = {"StrikePrice", "CurrentVal"} | {f"{s}{f}" for s in _SIDES.values() for f in (*_FIELDS, "Volume")}


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
    rows = pl.read_csv(content, infer_schema=False, null_values=["-", ""])
    if rows.is_empty():
        raise DataError("the poll has a header and no rows", "empty_poll")
    need(
        ("StrikePrice", "CurrentVal", *(side + vendor for side in _SIDES.values() for vendor in (*_FIELDS, "Volume"))),
        rows,
    )
    lot = market.lot_size(symbol, known_expiry(expiry, symbol, market))
    number = {name: pl.col(name).str.strip_chars().cast(pl.Float64) for name in rows.columns if name}
    common = (
        hashed(rows),
        # Known to the minute only; the last second of it never lets the poll be seen too early.
        pl.lit(polled + dt.timedelta(seconds=59)).alias("stamp"),
        pl.lit(expiry).alias("expiry"),
        number["StrikePrice"].alias("strike"),
        number["CurrentVal"].alias("poll_spot"),
        pl.lit(hashlib.blake2b(content, digest_size=12).hexdigest()).alias("poll_hash"),
    )
    sides = [
        rows.select(
            *common,
            pl.lit(right).alias("opt_type"),
            (number[f"{side}Volume"].fill_null(0) * lot).alias("day_volume"),
            *(number[side + vendor].alias(ours) for vendor, ours in _FIELDS.items()),
        )
        for right, side in _SIDES.items()
    ]
    return [Piece("options", canonical(pl.concat(sides)))]


LAYOUT = Layout(
    name="nse_chain_csv",
    vendor="polls of the exchange's option-chain page, SYMBOL/EXPIRY/SYMBOL_DD-MM-YYYY_HH:MM.csv; a line is two rows",
    segments=("options", "spot"),
    kind="snapshot",
    stamp="minute of the poll, from the file name; packed at its second 59",
    volume="contracts since the open",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
