"""Packed Parquet files: where they lie, how they are written and merged, how they are read back (SPEC 2.1, 2.7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.files import replacing
from nfops.market import Market
from nfops.packing.layouts.base import Segment

SCHEMA_VERSION: Final = 1
ZONE: Final = "Asia/Kolkata"
RANK: Final = {"tick": 0, "bar": 1, "snapshot": 2}
"""Of several sources of one date the one with the lowest rank is used."""

_PRICES: Final = ["open", "high", "low", "close"]
_QUOTES: Final = ["vol_delta", "oi", "bid", "ask", "bid_qty", "ask_qty", "kind"]
_EXPIRY: Final = ["expiry", "expiry_type", "is_monthly", "is_weekly"]
COLUMNS: Final[dict[Segment, list[str]]] = {
    "options": ["timestamp", "symbol", "opt_type", "strike", *_PRICES, *_QUOTES, *_EXPIRY],
    "futures": ["timestamp", "symbol", *_PRICES, *_QUOTES, *_EXPIRY, "trade_date"],
    "spot": ["timestamp", "symbol", *_PRICES, "vol_delta", "kind", "trade_date"],
}


def packed_rows(rows: pl.DataFrame, segment: Segment, kind: str, symbol: str, market: Market) -> pl.DataFrame:
    """Turn cleaned rows into the columns of a packed file, time stamps in Asia/Kolkata."""
    rows = rows.with_columns(
        pl.col("stamp").dt.replace_time_zone(ZONE).alias("timestamp"),
        pl.lit(symbol).alias("symbol"),
        pl.lit(kind).alias("kind"),
        pl.col("date").alias("trade_date"),
        pl.col("vol_delta").cast(pl.Int64),
    )
    if segment != "spot":
        kinds = {expiry: market.expiry_kind(symbol, expiry) for expiry in rows["expiry"].unique().to_list()}
        monthly = pl.col("expiry").replace_strict(kinds, return_dtype=pl.String).alias("expiry_type")
        rows = rows.with_columns(monthly).with_columns(
            (pl.col("expiry_type") == "monthly").cast(pl.Int8).alias("is_monthly"),
            (pl.col("expiry_type") == "weekly").cast(pl.Int8).alias("is_weekly"),
        )
    return rows.select(COLUMNS[segment])


def write_contracts(root: Path, segment: Segment, symbol: str, layout: str, rows: pl.DataFrame) -> list[Path]:
    """Write option or future rows to the files of their contracts; other dates already there are kept."""
    keys = ["expiry", "opt_type", "strike"] if segment == "options" else ["expiry"]
    written = []
    for key, contract in rows.partition_by(keys, as_dict=True, maintain_order=True).items():
        folder = root / "packed" / segment / symbol / f"{key[0]:%Y%m}" / f"exp={key[0]}"
        path = folder / (f"type={key[1]}/strike={key[2]}.parquet" if segment == "options" else "ticks.parquet")
        _write(path, _merge(path, contract), layout)
        written.append(path)
    return written


def write_spot(root: Path, symbol: str, layout: str, rows: pl.DataFrame) -> list[Path]:
    """Write spot rows, one file a date; the best source of a date is ``ticks.parquet``, the others stand beside it."""
    written = []
    for (date,), day in rows.partition_by("trade_date", as_dict=True, maintain_order=True).items():
        folder = spot_folder(root, symbol, date)
        best = folder / "ticks.parquet"
        own = best if best.exists() and layout_of(best) == layout else folder / f"ticks.{layout}.parquet"
        _write(own, day, layout)
        written.append(_elect(folder, own))
    return written


def spot_folder(root: Path, symbol: str, date: dt.date) -> Path:
    """Folder of the spot files of a date."""
    return root / "packed" / "spot" / symbol / f"{date:%Y%m}" / f"date={date}"


def layout_of(path: Path) -> str:
    """Name of the layout a packed file was made from; ``legacy`` for files of the old scripts."""
    return pl.read_parquet_metadata(path).get("nfops.layout", "legacy")


def read_bars(root: Path, symbol: str, dates: list[dt.date]) -> pl.DataFrame | None:
    """Read the index bars (``stamp`` naive, ``close``) of the given dates, from whichever spot file holds bars."""
    found = []
    for date in dates:
        for path in sorted(spot_folder(root, symbol, date).glob("ticks*.parquet")):
            frame = pl.read_parquet(path, columns=["timestamp", "close", "kind"]).filter(pl.col("kind") == "bar")
            found.append(frame.select(pl.col("timestamp").dt.replace_time_zone(None).alias("stamp"), "close"))
    return pl.concat(found) if any(frame.height for frame in found) else None


def read_spot(root: Path, symbol: str, date: dt.date) -> pl.DataFrame | None:
    """Read the best spot file of a date."""
    path = spot_folder(root, symbol, date) / "ticks.parquet"
    return pl.read_parquet(path, glob=False) if path.exists() else None


def read_contracts(root: Path, segment: Segment, symbol: str, start: dt.date, end: dt.date) -> Iterator[pl.DataFrame]:
    """Yield the rows from ``start`` to ``end`` (both included) of each contract, one expiry after the other."""
    first, last = (dt.datetime.combine(day, dt.time()) for day in (start, end + dt.timedelta(days=1)))
    for folder in sorted((root / "packed" / segment / symbol).glob("*/exp=*")):
        if dt.date.fromisoformat(folder.name.removeprefix("exp=")) < start:
            continue
        for path in sorted(folder.rglob("*.parquet")):
            stamp = pl.col("timestamp").dt.replace_time_zone(None)
            rows = pl.scan_parquet(path, glob=False).filter((stamp >= first) & (stamp < last)).collect()
            if rows.height:
                yield rows


def _merge(path: Path, new: pl.DataFrame) -> pl.DataFrame:
    """Put new rows of a contract beside those of other dates; on a shared date the better kind stays."""
    if not path.exists():
        return new
    old = pl.read_parquet(path, glob=False)
    if old.columns != new.columns:
        raise DataError(f"{path} was packed by another version; pack into an empty data root", "other_schema")
    date, rank = pl.col("timestamp").dt.date(), pl.col("kind").replace_strict(RANK, return_dtype=pl.Int8)
    both = pl.concat([new.with_columns(age=pl.lit(0)), old.with_columns(age=pl.lit(1))])
    order = rank * 2 + pl.col("age")
    return both.filter(order == order.min().over(date)).drop("age").sort("timestamp", maintain_order=True)


def _write(path: Path, rows: pl.DataFrame, layout: str) -> None:
    with replacing(path) as part:
        rows.write_parquet(
            part, compression="zstd", compression_level=3, statistics=True, metadata={"nfops.layout": layout}
        )


def _elect(folder: Path, own: Path) -> Path:
    """Give the name ``ticks.parquet`` to the best source of a date; return where ``own`` is now."""
    best = folder / "ticks.parquet"
    ranked = {path: (_rank(path), layout_of(path)) for path in folder.glob("ticks*.parquet")}
    winner = min(ranked, key=lambda path: ranked[path])
    if winner == best:
        return own
    moved = {own: own}
    if best.exists():
        moved[best] = best.rename(folder / f"ticks.{layout_of(best)}.parquet")
    moved[winner] = winner.rename(best)
    return moved[own]


def _rank(path: Path) -> int:
    return RANK[pl.read_parquet(path, columns=["kind"], n_rows=1, glob=False).item()]
