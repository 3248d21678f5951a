"""``index_ticks_csv``: index ticks of about one a second, a CSV an index and day, ``timestamp,ltp,volume`` (2021).

The index stands in the file's name only. Files run over the close and even into later dates, and are not in order of
time; the rules for all vendors deal with both.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, hashed, need, of_symbol, together
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(r"(?P<index>[A-Z]+(?:_[A-Z]+)*?)(?:50)?_?\d.*", re.IGNORECASE)
_INDEX_NAMES: Final = {"NIFTY_BANK": "BANKNIFTY", "NIFTY_FINSERV": "FINNIFTY"}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # an index has no contract terms
    named = _NAME.fullmatch(file.stem)
    if not named:
        raise DataError("the name must begin with the index, as Nifty_Bank_16_April.csv does", "misnamed_file")
    index = named["index"].upper()
    of_symbol(_INDEX_NAMES.get(index, index), symbol)
    rows = pl.read_csv(file.read(), infer_schema=False)
    need(("timestamp", "ltp"), rows)
    moment = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ns").alias("stamp")
    frame = rows.select(hashed(rows), moment, pl.col("ltp").cast(pl.Float64).alias("close"))
    return [Piece("spot", canonical(frame))]


LAYOUT = Layout(
    name="index_ticks_csv",
    vendor="index ticks, timestamp,ltp,volume, a file an index and day; the name begins with it (Nifty_Bank_16_April)",
    segments=("spot",),
    kind="tick",
    stamp="IST wall clock, in any order",
    volume="none (the column is 0)",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
