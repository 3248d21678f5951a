"""The cleaning rules (SPEC 2.2 to 2.6): raw-canonical rows of one segment to packed rows, every drop counted.

Rules work on one trading date of one instrument at a time, but are written as columns over all of them at once. ``key``
below is what tells instruments apart: expiry, strike and right for options, nothing for the spot.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl

from nfops.errors import MetaError
from nfops.market import Market
from nfops.packing.layouts.base import RowKind, Segment

KEYS: Final[Mapping[Segment, tuple[str, ...]]] = {
    "options": ("expiry", "strike", "opt_type"),
    "futures": ("expiry",),
    "spot": (),
}
"""What tells instruments of a segment apart."""

Tally: TypeAlias = "Counter[tuple[int, str]]"
"""Rows by file (the number in column ``file``) and reason."""

FIRST_ROW_S: Final = 60
"""A first row this close to the open shows volume traded since the open; a later one shows an unknown past."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Packed rows (still naive time stamps) and what happened on the way.

    ``dropped`` counts rows that are gone, ``noted`` rows that were kept and changed or marked, by (file, reason).
    """

    frame: pl.DataFrame
    dropped: Tally
    noted: Tally
    refused: Mapping[dt.date, str]
    """Dates of which nothing was kept because they were no trading day, with the reason in words."""


def clean(
    rows: pl.DataFrame, segment: Segment, kind: RowKind, symbol: str, market: Market, bars: pl.DataFrame | None = None
) -> Cleaned:
    """Apply every rule to rows given in file order.

    ``bars`` are the packed spot bars (columns ``stamp``, ``close``) that snapshots are checked against, where known.
    """
    dropped: Tally = Counter()
    noted: Tally = Counter()
    rows = rows.with_columns(pl.col("stamp").dt.date().alias("date"))
    rows, refused = _trading_days(rows, market, dropped)
    if segment == "futures":
        rows = _near_month(rows, market, symbol)
    again = ~pl.struct("stamp", "row_hash", *KEYS[segment]).is_first_distinct() & pl.col("row_hash").is_not_null()
    rows = _drop(rows, rows.select(again).to_series(), "duplicate", dropped)
    # Whether a poll is frozen is judged with those outside the session, which then go for that reason.
    rows = rows.with_columns(_frozen(rows) if kind == "snapshot" else pl.lit(False).alias("frozen"))
    rows = _drop(rows, rows["second"].is_null(), "outside_session", dropped)
    rows = _drop(rows, rows["frozen"], "frozen_snapshot", dropped)
    if kind == "snapshot" and segment == "options" and bars is not None:
        rows = _drop(rows, _mismatched(rows, bars), "spot_mismatch", dropped)
    rows = _trades(rows.sort("stamp", maintain_order=True), segment, kind)
    for reason in ("no_trade_today", "stale_trade", "volume_reset"):
        _count(rows, rows[reason], reason, noted)
    return Cleaned(rows, dropped, noted, refused)


def _drop(rows: pl.DataFrame, wrong: pl.Series, reason: str, dropped: Tally) -> pl.DataFrame:
    _count(rows, wrong, reason, dropped)
    return rows.filter(~wrong)


def _count(rows: pl.DataFrame, marked: pl.Series, reason: str, tally: Tally) -> None:
    for file, count in rows.filter(marked).group_by("file").len().iter_rows():
        tally[file, reason] += count


def _trading_days(rows: pl.DataFrame, market: Market, dropped: Tally) -> tuple[pl.DataFrame, dict[dt.date, str]]:
    """Drop rows of other dates; give the rest its session's ``open`` and its ``second``, null outside the segments."""
    refused, sessions = {}, []
    for date in rows["date"].unique().drop_nulls().sort().to_list():
        try:
            sessions.append(market.session(date))
        except MetaError as fault:
            refused[date] = str(fault)
    most = max((len(session.segments) for session in sessions), default=0)
    ends = {f"{end}{at}": [dict(enumerate(s.segments)).get(at, (None, None))[end] for s in sessions]
            for at in range(most) for end in (0, 1)}  # fmt: skip
    table = pl.DataFrame(
        {"date": [s.date for s in sessions], "open": [s.open for s in sessions], **ends},
        schema={"date": pl.Date, "open": pl.Int64, **dict.fromkeys(ends, pl.Int64)},
    )
    kept = _drop(
        rows, ~rows["date"].is_in(table["date"].implode()).fill_null(value=False), "not_a_trading_day", dropped
    )
    clock = (pl.col("stamp") - pl.col("date").cast(pl.Datetime("ns"))).dt.total_microseconds()
    # A row stamped exactly at a segment's close belongs to its last second.
    inside = [
        pl.when(clock.is_between(pl.col(f"0{at}") * 1_000_000, pl.col(f"1{at}") * 1_000_000)).then(
            pl.min_horizontal(clock // 1_000_000, pl.col(f"1{at}") - 1) - pl.col("open")
        )
        for at in range(most)
    ]
    second = pl.coalesce([pl.lit(None), *inside]).cast(pl.Int32).alias("second")
    # Left joins keep the order of the rows, which later rules rely on.
    joined = kept.rename({"open": "bar_open"}).join(table, on="date", how="left", maintain_order="left")
    return joined.with_columns(second).drop(list(ends)), refused


def _near_month(rows: pl.DataFrame, market: Market, symbol: str) -> pl.DataFrame:
    """Futures files run many expiries together; a row is of the monthly expiry on or after its date."""
    dates = rows["date"].unique().sort()
    table = pl.DataFrame(
        {"date": dates, "expiry": [market.expiry(symbol, date, "monthly") for date in dates.to_list()]}
    )
    return rows.drop("expiry").join(table, on="date", how="left", maintain_order="left")


def _frozen(rows: pl.DataFrame) -> pl.Series:
    """Whether the poll of a row shows what another poll of the same expiry and date shows."""
    polls = pl.col("stamp").n_unique().over("date", "expiry", "poll_hash") > 1
    return rows.select((polls & pl.col("poll_hash").is_not_null()).alias("frozen")).to_series()


def _mismatched(rows: pl.DataFrame, bars: pl.DataFrame) -> pl.Series:
    """Whether a poll's own spot is more than 1 % away from the index bar of its minute."""
    minutes = bars.select(pl.col("stamp").dt.truncate("1m").alias("minute"), pl.col("close").alias("index"))
    minutes = minutes.unique("minute", keep="last")
    beside = rows.select(pl.col("stamp").dt.truncate("1m").alias("minute"), "poll_spot").join(
        minutes, on="minute", how="left", maintain_order="left"
    )
    paise = (pl.col("poll_spot") * 100).round() - (pl.col("index") * 100).round()
    return beside.select((paise.abs() * 100 > (pl.col("index") * 100).round()).fill_null(value=False)).to_series()


def _trades(rows: pl.DataFrame, segment: Segment, kind: RowKind) -> pl.DataFrame:
    """Blank the prices of rows that show no trade of today and turn day volumes into deltas."""
    price = pl.col("close").is_null() | (pl.col("close") <= 0)
    silent = price | (pl.col("day_volume") == 0).fill_null(value=False) if kind != "bar" else price
    opened = pl.col("date").cast(pl.Datetime("ns")) + pl.duration(seconds=pl.col("open"))
    stale = ~silent & (pl.col("last_trade") < opened).fill_null(value=False)
    rows = rows.with_columns(silent.alias("no_trade_today"), stale.alias("stale_trade"))
    untraded = pl.col("no_trade_today") | pl.col("stale_trade")
    day = ("date", *KEYS[segment])
    volume = pl.when(untraded).then(0).otherwise(pl.col("day_volume"))
    first = pl.when(pl.col("second").first().over(day) <= FIRST_ROW_S).then(0).otherwise(volume.first().over(day))
    before = pl.max_horizontal(first, volume.cum_max().shift(1).over(day))
    # A row without a trade of today falls to volume 0 by definition; it is already counted under its own reason.
    reset = ~untraded & (volume < volume.shift(1).over(day))
    delta = pl.coalesce((volume - before).clip(0), pl.when(untraded).then(0).otherwise(pl.col("bar_volume")))
    rows = rows.with_columns(delta.fill_null(0).alias("vol_delta"), reset.fill_null(value=False).alias("volume_reset"))
    closed = {name: pl.when(~untraded).then(pl.col(name)) for name in ("bar_open", "high", "low", "close")}
    return rows.with_columns(
        pl.coalesce(closed["bar_open"], closed["close"]).alias("open"),
        pl.coalesce(closed["high"], closed["close"]).alias("high"),
        pl.coalesce(closed["low"], closed["close"]).alias("low"),
        closed["close"].alias("close"),
    )
