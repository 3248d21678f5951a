"""Rows of many instruments in one file: what each name means, looked up once a name instead of once a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl

from nfops.errors import DataError, MetaError
from nfops.market import Market
from nfops.market.tickers import Ticker
from nfops.packing.layouts.base import OTHER_SYMBOL, Piece, Segment, canonical
from nfops.packing.layouts.text import NO_SYMBOL, READABLE, counted, summed

INSTRUMENT: Final[Mapping[str, pl.DataType]] = {
    "segment": pl.String(),
    "opt_type": pl.String(),
    "strike": pl.Int32(),
    "expiry": pl.Date(),
    "series": pl.Int32(),
}
"""Columns that say what a row is of."""

SEGMENTS: Final[tuple[Segment, ...]] = ("options", "spot", "futures")


@dataclass(frozen=True, slots=True)
class Instrument:
    """What a name means; ``series`` is 1, 2 or 3 for the near, next or far future, which changes by the day."""

    segment: Segment
    opt_type: str | None = None
    strike: int | None = None
    expiry: dt.date | None = None
    series: int | None = None


Meaning: TypeAlias = Callable[[str], Instrument | None]
"""Name to instrument, None for one of another symbol; a DataError drops its rows under the error's reason."""


def instrument_of(ticker: Ticker, market: Market) -> Instrument:
    """Say what a contract's name means; DataError with reason ``unknown_expiry`` when the calendar has no such day."""
    if ticker.strike is not None:
        return Instrument("options", ticker.right, ticker.strike, market.contract_expiry(ticker))
    if ticker.series is not None:
        return Instrument("futures", series=ticker.series)
    return Instrument("futures", expiry=market.contract_expiry(ticker))


def with_instruments(
    lines: pl.DataFrame, column: str, meaning: Meaning, symbol: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Keep the lines of one symbol and say of each what the name in ``column`` means.

    Returns
    -------
    The lines with the columns of INSTRUMENT, and those whose name means nothing, counted by reason. Lines of other
    symbols are not looked at.

    Raises
    ------
    DataError
        With reason ``other_symbol`` when no name is of ``symbol``.
    """
    known: list[tuple[str, Instrument]] = []
    readable = lines[column].str.strip_chars().str.contains(READABLE).fill_null(value=False)
    lost = counted(NO_SYMBOL, int((~readable).sum()))
    for name in lines[column].filter(readable).unique(maintain_order=True).to_list():
        try:
            if (instrument := meaning(name)) is not None:
                known.append((name, instrument))
        except DataError as fault:
            lost = summed(lost, counted(fault.reason, int((lines[column] == name).sum())))
    if not known and not lost:
        raise DataError(f"no row of {symbol}; the first is of {lines[column][0]}", OTHER_SYMBOL)
    table = pl.DataFrame(
        [(name, i.segment, i.opt_type, i.strike, i.expiry, i.series) for name, i in known],
        schema={column: pl.String, **INSTRUMENT},
        orient="row",
    )
    return lines.join(table, on=column, how="inner", maintain_order="left"), lost


def by_segment(rows: pl.DataFrame, symbol: str, market: Market, dropped: Mapping[str, int]) -> list[Piece]:
    """Sort rows by segment.

    Parameters
    ----------
    rows
        Columns of RAW that the layout knows, and those of INSTRUMENT.
    dropped
        Rows of the file that were dropped before, by reason.
    """
    placed = _dated(rows, symbol, market)
    parts = {segment: placed.filter(pl.col("segment") == segment) for segment in SEGMENTS}
    pieces = [Piece(segment, canonical(part)) for segment, part in parts.items() if part.height]
    first = pieces[0] if pieces else Piece("spot", canonical(placed))
    return [Piece(first.segment, first.frame, dropped=dropped), *pieces[1:]]


def _dated(rows: pl.DataFrame, symbol: str, market: Market) -> pl.DataFrame:
    """Give rows of the near, next or far future the expiry it had on their date."""
    pairs = rows.filter(pl.col("series").is_not_null()).select(date=pl.col("stamp").dt.date(), series="series").unique()
    found = [(date, series, series_expiry(symbol, date, series, market)) for date, series in pairs.drop_nulls().rows()]
    table = pl.DataFrame(found, schema={"date": pl.Date, "series": pl.Int32, "dated": pl.Date}, orient="row")
    joined = rows.with_columns(pl.col("stamp").dt.date().alias("date")).join(
        table, on=["date", "series"], how="left", maintain_order="left"
    )
    return joined.with_columns(pl.coalesce("expiry", "dated").alias("expiry"))


def with_known_expiry(
    rows: pl.DataFrame, column: str, symbol: str, market: Market
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Keep rows whose date in ``column`` is an expiry of the calendar, or none; count the others."""
    dates = rows.select(pl.col(column).dt.date().unique()).to_series().drop_nulls()
    unknown = [date for date in dates.to_list() if date not in market.expiries(symbol, date, 1)]
    kept = rows.filter(pl.col(column).dt.date().is_in(unknown).not_().fill_null(value=True))
    return kept, counted("unknown_expiry", rows.height - kept.height)


def series_expiry(symbol: str, date: dt.date, series: int, market: Market) -> dt.date | None:
    """Give the expiry of the near (1), next (2) or far (3) future on a date; None where the calendar ends."""
    expiry: dt.date | None = None
    for _ in range(series):
        try:
            expiry = market.expiry(symbol, date if expiry is None else expiry + dt.timedelta(days=1), "monthly")
        except MetaError:
            return None
    return expiry
