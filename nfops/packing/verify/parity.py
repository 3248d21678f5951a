"""Options against the index: C - P + K of every strike and minute, judged by the day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from nfops.packing.verify.rules import Finding

OFF: Final = 0.01
"""Distance of the day's middle from the index, as a share of it; carry to a far expiry stays below."""

NEAR: Final = 0.02
"""Strikes within this share of the index count for the day's middle."""

FAR: Final = 20.0
"""An outlier is this many median absolute deviations away from the day's middle, and at least OUTLIER of the index."""

OUTLIER: Final = 0.01


def parity_findings(calls_and_puts: pl.DataFrame, index: pl.DataFrame, where: str) -> Iterator[Finding]:
    """Compare one expiry with the index.

    Parameters
    ----------
    calls_and_puts
        ``timestamp`` (start of the minute), ``strike``, ``opt_type``, ``close`` in rupees; a row a minute and contract.
    index
        ``timestamp`` and ``close`` of the same minutes.
    """
    puts = calls_and_puts.filter(pl.col("opt_type") == "PE").select("timestamp", "strike", pl.col("close").alias("put"))
    pairs = (
        calls_and_puts.filter(pl.col("opt_type") == "CE")
        .join(puts, on=["timestamp", "strike"])
        .join(index.select("timestamp", pl.col("close").alias("index")), on="timestamp")
        .with_columns(
            pl.col("timestamp").dt.date().alias("date"),
            ((pl.col("close") - pl.col("put") + pl.col("strike")) / pl.col("index") - 1).alias("gap"),
        )
    )
    near = (pl.col("strike") / pl.col("index") - 1).abs() <= NEAR
    middles = pairs.filter(near).group_by("date").agg(pl.col("gap").median().alias("middle"))
    judged = pairs.join(middles, on="date").with_columns((pl.col("gap") - pl.col("middle")).abs().alias("away"))
    days = judged.group_by("date").agg(
        pl.col("middle").first(),
        pl.len().alias("pairs"),
        (pl.col("away") > pl.max_horizontal(FAR * pl.col("away").filter(near).median(), pl.lit(OUTLIER)))
        .sum()
        .alias("outliers"),
    )
    for date, middle, count, outliers in days.sort("date").iter_rows():
        if abs(middle) > OFF:
            yield Finding(
                "parity_off", where, date, count, f"C - P + K lies {middle:+.2%} from the index in the median"
            )
        if outliers:
            yield Finding("parity_outlier", where, date, outliers, f"{outliers:,} of {count:,} pairs of a minute")
