"""``chain_5min_csv``: polls of the option chains of several indices, one CSV a poll (2026)."""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, known_expiry, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import of_mine, sound, summed, table
from nfops.packing.sources import RawFile

_SIDES: Final = ("CE", "PE")
_FIELDS: Final = {"LTP": "close", "OI": "oi", "Volume": "day_volume"}
_NUMBERS: Final = ("Strike", "Spot", *(f"{side}_LTP" for side in _SIDES))
_WHOLES: Final = tuple(f"{side}_{field}" for side in _SIDES for field in ("OI", "Volume"))
_COLUMNS: Final = ("Symbol", "Expiry", "timestamp", *_NUMBERS, *_WHOLES)
_CLOCK: Final = Clock("timestamp", "moment")
_TIMES: Final = {"timestamp": ["%Y-%m-%d %H:%M:%S"], "Expiry": ["%Y-%m-%d"]}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    if file.read().startswith(b"Stock,"):
        raise DataError("a poll of stocks; only those of indices are packed", "stock_poll")
    lines, broken = table(file, _COLUMNS)
    mine, nameless = of_mine(lines, "Symbol", symbol)
    # All lines of one expiry are one poll; what it shows is compared as it was written.
    shown = {expiry: poll.drop("timestamp").write_csv().encode()
             for (expiry,), poll in mine.partition_by("Expiry", as_dict=True).items()}  # fmt: skip
    rows, unread = sound(mine, _NUMBERS, _WHOLES, _TIMES)
    expiries = rows["Expiry"].unique().drop_nulls().dt.date().to_list()
    known = [known_expiry(expiry, symbol, market) for expiry in expiries]
    hashes = {f"{expiry}": hashlib.blake2b(shown[f"{expiry}"], digest_size=12).hexdigest() for expiry in known}
    expiry = pl.col("Expiry").dt.date()
    common = (
        "row_hash",
        _CLOCK.final(pl.col("timestamp")),
        expiry.alias("expiry"),
        pl.col("Strike").alias("strike"),
        pl.when(pl.col("Spot") > 0).then("Spot").alias("poll_spot"),
        expiry.cast(pl.String).replace_strict(hashes, default=None, return_dtype=pl.String).alias("poll_hash"),
    )
    sides = [
        rows.select(
            *common,
            pl.lit(side).alias("opt_type"),
            *(pl.col(f"{side}_{vendor}").alias(ours) for vendor, ours in _FIELDS.items()),
        )
        for side in _SIDES
    ]
    return [Piece("options", canonical(pl.concat(sides)), dropped=summed(*[broken, nameless, unread] * len(_SIDES)))]


LAYOUT = Layout(
    name="chain_5min_csv",
    vendor="polls of several indices' chains, about every five minutes; a line is a call and a put, two rows",
    segments=("options", "spot"),
    kind="snapshot",
    form="csv",
    columns=_COLUMNS,
    first=r"(Symbol|Stock),Expiry,Strike,CE_LTP",
    clock=_CLOCK,
    volume=Volume("CE_Volume, PE_Volume", "since the open"),
    price="CE_LTP, PE_LTP; the spot is Spot",
    names=Names("columns", "the columns Symbol, Expiry, Strike"),
    none={"Spot 0": "no spot", "LTP 0": "no trade today"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
