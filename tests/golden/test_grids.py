"""The second grid of real days equals an independent one: sums over all seconds of what is known at each."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.daycache import ChainDay, DayStore
from nfops.market import Market
from nfops.packing import pack
from nfops.types import CALL, MISSING, Events
from tests.shared import shared

META = Path(__file__).parents[2] / "meta"
SOURCES = {
    "kite1m_2021": [("options_1min_kite_2021", "kite_bars_csv")],
    "trademarkk_2024": [("options_1min_trademarkk_2024", "trademarkk_json")],
    "kite1m_tickspot_2021": [
        ("options_1min_kite_2021", "kite_bars_csv"),
        ("index_ticks_2021/51.11-June-2021", "index_ticks_csv"),
    ],
    "chain5_2026": [("option_chain_5min_2026", "chain_5min_csv")],
    "kite_ticks_2021": [("kite_full_ticks", "kite_ticks_text")],
}
DAYS = [
    ("kite1m_2021", "NIFTY", "2021-06-11"),
    ("trademarkk_2024", "NIFTY", "2024-07-24"),
    ("kite1m_tickspot_2021", "NIFTY", "2021-06-11"),
    ("chain5_2026", "NIFTY", "2026-02-02"),
    ("chain5_2026", "NIFTY", "2026-02-03"),
    ("chain5_2026", "BANKNIFTY", "2026-02-02"),
    ("chain5_2026", "BANKNIFTY", "2026-02-03"),
    ("kite_ticks_2021", "BANKNIFTY", "2021-08-20"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "symbol", "date"), DAYS)
def test_the_grid_of_a_real_day_is_the_independent_one(dataset: str, symbol: str, date: str, tmp_path: Path) -> None:
    market, day = Market.load(META), dt.date.fromisoformat(date)
    for folder, layout in SOURCES[dataset]:
        assert pack([shared("data", "nse", folder)], layout, symbol, tmp_path, market).balanced
    store = DayStore(tmp_path, symbol, market)
    assert not store.build([day])
    chain = store.load(day)
    wanted = [pl.col("dataset") == dataset, pl.col("symbol") == symbol, pl.col("date") == date]

    options = pl.read_parquet(shared("expected", "grid_options.parquet")).filter(wanted)
    assert options.height > 0
    columns = ["expiry", "right", "strike", "first_s", "sum_last", "sum_age", "vol", "sum_oi", "sum_bid", "sum_ask"]
    priced = options.filter(pl.col("first_s") >= 0).select(columns).with_columns(pl.col("expiry").cast(pl.String))
    mine = pl.DataFrame([sums for c in range(len(chain.arrays.strike)) if (sums := contract(chain, c))], orient="row")
    assert mine.rows() == priced.sort("expiry", "strike", "right").rows()

    spot = pl.read_csv(shared("expected", "grid_spot.csv")).filter(wanted)
    assert (chain.spot is None) == spot.is_empty()
    for row in spot.select("S", "high", "low", "first_s", "sum_last", "sum_age").rows():
        assert reference(chain) == row


def contract(chain: ChainDay, c: int) -> tuple[str, str, int, int, int, int, int, int, int, int] | None:
    """The digest of one contract; None without a price."""
    arrays = chain.arrays
    last = arrays.last[c]
    known = np.flatnonzero(last != MISSING)
    if not len(known):
        return None
    expiry = chain.expiries[int(np.searchsorted(arrays.base, c, side="right")) - 1]
    at, seconds = last_event(arrays.trades, c, chain.seconds)
    assert (at[known] >= 0).all()  # the first price of a day counts as traded
    traded = arrays.trades.value[int(arrays.trades.start[c]) : int(arrays.trades.start[c + 1])]
    right = "CE" if arrays.right[c] == CALL else "PE"
    return (
        str(expiry), right, int(arrays.strike[c]) // 100, int(known[0]), int(last[known].sum(dtype=np.int64)),
        int((known - seconds[at[known]]).sum()), int(traded.sum(dtype=np.int64)),
        *(as_of(events, c, chain.seconds) for events in (arrays.oi, arrays.bid, arrays.ask)),
    )  # fmt: skip


def last_event(events: Events, c: int, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the last of a contract's events at or before each second, or -1, and the seconds of the events."""
    mine = events.second[int(events.start[c]) : int(events.start[c + 1])]
    return np.searchsorted(mine, np.arange(seconds), side="right") - 1, mine


def as_of(events: Events, c: int, seconds: int) -> int:
    """Sum over all seconds of the value known then."""
    at, _ = last_event(events, c, seconds)
    values = events.value[int(events.start[c]) : int(events.start[c + 1])].astype(np.int64)
    known = values[at[at >= 0]]
    return int(known[known != MISSING].sum())


def reference(chain: ChainDay) -> tuple[int, int, int, int, int, int]:
    assert chain.spot is not None
    price, age = chain.spot.price, chain.spot.age
    known = np.flatnonzero(price != MISSING)
    prices = price[known].astype(np.int64)
    return chain.seconds, int(prices.max()), int(prices.min()), int(known[0]), int(prices.sum()), int(age[known].sum())
