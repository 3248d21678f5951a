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
from nfops.packing.layouts.base import Layout, Piece, canonical, of_symbol, together
from nfops.packing.layouts.declared import Clock, Names
from nfops.packing.layouts.text import sound, summed, table
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(r"(?P<index>[A-Z]+(?:_[A-Z]+)*?)(?:50)?_?\d.*", re.IGNORECASE)
_INDEX_NAMES: Final = {"NIFTY_BANK": "BANKNIFTY", "NIFTY_FINSERV": "FINNIFTY"}
_COLUMNS: Final = ("timestamp", "ltp")
_CLOCK: Final = Clock("timestamp", "moment")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # an index has no contract terms
    named = _NAME.fullmatch(file.stem)
    if not named:
        raise DataError("the name must begin with the index, as Nifty_Bank_16_April.csv does", "misnamed_file")
    index = named["index"].upper()
    of_symbol(_INDEX_NAMES.get(index, index), symbol)
    lines, broken = table(file, _COLUMNS)
    rows, unread = sound(lines, ("ltp",), (), {"timestamp": ["%Y-%m-%d %H:%M:%S"]})
    frame = rows.select("row_hash", _CLOCK.final(pl.col("timestamp")), pl.col("ltp").alias("close"))
    return [Piece("spot", canonical(frame), dropped=summed(broken, unread))]


LAYOUT = Layout(
    name="index_ticks_csv",
    vendor="index ticks, a file an index and day; the name begins with the index (Nifty_Bank_16_April.csv)",
    segments=("spot",),
    kind="tick",
    form="csv",
    columns=_COLUMNS,
    first=r"timestamp,ltp,volume\s*$",
    clock=_CLOCK,
    volume=None,
    price="ltp",
    names=Names("none", "the file name"),
    none={"volume 0": "an index has no volume"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
