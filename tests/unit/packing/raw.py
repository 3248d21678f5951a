"""Tiny raw files of each vendor, written by hand."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from nfops.market import Market

HOME = Path(__file__).parents[3]
MARKET = Market.load(HOME / "meta")

CHAIN_HEADER = (
    ",CallOI,CallChnginOI,CallVolume,CallIV,CallLTP,CallNetChng,CallBidQty,CallBidPrice,CallAskPrice,CallAskQty,"
    "StrikePrice,PutBidQty,PutBidPrice,PutAskPrice,PutAskQty,PutNetChng,PutLTP,PutIV,PutVolume,PutChnginOI,PutOI,"
    "CurrentVal"
)


def at(text: str) -> dt.datetime:
    """Wall clock from ``2019-04-10 09:15:00``."""
    return dt.datetime.fromisoformat(text)


def ticks(path: Path, rows: Sequence[Mapping[str, Any]], unit: Literal["us", "ns"] = "us") -> Path:
    """Write a raw nfopslab Parquet; what a row does not say is like the example row of the facts."""
    usual = {
        "price": 1275.0, "qty": 160, "avgPrice": 1236.62, "volume": 4480, "volactual": 28, "open": 1295.0,
        "high": 1302.4, "low": 1160.6, "close": 1302.05, "changeper": -2.077493, "oi": 480, "bq0": 980, "bp0": 1230.05,
        "sq0": 80, "sp0": 1275.0, "symbol": "BANKNIFTY", "opt_type": "CE", "strike": 28500, "year": 19, "month": 4,
    }  # fmt: skip
    full = [{**usual, "lastTradeTime": row["timestamp"], "ts": row["timestamp"], **row} for row in rows]
    frame = pl.DataFrame(full).with_columns(pl.col("timestamp", "ts", "lastTradeTime").cast(pl.Datetime(unit)))
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path


def spot(path: Path, rows: Sequence[tuple[str, float]]) -> Path:
    """Write a raw nfopslab spot part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame({"timestamp": [at(when) for when, _ in rows], "price": [price for _, price in rows]})
    frame.with_columns(pl.col("timestamp").cast(pl.Datetime("ns"))).write_parquet(path)
    return path


def poll(folder: Path, when: str, strikes: Mapping[int, tuple[str, str]], spot: str, expiry: str = "30MAY2019") -> Path:
    """Write one poll of NIFTY; ``strikes`` gives call price and call volume, puts trade at 5 with volume 9."""
    lines = [
        f"{at},1000,-,{volume},-,{price},-,75,1.05,1.15,150,{strike},75,4.95,5.05,75,-,5,-,9,-,2000,{spot}"
        for at, (strike, (price, volume)) in enumerate(strikes.items())
    ]
    path = folder / "NIFTY" / expiry / f"NIFTY_{when}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([CHAIN_HEADER, *lines, ""]))
    return path


def index_bars(path: Path, rows: Sequence[tuple[str, str, float]], symbol: str = "NIFTY") -> Path:
    """Write index bars ``(YYYYMMDD, HH:MM, close)``, packed with gzip when the name says so."""
    text = "".join(f"{symbol},{day},{minute},{close},{close},{close},{close},0,0\n" for day, minute, close in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def packed(root: Path, below: str) -> pl.DataFrame:
    """Read a packed file."""
    return pl.read_parquet(root / "packed" / below, glob=False)


def tree(root: Path) -> dict[str, bytes]:
    """Bytes of every packed file."""
    files = sorted((root / "packed").rglob("*"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files if path.is_file()}
