"""``packed_legacy``: Parquet packed by the old scripts, brought into our form; the tree may lie anywhere.

Spot and futures become ordinary ticks. Options cannot: their ``close`` may be the vendor's previous close, and the
traded price is not in the file. They keep their mark, which is that nothing says what kind of rows they are; any other
source of the same contract and date is better. Where the old scripts' calendar was wrong, ours is followed.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, Ticker
from nfops.packing.layouts.base import Layout, Piece, Segment, canonical, hashed, need, of_symbol
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.legacy import PREVIOUS_CLOSE, date_of, judge_close
from nfops.packing.sources import DAMAGED, RawFile
from nfops.packing.stamps import wall_clock

_PLACE: Final = re.compile(
    r"(?:.*/)?(?P<segment>options|spot|futures)/(?P<symbol>[A-Z0-9]+)/\d{6}/(?:date|exp)=(?P<day>\d{4}-\d\d-\d\d)/"
    r"(?:ticks|type=(?P<right>CE|PE)/strike=(?P<strike>\d+))\.parquet"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What a file is of; ``contract`` is None but for options."""

    segment: Segment
    symbol: str
    contract: Ticker | None = None


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    rows = pl.read_parquet(_content(file), glob=False, hive_partitioning=False)
    need(("timestamp", "close"), rows)
    if "kind" in rows.columns:
        raise DataError("the file has a column kind: nfops wrote it, and reads it where it lies", "not_legacy")
    place = _by_path(file) or _by_columns(rows)
    of_symbol(place.symbol, symbol)
    taken = [pl.col("close"), *(pl.col(name).alias("bar_volume") for name in ("vol_delta",) if name in rows.columns)]
    # Units are differences already, so equal rows of one second are different trades; only whole files can be twins.
    frame = rows.select(hashed(rows.with_row_index()), wall_clock(rows.schema["timestamp"]).alias("stamp"), *taken)
    if place.contract is None:
        return [Piece(place.segment, canonical(frame), _still(rows) if place.segment == "futures" else {})]
    expiry = market.contract_expiry(place.contract)
    moved = {"expiry_moved": frame.height} if expiry != place.contract.date else {}
    named = frame.with_columns(
        pl.lit(place.contract.right).alias("opt_type"),
        pl.lit(place.contract.strike).alias("strike"),
        pl.lit(expiry).alias("expiry"),
    )
    return [Piece("options", canonical(named), {"legacy_close": frame.height, **moved})]


def _content(file: RawFile) -> io.BytesIO:
    return io.BytesIO(file.read())


def _by_path(file: RawFile) -> _Place | None:
    """Read segment, symbol and contract off the place in the tree, if the file lies in one."""
    found = _PLACE.fullmatch(file.name)
    if not found or (found["segment"] == "options") != (found["strike"] is not None):
        return None
    segment: Segment = found["segment"]  # type: ignore[assignment]
    if segment != "options":
        return _Place(segment, found["symbol"])
    return _option(found["symbol"], dt.date.fromisoformat(found["day"]), int(found["strike"]), found["right"])


def _by_columns(rows: pl.DataFrame) -> _Place:
    """Read the same off the first row of a file that lies elsewhere."""
    need(("symbol",), rows)
    symbol = str(rows["symbol"][0])
    if "opt_type" not in rows.columns:
        return _Place("futures" if "expiry" in rows.columns else "spot", symbol)
    need(("strike", "expiry"), rows)
    expiry = rows.head(1).select(date_of(rows.schema["expiry"], "expiry")).item()
    if expiry is None:
        raise DataError(f"the expiry must be a date, got {rows['expiry'][0]!r}", "bad_value")
    return _option(symbol, expiry, int(rows["strike"][0]), str(rows["opt_type"][0]))


def _option(symbol: str, expiry: dt.date, strike: int, right: str) -> _Place:
    return _Place("options", symbol, Ticker(symbol, expiry.year, expiry.month, expiry.day, strike, right))


def _still(rows: pl.DataFrame) -> dict[str, int]:
    """Count the rows of dates whose price is plainly yesterday's close."""
    wrong = judge_close(rows).filter(pl.col("verdict") == PREVIOUS_CLOSE)["rows"].sum()
    return {"legacy_close": int(wrong)} if wrong else {}


def _group(file: RawFile, symbol: str, market: Market) -> str:
    """Files of one contract belong together, and all of the spot and of the futures."""
    try:
        place = _by_path(file) or _by_columns(pl.read_parquet(_content(file), n_rows=1, hive_partitioning=False))
        if place.symbol != symbol:
            return "other symbols"
        if place.contract is None:
            return place.segment
        return f"{market.contract_expiry(place.contract)} {place.contract.strike}{place.contract.right}"
    except (*DAMAGED, DataError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return "other files"


LAYOUT = Layout(
    name="packed_legacy",
    vendor="Parquet packed by the old scripts: options/SYMBOL/YYYYMM/exp=…/type=CE/strike=K, spot/…, futures/…",
    segments=("options", "spot", "futures"),
    kind="tick",
    form="parquet",
    columns=("timestamp", "close"),
    holds=r"(options|spot|futures)/[A-Z0-9]+/\d{6}/(date|exp)=",
    clock=Clock("timestamp, as text or in any unit", "moment"),
    volume=Volume("vol_delta, if there is one", "of the row"),
    price="close; of options it may be the previous day's",
    names=Names("columns", "the folders of the file, or the columns symbol, expiry, strike, opt_type"),
    suffixes=(".parquet",),
    read=_read,
    group=_group,
    untrusted=("options",),
)
