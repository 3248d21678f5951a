"""``kite_bars_csv``: one-minute bars from Kite, one quoted CSV an instrument, labelled by the start of the bar."""

from __future__ import annotations

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, by_contract, canonical, hashed, need, of_symbol
from nfops.packing.sources import RawFile

_COLUMNS = ("TIME", "Open", "High", "Low", "Close", "VOLUME", "SYMBOL")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    rows = pl.read_csv(file.read(), infer_schema=False)
    need(_COLUMNS, rows)
    names = rows["SYMBOL"].unique().to_list()
    if len(names) != 1:
        raise DataError(f"a file must hold one instrument, got {names}", "mixed_instruments")
    name = names[0].replace("%20", " ")
    frame = rows.select(
        hashed(rows),
        (pl.col("TIME").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ns") + pl.duration(seconds=59)).alias("stamp"),
        *(pl.col(column).cast(pl.Float64).alias(column.lower()) for column in ("Open", "High", "Low", "Close")),
        pl.col("VOLUME").cast(pl.Int64).alias("bar_volume"),
    )
    index = tickers.INDEX_NAMES.get(name, name)
    if index in market.symbols:
        of_symbol(index, symbol)
        return [Piece("spot", canonical(frame))]
    ticker = tickers.parse(name)
    of_symbol(ticker.symbol, symbol)
    if ticker.strike is None:
        raise DataError(f"{name} is a future; this layout holds options and the index", "other_segment")
    contract = frame.with_columns(
        pl.lit(ticker.right).alias("opt_type"),
        pl.lit(ticker.strike).alias("strike"),
        pl.lit(market.contract_expiry(ticker)).alias("expiry"),
    )
    return [Piece("options", canonical(contract))]


LAYOUT = Layout(
    name="kite_bars_csv",
    vendor="one-minute bars from Kite, TIME,Open,High,Low,Close,VOLUME,SYMBOL,... with quotes, a file an instrument",
    segments=("options", "spot"),
    kind="bar",
    stamp="start of the bar; packed at its last second",
    volume="units of the bar",
    suffixes=(".csv",),
    read=_read,
    group=by_contract,
)
