"""Raw ``nfopslab`` files of the sizes that years of ticks have; those of a simulated week are small."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from nfops.market import Market
from nfops.market.tickers import option_name
from nfops.synth.path import DayPath, day_path
from nfops.synth.ticks import Instrument, day_ticks

SYMBOL = "NIFTY"
EXPIRY = dt.date(2024, 1, 25)
DAYS = 10
STRIKES = 10
SPOT_DAYS = 2
TICKS_A_DAY = 7_500


def usual(out: Path, known: Market) -> int:
    """Write 20 contracts and a future of two weeks, 75,000 rows each, and some spot; return the rows."""
    paths = [day_path(SYMBOL, day, 7, known) for day in known.trading_days(dt.date(2024, 1, 2), EXPIRY)[-DAYS:]]
    middle = round(paths[0].spot[0] / 50) * 50
    rows = 0
    for strike in range(middle, middle + STRIKES * 50, 50):
        for right in ("CE", "PE"):
            terms = {"opt_type": right, "strike": strike, "year": EXPIRY.year, "month": EXPIRY.month}
            name = option_name(SYMBOL, EXPIRY, "monthly", strike, right).lower()
            rows += _contract(out / f"{name}.parquet", paths, strike, 0.5 if right == "CE" else -0.5, terms)
    rows += _contract(out / "nifty_futures.parquet", paths, 0, 1.0, {"data_type": "futures"})
    return rows + _spot(out / "nifty_spot_part_001.parquet", paths[:SPOT_DAYS])


def _contract(path: Path, days: list[DayPath], seed: int, delta: float, terms: dict[str, object]) -> int:
    pieces = []
    for number, day in enumerate(days):
        fair = np.maximum(300.0 + delta * (day.spot - day.spot[0]), 5.0)
        kind = Instrument(lot=50, away=0.2, busy=TICKS_A_DAY, interest=5_000)
        pieces.append(day_ticks(day, fair, kind, 300.0, np.random.default_rng([seed, number, delta > 0]))[0])
    rows = pl.concat(pieces).with_columns(
        pl.lit(SYMBOL).alias("symbol"), *(pl.lit(v).alias(k) for k, v in terms.items())
    )
    rows = rows.with_columns(pl.col("timestamp", "ts", "lastTradeTime").cast(pl.Datetime("ns")))
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(path, compression="zstd", compression_level=1)
    return rows.height


def _spot(path: Path, days: list[DayPath]) -> int:
    stamps = [
        np.datetime64(day.session.date, "ns")
        + (day.session.open + np.arange(day.session.seconds)).astype("timedelta64[s]")
        for day in days
    ]
    rows = pl.DataFrame({"timestamp": np.concatenate(stamps), "price": np.concatenate([day.spot for day in days])})
    rows.write_parquet(path)
    return rows.height
