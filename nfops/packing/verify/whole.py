"""What is packed against the manifest, and as a whole against the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from nfops.files import content_hash
from nfops.market import Market
from nfops.packing.verify.rules import Finding
from nfops.packing.write import SCHEMA_VERSION

SEGMENTS: Final = ("options", "spot", "futures")
MOVES: Final = 10
"""A day with fewer different prices may repeat the day before by chance."""


def file_findings(root: Path, manifest: pl.DataFrame, here: list[str]) -> Iterator[Finding]:
    """Compare the files of a manifest with those that lie ``here`` (paths below the root), their content by hash."""
    known = {row["path"]: row for row in manifest.iter_rows(named=True)}
    for name, row in known.items():
        if name not in here:
            yield Finding("missing_file", name, None, 1, f"{row['rows']:,} rows are gone")
            continue
        if row["schema_version"] != SCHEMA_VERSION:
            yield Finding("old_schema", name, None, 1, f"version {row['schema_version']}, now {SCHEMA_VERSION}")
        if row["packed_hash"] not in {None, content_hash(root / name)}:
            yield Finding("changed_file", name, None, 1, "its hash is not the one of the manifest; pack it again")
    for name in here:
        if name not in known:
            yield Finding("unknown_file", name, None, 1, "not in the manifest")


def packed_files(root: Path, symbols: tuple[str, ...]) -> list[str]:
    """Packed files that lie under the root, by their names below it, of some symbols or, named none, of all."""
    packed = root / "packed"
    here = [path.relative_to(root) for segment in SEGMENTS for path in (packed / segment).rglob("*.parquet")]
    return sorted(
        str(path) for path in here if not path.name.startswith(".") and (not symbols or path.parts[2] in symbols)
    )


def coverage(days: pl.DataFrame) -> pl.DataFrame:
    """Count what is there by symbol and date.

    Parameters
    ----------
    days
        ``symbol, segment, expiry, strike, date, rows, priced``; a row for each packed file and date.

    Returns
    -------
    ``symbol, date``; rows by segment (``spot, futures, options``); ``contracts`` and ``strikes`` of options with a
    price; ``expiries`` of options with any row.
    """
    segment = pl.col("segment")
    option, priced = segment == "options", (segment == "options") & (pl.col("priced") > 0)
    return (
        days.group_by("symbol", "date")
        .agg(
            *(pl.col("rows").filter(segment == name).sum().alias(name) for name in SEGMENTS),
            priced.sum().cast(pl.Int64).alias("contracts"),
            pl.col("strike").filter(priced).n_unique().cast(pl.Int64).alias("strikes"),
            pl.col("expiry").filter(option).n_unique().cast(pl.Int64).alias("expiries"),
        )
        .sort("symbol", "date")
    )


def calendar_findings(days: pl.DataFrame, market: Market) -> Iterator[Finding]:
    """Say which trading days and expiries are missing between the first and the last that are there."""
    for (symbol, segment), here in days.sort("symbol", "segment").group_by("symbol", "segment", maintain_order=True):
        dates = sorted(here["date"].unique().to_list())
        text = _named(sorted(set(market.trading_days(dates[0], dates[-1])) - set(dates)), f"days of {segment}")
        if text:
            yield Finding("missing_day", str(symbol), None, *text)
        if segment == "options":
            expected = {date for date in market.expiries(str(symbol), dates[0]) if date <= dates[-1]}
            text = _named(sorted(expected - set(here["expiry"])), "expiries")
            if text:
                yield Finding("missing_expiry", str(symbol), None, *text)


def replays(days: pl.DataFrame) -> Iterator[Finding]:
    """Say which days repeat every price of the same instrument's day before."""
    of_instrument = ["symbol", "segment", "expiry", "right", "strike"]
    ordered = days.sort(*of_instrument, "date").with_columns(
        before=pl.col("fingerprint").shift(1).over(of_instrument), then=pl.col("date").shift(1).over(of_instrument)
    )
    same = ordered.filter((pl.col("fingerprint") == pl.col("before")) & (pl.col("prices") >= MOVES))
    for path, date, rows, then in same.select("path", "date", "rows", "then").iter_rows():
        yield Finding("replayed_day", path, date, rows, f"every price is that of {then}")


def _named(gone: list[dt.date], what: str) -> tuple[int, str] | None:
    if not gone:
        return None
    shown = ", ".join(map(str, gone[:5])) + (f", ... {gone[-1]}" if len(gone) > 5 else "")
    return len(gone), f"{len(gone):,} {what}: {shown}"
