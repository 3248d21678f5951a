"""Writing packed files: their columns, their places, and several sources of one date side by side (SPEC 2.1, 2.7).

The best source of a date is in the file proper (``ticks.parquet``, ``strike=28500.parquet``); rows of the others stand
in ``ticks.{layout}.parquet`` beside it and are not used. Which layout a date's rows came from is in the metadata.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.files import replacing
from nfops.market import Market
from nfops.packing.layouts import LAYOUTS
from nfops.packing.layouts.base import RAW, Layout, RowKind, Segment
from nfops.packing.legacy import alike
from nfops.packing.parquet import write_packed
from nfops.packing.stamps import ZONE, in_zone, wall_clock

SCHEMA_VERSION: Final = 4
"""Raise it when packed rows of unchanged raw files would come out differently; everything is then packed again."""

LEGACY: Final = "legacy"
"""Layout of files without our metadata: the old scripts'."""

OLD: Final = frozenset({LEGACY, "packed_legacy"})
"""Layouts of the old scripts, as their files lie and brought into our form; others may share a file with them."""

_OWNERS: Final = "nfops.layout"
_PRICES: Final = ["open", "high", "low", "close"]
_QUOTES: Final = ["vol_delta", "oi", "bid", "ask", "bid_qty", "ask_qty", "kind"]
_EXPIRY: Final = ["expiry", "expiry_type", "is_monthly", "is_weekly"]
COLUMNS: Final[Mapping[Segment, list[str]]] = {
    "options": ["timestamp", "symbol", "opt_type", "strike", *_PRICES, *_QUOTES, *_EXPIRY],
    "futures": ["timestamp", "symbol", *_PRICES, *_QUOTES, *_EXPIRY, "trade_date"],
    "spot": ["timestamp", "symbol", *_PRICES, "vol_delta", "kind", "trade_date"],
}

