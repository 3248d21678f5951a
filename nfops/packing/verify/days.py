"""What can be wrong inside the packed rows of one instrument, counted day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Segment
from nfops.packing.legacy import FEW, WORTHLESS
from nfops.packing.quality import crossed_quote, off_tick
from nfops.packing.verify.rules import Finding
from nfops.packing.write import stamps

SILENCE_S: Final = 600
"""A first price later, or a last one earlier, by more than this is told."""

GAP_S: Final = 300
_PRICES: Final = ("open", "high", "low", "close")
_NUMBERS: Final = (*_PRICES, "vol_delta", "oi", "bid", "ask")
_COUNTED: Final = ("unsorted", "outside_session", "bar_inconsistent", "negative", "off_tick", "crossed_quote")


def day_counts(rows: pl.DataFrame, segment: Segment, market: Market) -> pl.DataFrame:
    """Count what is there and what is wrong with the rows of one instrument.

    Returns
    -------
    A row for each date: ``date``; ``rows``; ``priced`` rows, distinct ``prices``, the ``last`` price, the
    ``fingerprint`` of all; ``volume`` and last ``oi`` in units, rows with ``trades``, whether the volume is
    ``whole`` (known from the open on); ``polled`` (snapshots, whose silences mean nothing); seconds without a price at
    the ends (``late_s, early_s``), without a row at the end (``end_s``), and the longest silence (``gap_s``);
    ``closed_day``; and the counts of simple rules.
    """
    missing = [pl.lit(None, pl.Float64).alias(name) for name in _NUMBERS if name not in rows.columns]
    polled = pl.col("kind") == "snapshot" if "kind" in rows.columns else pl.lit(value=False)
    rows = rows.with_columns(stamps(rows.schema["timestamp"]), *missing, polled.alias("polled"))
    date = pl.col("timestamp").dt.date()
    clock = (pl.col("timestamp").dt.replace_time_zone(None) - date.cast(pl.Datetime("ns"))).dt.total_nanoseconds()
    rows = rows.with_columns(date.alias("date"), (clock / 1e9).alias("clock"))
    rows = rows.join(_sessions(rows["date"].unique().to_list(), market), on="date", how="left", maintain_order="left")
    return rows.group_by("date", maintain_order=True).agg(*_facts(), **_silences(), **_faults(segment))


def _facts() -> list[pl.Expr]:
    price = pl.col("close").drop_nulls()
    early = pl.col("clock").first() - pl.col("open_s").first() <= 60
    return [
        pl.len().cast(pl.Int64).alias("rows"),
        price.len().cast(pl.Int64).alias("priced"),
        price.n_unique().cast(pl.Int64).alias("prices"),
        price.last().alias("last"),
        pl.struct(_PRICES).hash().sum().alias("fingerprint"),
        pl.col("vol_delta").sum().cast(pl.Int64).alias("volume"),
        (pl.col("vol_delta") > 0).sum().cast(pl.Int64).alias("trades"),
        pl.col("oi").drop_nulls().last().cast(pl.Int64),
        # Cumulative volume counts from the open, or from a row in which nothing was traded yet (SPEC 2.5).
        (early | pl.col("close").first().is_null()).alias("whole"),
        pl.col("polled").all(),
    ]


def _silences() -> dict[str, pl.Expr]:
    moments = pl.col("clock").filter(pl.col("close").is_not_null())
    return {
        "late_s": moments.min() - pl.col("open_s").first(),
        "early_s": pl.col("close_s").first() - moments.max(),
        "gap_s": pl.col("clock").diff().max() - pl.col("break_s").first(),
        "end_s": pl.col("close_s").first() - pl.col("clock").max(),
    }


def _faults(segment: Segment) -> dict[str, pl.Expr]:
    clock = pl.col("clock")
    body = [pl.min_horizontal("open", "close"), pl.max_horizontal("open", "close")]
    faults = {
        "unsorted": clock.diff() < 0,
        "outside_session": (clock < pl.col("open_s")) | (clock > pl.col("close_s")),
        "bar_inconsistent": (pl.col("low") > body[0]) | (pl.col("high") < body[1]),
        "negative": pl.any_horizontal(pl.col(name) < 0 for name in _NUMBERS),
        "off_tick": off_tick() if segment != "spot" else pl.lit(value=False),
        "crossed_quote": crossed_quote(),
    }
    counts = {name: fault.fill_null(value=False).sum().cast(pl.Int64) for name, fault in faults.items()}
    return {**counts, "closed_day": pl.col("open_s").is_null().any()}


def day_findings(counts: pl.DataFrame, where: str, segment: Segment) -> Iterator[Finding]:
    """Say what the counts of one file mean."""
    for day in counts.iter_rows(named=True):
        if day["closed_day"]:
            yield Finding("closed_day", where, day["date"], day["rows"], f"{day['rows']:,} rows")
            continue
        for rule in _COUNTED:
            if day[rule]:
                yield Finding(rule, where, day["date"], day[rule], f"{day[rule]:,} of {day['rows']:,} rows")
        if day["priced"] >= FEW:
            yield from _still(day, where, segment)
            if segment != "options":
                yield from _silent(day, where)


def _still(day: Mapping[str, Any], where: str, segment: Segment) -> Iterator[Finding]:
    traded = segment != "options" or (day["last"] > WORTHLESS and day["trades"] >= FEW)
    if day["prices"] == 1 and traded:
        text = f"one price, {day['last']:,.2f}, in {day['priced']:,} rows"
        yield Finding("constant_price", where, day["date"], day["priced"], text)


def _silent(day: Mapping[str, Any], where: str) -> Iterator[Finding]:
    for rule, column in (("late_start", "late_s"), ("early_end", "early_s")):
        if day[column] > SILENCE_S:
            yield Finding(rule, where, day["date"], 1, f"{day[column]:,.0f} seconds")
    if day["gap_s"] > GAP_S and not day["polled"]:
        yield Finding("gap", where, day["date"], 1, f"{day['gap_s']:,.0f} seconds")


def _sessions(dates: list[dt.date], market: Market) -> pl.DataFrame:
    """Open, close and the longest break of each trading day, in seconds of the day."""
    found = []
    for date in dates:
        if market.is_trading_day(date):
            session = market.session(date)
            pauses = [later[0] - earlier[1] for earlier, later in pairwise(session.segments)]
            found.append((date, session.open, session.close, max(pauses, default=0)))
    schema = {"date": pl.Date, "open_s": pl.Int64, "close_s": pl.Int64, "break_s": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")
