"""``optionvault_csv``: one-minute bars of OptionVault, labelled by their start, a file an instrument.

The samples' ``symbol`` is anonymised, so the columns are trusted: name, expiry, strike, side. A file with Greeks
repeats the bars of the one without: the same bar is the same row, whatever else stands beside it.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, Segment, canonical, need, together
from nfops.packing.layouts.contracts import with_known_expiry
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import of_mine, sound, summed, table
from nfops.packing.sources import RawFile

_PRICES: Final = ("open", "high", "low", "close")
_COLUMNS: Final = ("datetime", "name", *_PRICES, "volume", "oi")
_CONTRACT: Final[dict[str, tuple[Segment, tuple[str, ...]]]] = {
    "OPT": ("options", ("expiry", "strike", "side")),
    "FUT": ("futures", ("expiry",)),
    "INDEX": ("spot", ()),
}
_CLOCK: Final = Clock("datetime", "start")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    lines, broken = table(file, _COLUMNS)
    mine, nameless = of_mine(lines, "name", symbol)
    segment, terms = _kind(mine)
    need(terms, mine)
    used = mine.select(*_COLUMNS, *terms)
    strike = ("strike",) if "strike" in terms else ()
    expiry = {"expiry": ["%Y-%m-%d"]} if terms else {}
    rows, unread = sound(used, (*_PRICES, *strike), ("volume", "oi"), {"datetime": ["%Y-%m-%d %H:%M:%S"], **expiry})
    rows, unknown = with_known_expiry(rows, "expiry", symbol, market) if terms else (rows, {})
    frame = rows.select(
        "row_hash",
        _CLOCK.final(pl.col("datetime")),
        *_PRICES,
        *strike,
        *((pl.col("expiry").dt.date(),) if terms else ()),
        *((pl.col("side").alias("opt_type"),) if strike else ()),
        pl.col("volume").alias("bar_volume"),
        "oi",
    )
    return [Piece(segment, canonical(frame), dropped=summed(broken, nameless, unread, unknown))]


def _kind(rows: pl.DataFrame) -> tuple[Segment, tuple[str, ...]]:
    """Say what the file is of, and which columns say which contract."""
    if not {"expiry", "side", "type", "contract_type"} & set(rows.columns):
        return _CONTRACT["INDEX"]
    column = "type" if "type" in rows.columns else "contract_type"  # which one depends on the file
    need((column,), rows)
    kinds = rows[column].unique().to_list()
    if len(kinds) != 1 or kinds[0] not in _CONTRACT:
        raise DataError(f"a file must hold one of {', '.join(_CONTRACT)}, got {kinds}", "mixed_instruments")
    return _CONTRACT[kinds[0]]


LAYOUT = Layout(
    name="optionvault_csv",
    vendor="one-minute bars of OptionVault (indices, options with or without Greeks, futures), a file an instrument",
    segments=("options", "spot", "futures"),
    kind="bar",
    form="csv",
    columns=_COLUMNS,
    first=r"(?!.*\bltp\b)datetime,(name,)?open,high,low,close,volume,oi,",
    clock=_CLOCK,
    volume=Volume("volume", "of the row"),
    price="close",
    names=Names("columns", "the columns name, expiry, strike, side (symbol is anonymised)"),
    none={"open ... close 0": "no trade in the bar"},
    suffixes=(".csv",),
    read=_read,
    group=together,
)
