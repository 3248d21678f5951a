"""On 2025-01-01 contracts of one index had lots of two sizes: each expiry is traded in its own.

Of every contract the price rises by 2.00 between the entry and the exit, so that a sold straddle loses 4.00 a unit and
twice the slippage of 0.05 for each leg: 4.20.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from nfops.daycache import ChainDay, build_day
from nfops.engine import fill_table, run_day
from nfops.params import Value
from nfops.strategies import REGISTRY
from tests.days import facts, options, spot

DATE = dt.date(2025, 1, 1)
LEVEL = {"NIFTY": 23_700, "BANKNIFTY": 51_000}


def built(symbol: str) -> ChainDay:
    """A day on which every listed expiry has a call and a put at the index, dearer from 11:30 on."""
    known, strike = facts(DATE, symbol), LEVEL[symbol]
    rows = options([(s, strike, right, price) for s, price in ((6_290, 100.0), (8_100, 102.0))
                    for right in ("CE", "PE")], DATE)  # fmt: skip
    chain = pl.concat([rows.with_columns(pl.lit(expiry).alias("expiry")) for expiry in known.expiries[:6]])
    index = spot([(0, float(strike)), (6_299, float(strike)), (22_499, float(strike))], DATE)
    return build_day(symbol, known.session, chain.sort("timestamp"), index, None, "by hand")


def sold(symbol: str, name: str, **fixed: Value) -> tuple[dict[tuple[str, int], int], int]:
    """Lot size of each expiry and leg that was traded, and gross paise."""
    strategy, known, day = REGISTRY[name], facts(DATE, symbol), built(symbol)
    off: dict[str, Value] = {"strategy.exit.stop_pct": None, "strategy.exit.target_pct": None}
    block = strategy.schema.grid({}, {**off, "strategy.exit.exit_at": "12:00", **fixed}).block(0, 1)
    result = run_day(day, strategy, block, known)
    table = fill_table(result, day, known, np.arange(1))
    return {(str(row["expiry"]), row["leg"]): row["lot_size"] for row in table.to_dicts()}, int(result.gross_paise[0])


@pytest.mark.parametrize(
    ("symbol", "which", "expiry", "lot"),
    [
        ("NIFTY", "0", "2025-01-02", 75),
        ("NIFTY", "monthly", "2025-01-30", 25),
        ("BANKNIFTY", "0", "2025-01-30", 15),
        ("BANKNIFTY", "1", "2025-02-27", 30),
    ],
)
def test_each_expiry_is_traded_in_its_own_lot(symbol: str, which: str, expiry: str, lot: int) -> None:
    lots, gross = sold(symbol, "short_straddle", **{"strategy.expiry": which})
    assert lots == {(expiry, 0): lot, (expiry, 1): lot}
    assert gross == -420 * lot


def test_a_calendar_trades_both_lots_at_once() -> None:
    lots, gross = sold("BANKNIFTY", "calendar", **{"strategy.entry.at": "11:00"})
    assert lots == {("2025-01-30", 0): 15, ("2025-01-30", 1): 15, ("2025-02-27", 2): 30, ("2025-02-27", 3): 30}
    # Sold: loses 4.20 a unit; bought: gains 4.00 less 0.20.
    assert gross == -420 * 15 + 380 * 30