_TYPES: Final[Mapping[str, pl.DataType]] = {
    **RAW,
    "timestamp": pl.Datetime("ns", ZONE),
    "symbol": pl.String(),
    "vol_delta": pl.Int64(),
    "kind": pl.String(),
    "expiry_type": pl.String(),
    "is_monthly": pl.Int8(),
    "is_weekly": pl.Int8(),
    "trade_date": pl.Date(),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A packed file that was written: which layouts its rows are from, and their time stamps."""

    path: Path
    layouts: str
    stamps: pl.Series | None
    """None when the file was removed, because nothing was left for it."""


def packed_rows(
    rows: pl.DataFrame, segment: Segment, kind: RowKind | None, symbol: str, market: Market
) -> pl.DataFrame:
    """Turn cleaned rows into the columns of a packed file, time stamps in Asia/Kolkata."""
    rows = rows.with_columns(
        in_zone(pl.col("stamp")).alias("timestamp"),
        pl.lit(symbol).alias("symbol"),
        pl.lit(kind, pl.String).alias("kind"),
        pl.col("date").alias("trade_date"),
        pl.col("vol_delta").cast(pl.Int64),
    )
    if segment != "spot":
        monthlies = [e for e in rows["expiry"].unique().to_list() if market.expiry_kind(symbol, e) == "monthly"]
        monthly = pl.col("expiry").is_in(pl.Series(monthlies, dtype=pl.Date).implode())
        rows = rows.with_columns(
            pl.when(monthly).then(pl.lit("monthly")).otherwise(pl.lit("weekly")).alias("expiry_type"),
            monthly.cast(pl.Int8).alias("is_monthly"),
            (~monthly).cast(pl.Int8).alias("is_weekly"),
        )
    return rows.select(COLUMNS[segment])


def packed_path(root: Path, segment: Segment, symbol: str, key: Mapping[str, object]) -> Path:
    """Place of a packed file; ``key`` holds the values of ``clean.KEYS``."""
    day = key["date"] if segment == "spot" else key["expiry"]
    assert isinstance(day, dt.date)  # noqa: S101 - a packed row has one
    folder = root / "packed" / segment / symbol / f"{day:%Y%m}"
    if segment == "spot":
        return folder / f"date={day}" / "ticks.parquet"
    if segment == "futures":
        return folder / f"exp={day}" / "ticks.parquet"
    return folder / f"exp={day}" / f"type={key['opt_type']}" / f"strike={key['strike']}.parquet"


def written(path: Path) -> Written:
    """Look at a packed file that lies there, or legacy; DataError with reason ``unreadable`` when it is damaged."""
    try:
        moments = pl.read_parquet(path, columns=["timestamp"], glob=False)
        return Written(path, _label(path), moments.select(stamps(moments.schema["timestamp"]))["timestamp"])
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise DataError(f"the packed file {path} cannot be read: {fault}", "unreadable") from fault


def layouts_of(label: str) -> dict[str, list[dt.date]]:
    """Dates by layout; a single layout has all, listed as none."""
    if not label.startswith("{"):
        return {label: []}
    dates: dict[str, list[dt.date]] = {}
    for date, layout in json.loads(label).items():
        dates.setdefault(layout, []).append(dt.date.fromisoformat(date))
    return dates


def layout_on(path: Path, date: dt.date) -> str | None:
    """Layout that a date's rows in a packed file came from; None for a date it has no rows of."""
    dates = layouts_of(_label(path))
    return next((name for name, listed in dates.items() if date in listed or not listed), None)


def _label(path: Path) -> str:
    return pl.read_parquet_metadata(path).get(_OWNERS, LEGACY)


def settle(path: Path, layout: str, rows: pl.DataFrame | None, dates: set[dt.date] | None = None) -> list[Written]:
    """Make ``rows`` the rows that ``layout`` has in a packed file, then let the best source of each date have it.

    Parameters
    ----------
    rows
        Packed rows; None when the layout has none any more.
    dates
        Only these dates are replaced; None replaces all that the layout has there.

    Returns
    -------
    The files written or removed.

    Notes
    -----
    A file of the old scripts steps aside as it is, and its rows stay in use on the dates that nothing better has.
    """
    if path.exists() and _OWNERS not in pl.read_parquet_metadata(path):
        path.rename(_beside(path, LEGACY))
    held = _held(path, without=layout if dates is None else "")
    parts = [] if rows is None else [rows]
    if dates is not None and layout in held:
        parts.insert(0, held.pop(layout).filter(~_date().is_in(list(dates))))
    mine = pl.concat(parts).sort("timestamp", maintain_order=True) if len(parts) > 1 else next(iter(parts), None)
    if not held:
        return _replace(path, layout, mine) + _replace(_beside(path, layout), layout, None)
    return _elect(path, held if mine is None else {**held, layout: mine}, layout)


def _elect(path: Path, held: Mapping[str, pl.DataFrame], changed: str) -> list[Written]:
    """Write the best source of each date to the file proper, the rest beside it.

    A file of the old scripts that is best on every date gets its place back.
    """
    best: dict[dt.date, str] = {}
    segment = _segment(path)
    for name in sorted(held, key=lambda name: (_layout(name).order(segment), name), reverse=True):
        best |= dict.fromkeys(held[name].select(_date().unique()).to_series().to_list(), name)
    used = {name: _date().is_in([date for date, winner in best.items() if winner == name]) for name in held}
    owners = sorted(set(best.values()))
    label = owners[0] if len(owners) == 1 else json.dumps({str(date): best[date] for date in sorted(best)})
    if owners == [LEGACY]:
        _beside(path, LEGACY).replace(path)
        done = [written(path)]
    else:
        whole = pl.concat([frame.filter(used[name]) for name, frame in held.items()])
        done = _replace(path, label, whole.sort("timestamp", maintain_order=True))
    for name in {*held, changed} - {LEGACY}:
        rest = held[name].filter(~used[name]) if name in held else None
        done += _replace(_beside(path, name), name, rest)
    return done


def stamps(kind: pl.DataType) -> pl.Expr:
    """Give the column ``timestamp`` of a packed file as ours are, also where the old scripts wrote text or no zone."""
    return in_zone(wall_clock(kind))


def is_beside(path: Path) -> bool:
    """Whether a packed file is one of those that are not used."""
    return "." in path.stem


def _segment(path: Path) -> Segment:
    """Segment of a packed file by its place: the folder of an option lies one deeper."""
    return "options" if path.parent.name.startswith("type=") else "spot" if path.parts[-5] == "spot" else "futures"


def _date() -> pl.Expr:
    """Date of a packed row."""
    return wall_clock(_TYPES["timestamp"]).dt.date()


def _beside(path: Path, layout: str) -> Path:
    return path.with_name(f"{path.stem}.{layout}.parquet")


def _held(path: Path, without: str) -> dict[str, pl.DataFrame]:
    """Rows of each layout but one, in the file proper and beside it."""
    held: dict[str, list[pl.DataFrame]] = {}
    by = layouts_of(_label(path)) if path.exists() else {}
    if by.keys() - {without}:
        whole = pl.read_parquet(path, glob=False)
        held = {name: [whole.filter(_date().is_in(dates)) if dates else whole] for name, dates in by.items()}
    held.pop(LEGACY, None)  # the old scripts' whole file lies beside
    for side in path.parent.glob(f"{path.stem}.*.parquet"):
        name = side.stem.rsplit(".", 1)[1]
        rows = _old_rows(side, _segment(path)) if name == LEGACY else pl.read_parquet(side, glob=False)
        held.setdefault(name, []).append(rows)
    return {
        name: pl.concat(frames).sort("timestamp", maintain_order=True)
        for name, frames in held.items()
        if name != without
    }


def _old_rows(path: Path, segment: Segment) -> pl.DataFrame:
    """Rows of a file of the old scripts in our columns; what they do not say is null, above all the kind."""
    rows = alike(pl.read_parquet(path, glob=False)).with_columns(pl.col("timestamp").dt.date().alias("trade_date"))
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in {name: _TYPES[name] for name in COLUMNS[segment]}.items()
    )


def _layout(name: str) -> Layout:
    return LAYOUTS["packed_legacy" if name == LEGACY else name]


def _replace(path: Path, label: str, rows: pl.DataFrame | None) -> list[Written]:
    """Write a packed file, or remove it when no row is left."""
    if rows is not None and rows.height:
        with replacing(path) as part:
            write_packed(part, rows, {_OWNERS: label})
        return [Written(path, label, rows["timestamp"])]
    if path.exists():
        path.unlink()
        return [Written(path, label, None)]
    return []
