"""Bars of packed rows: what was traded in each interval of the session, from the prices of this interval alone.

Intervals are counted from the open of each segment, so a bar never reaches over a break and the last one of a segment
may be shorter. A bar is of the rows in it: its open is the first price *in* it, never the price before.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final, Literal, TypeAlias

import polars as pl

from nfops.errors import ConfigError
from nfops.market import Market
from nfops.packing.stamps import ZONE
from nfops.packing.write import stamps

Label: TypeAlias = Literal["start", "end"]
DAY_S: Final = 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600}


def interval_seconds(text: str) -> int:
    """Seconds of an interval such as ``30s``, ``1m``, ``15m`` or ``1h``.

    Raises
    ------
    ConfigError
        When it is not a whole positive number of seconds, minutes or hours of at most a day.
    """
    found = re.fullmatch(r"(\d+)([smh])", text.strip().lower())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= DAY_S:
        raise ConfigError(f"an interval is a whole number and s, m or h, at most 24h, such as 1m or 15m; got {text!r}")
    return seconds


def bars_of(
    rows: pl.DataFrame, market: Market, seconds: int, *, label: Label = "start", fill: bool = False
) -> pl.DataFrame:
    """Make the bars of one instrument.

    Parameters
    ----------
    rows
        Packed rows (SPEC 2.1) in order of time, of any number of days; those outside the session are left out.
    seconds
        Length of a bar.
    label
        What ``timestamp`` says: the first second of the bar, or the second after its last.
    fill
        Whether intervals without a price, after the day's first, get a bar of the price before them and volume 0;
        otherwise they have none.

    Returns
    -------
    ``timestamp`` (Asia/Kolkata); ``open, high, low, close, vwap`` in rupees, vwap null where nothing is known to have
    been traded; ``volume`` in units; ``trades``, rows in which volume was traded; ``oi`` in units as of the bar's end.
    """
    placed = _placed(rows, market, seconds)
    price, traded = pl.col("close").is_not_null(), pl.col("vol_delta").fill_null(0) > 0
    worth = pl.when(traded & price).then(pl.col("close") * pl.col("vol_delta"))
    units = pl.when(traded & price).then(pl.col("vol_delta"))
    grouped = placed.group_by("date", "start", "end", maintain_order=True).agg(
        pl.col("open").drop_nulls().first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").drop_nulls().last(),
        (worth.sum() / units.sum()).fill_nan(None).alias("vwap"),
        pl.col("vol_delta").sum().alias("volume"),
        traded.sum().cast(pl.Int64).alias("trades"),
        pl.col("oi").drop_nulls().last(),
    )
    bars = grouped.filter(pl.col("close").is_not_null()).sort("date", "start")
    bars = _filled(bars, market, seconds) if fill else bars
    moment = pl.col("date").cast(pl.Datetime("ns")) + pl.duration(seconds=pl.col(label))
    return bars.select(
        moment.dt.replace_time_zone(ZONE).alias("timestamp"),
        *("open", "high", "low", "close", "vwap", "volume", "trades", "oi"),
    )


def _placed(rows: pl.DataFrame, market: Market, seconds: int) -> pl.DataFrame:
    """Rows inside the session with their bar's ``date``, ``start`` and ``end`` in seconds of the day."""
    missing = [name for name in ("oi", "vol_delta") if name not in rows.columns]
    rows = rows.with_columns(stamps(rows.schema["timestamp"]), *(pl.lit(None, pl.Int64).alias(n) for n in missing))
    rows = rows.with_columns(pl.col("timestamp").dt.date().alias("date"))
    moment = (pl.col("timestamp").dt.replace_time_zone(None) - pl.col("date").cast(pl.Datetime("ns"))).dt
    clock = moment.total_nanoseconds()
    segments = _segments(rows["date"].unique().to_list(), market)
    inside = rows.join(segments, on="date", how="inner", maintain_order="left").filter(
        (clock >= pl.col("from") * 10**9) & (clock <= pl.col("to") * 10**9)
    )
    # A row stamped exactly at the close belongs to the last second.
    second = pl.min_horizontal(clock // 10**9, pl.col("to") - 1)
    start = pl.col("from") + (second - pl.col("from")) // seconds * seconds
    return inside.with_columns(start.alias("start"), pl.min_horizontal(start + seconds, pl.col("to")).alias("end"))


def _segments(dates: list[dt.date], market: Market) -> pl.DataFrame:
    """One row a segment of each trading day."""
    found = [
        (date, start, end)
        for date in dates
        if market.is_trading_day(date)
        for start, end in market.session(date).segments
    ]
    return pl.DataFrame(found, schema={"date": pl.Date, "from": pl.Int64, "to": pl.Int64}, orient="row")


def _filled(bars: pl.DataFrame, market: Market, seconds: int) -> pl.DataFrame:
    """Put a bar of the price before into every interval after the day's first bar that has none."""
    every = _segments(bars["date"].unique(maintain_order=True).to_list(), market)
    starts = every.with_columns(pl.int_ranges("from", "to", seconds).alias("start")).explode("start")
    grid = starts.select("date", "start", pl.min_horizontal(pl.col("start") + seconds, "to").alias("end"))
    whole = grid.join(bars, on=["date", "start", "end"], how="left").sort("date", "start")
    whole = whole.with_columns(pl.col("close", "oi").forward_fill().over("date"))
    return whole.filter(pl.col("close").is_not_null()).with_columns(
        *(pl.col(name).fill_null(pl.col("close")) for name in ("open", "high", "low")),
        *(pl.col(name).fill_null(0) for name in ("volume", "trades")),
    )
