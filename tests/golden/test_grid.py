"""The second grid of real days (SPEC 3) against digests of an independent implementation, contract by contract.

A digest holds sums over the seconds of a day in which the value is known: of the last price and its age, and of open
interest, bid and ask as of each second; then the units traded, the packed rows, and the second of the first price.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from nfops.daycache import ChainDay, DayStore
from nfops.market import Market
from nfops.packing.store import read_contracts, read_spot
from nfops.types import MISSING, PAISE, RIGHTS, Events, Int64Array
from tests.golden.conftest import META, Packed
from tests.shared import shared

MARKET = Market.load(META)
KEYS = ["date", "expiry", "right", "strike"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("dataset", "symbol", "contracts"),
    [
        ("kite1m_2021", "NIFTY", 12),
        ("kite1m_tickspot_2021", "NIFTY", 12),
        ("trademarkk_2024", "NIFTY", 4),
        ("chain5_2026", "NIFTY", 370),
        ("chain5_2026", "BANKNIFTY", 400),
        ("kite_ticks_2021", "BANKNIFTY", 2),
        ("chain15_2019", "NIFTY", 2710),
        ("chain15_2019", "BANKNIFTY", 2453),
    ],
)
def test_every_contract_of_every_day_has_the_independent_digest(
    packed: Packed, dataset: str, symbol: str, contracts: int
) -> None:
    of_set = (pl.col("dataset") == dataset) & (pl.col("symbol") == symbol)
    theirs = pl.read_parquet(shared("expected", "grid_options.parquet")).filter(of_set).drop("dataset", "symbol")
    assert theirs.height == contracts
    root = packed(dataset, symbol)
    days = built(root, symbol, theirs["date"].unique().sort().to_list())

    mine = pl.concat([options_digest(day) for day in days.values()]).join(
        row_counts(root, symbol, list(days)), on=KEYS, how="left"
    )

    assert_frame_equal(mine, theirs, check_row_order=False, check_column_order=False)


@pytest.mark.parametrize(
    ("dataset", "symbol", "days"),
    [
        ("kite1m_2021", "NIFTY", 1),
        ("kite1m_tickspot_2021", "NIFTY", 1),
        ("trademarkk_2024", "NIFTY", 1),
        ("chain5_2026", "NIFTY", 2),
        ("chain5_2026", "BANKNIFTY", 2),
        ("chain15_2019", "NIFTY", 17),
        ("chain15_2019", "BANKNIFTY", 16),
    ],
)
def test_the_index_of_every_day_has_the_independent_digest(
    packed: Packed, dataset: str, symbol: str, days: int
) -> None:
    of_set = (pl.col("dataset") == dataset) & (pl.col("symbol") == symbol)
    theirs = pl.read_csv(shared("expected", "grid_spot.csv")).filter(of_set)
    assert theirs.height == days
    root = packed(dataset, symbol)

    mine = [spot_digest(root, day) for day in built(root, symbol, theirs["date"].to_list()).values()]

    assert_frame_equal(pl.DataFrame(mine), theirs.select(mine[0].keys()), check_row_order=False)


def built(root: Path, symbol: str, names: list[str]) -> dict[str, ChainDay]:
    """Build days; none may be missing."""
    store, dates = DayStore(root, symbol, MARKET), [dt.date.fromisoformat(name) for name in names]
    assert store.build(dates) == {}
    return {str(date): store.load(date) for date in dates}


def row_counts(root: Path, symbol: str, names: list[str]) -> pl.DataFrame:
    """Packed rows of every contract and day."""
    first, last = (dt.date.fromisoformat(name) for name in (min(names), max(names)))
    rows = pl.concat(
        frame.select("timestamp", "expiry", pl.col("opt_type").alias("right"), pl.col("strike").cast(pl.Int64))
        for frame in read_contracts(root, "options", symbol, first, last)
    )
    dated = rows.with_columns(
        pl.col("timestamp").dt.date().cast(pl.String).alias("date"), pl.col("expiry").cast(pl.String)
    )
    return dated.group_by(KEYS).agg(pl.len().cast(pl.Int64).alias("rows"))


def options_digest(day: ChainDay) -> pl.DataFrame:
    """Digest of every option that had a price."""
    arrays, count = day.arrays, int(day.arrays.base[-1])
    known = arrays.last[:count] != MISSING
    length = spans(arrays.trades, day.seconds)
    expiries = np.repeat(np.array([str(expiry) for expiry in day.expiries]), np.diff(arrays.base))
    digest = pl.DataFrame(
        {
            "date": [str(day.date)] * count,
            "expiry": expiries,
            "right": [RIGHTS[right] for right in arrays.right[:count]],
            "strike": arrays.strike[:count].astype(np.int64) // PAISE,
            "first_s": known.argmax(axis=1),
            "sum_last": np.where(known, arrays.last[:count], 0).sum(axis=1, dtype=np.int64),
            "sum_age": by_contract(arrays.trades, length * (length - 1) // 2)[:count],
            "vol": by_contract(arrays.trades, arrays.trades.value.astype(np.int64))[:count],
            **{f"sum_{name}": held(events, day.seconds)[:count] for name, events in quoted(day).items()},
        }
    )
    return digest.filter(pl.Series(known.any(axis=1)))


def quoted(day: ChainDay) -> Mapping[str, Events]:
    return {"oi": day.arrays.oi, "bid": day.arrays.bid, "ask": day.arrays.ask}


def spans(events: Events, seconds: int) -> Int64Array:
    """Seconds for which each event is the last one of its contract."""
    until = np.append(events.second[1:], seconds).astype(np.int64)
    until[events.start[1:][np.diff(events.start) > 0] - 1] = seconds
    return until - events.second


def by_contract(events: Events, values: Int64Array) -> Int64Array:
    """Sum of the events of each contract."""
    whole = np.concatenate([[0], np.cumsum(values)])
    return whole[events.start[1:]] - whole[events.start[:-1]]


def held(events: Events, seconds: int) -> Int64Array:
    """Sum over the seconds of a value that stands until the next one; a quote that ended counts nothing."""
    return by_contract(events, np.where(events.value == MISSING, 0, events.value) * spans(events, seconds))


def spot_digest(root: Path, day: ChainDay) -> dict[str, object]:
    """Digest of the index."""
    assert day.spot is not None
    rows = read_spot(root, day.symbol, day.date)
    assert rows is not None
    known = day.spot.price != MISSING
    price, age = (array[known].astype(np.int64) for array in day.spot)
    return {
        "date": str(day.date),
        "S": day.seconds,
        "high": int(price.max()),
        "low": int(price.min()),
        "rows": rows.height,
        "first_s": int(known.argmax()),
        "sum_last": int(price.sum()),
        "sum_age": int(age.sum()),
    }
