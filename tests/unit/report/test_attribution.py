"""Where the result of a hedged position came from: on a simulated day whose volatility is known, and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from nfops.daycache import ChainDay
from nfops.engine import BLOTTER, fill_table, run_day
from nfops.report.attribution import PARTS, attribution_table, explain_day
from nfops.strategies import REGISTRY
from tests.days import DATE, MARKET, day, facts

VOLATILITY, UNITS, EVERY, AGE = 0.16, 150, 60, 60
"""Three lots of 50; prices change each second and are rounded to 5 paise."""
CHARGES = [name for name in BLOTTER if name.endswith("_paise") and name != "price_paise"]
EXPIRY = MARKET.expiry("NIFTY", DATE, "0")


def black(forward: np.ndarray, strike: float, years: np.ndarray, sign: int) -> np.ndarray:
    spread = VOLATILITY * np.sqrt(years)
    d1 = np.log(forward / strike) / spread + spread / 2
    return sign * (forward * norm.cdf(sign * d1) - strike * norm.cdf(sign * (d1 - spread)))


@dataclass(frozen=True)
class Simulated:
    """A day of one straddle, its index (rupees, each second), and the blotter of a hedged position on it."""

    today: ChainDay
    forward: np.ndarray
    years: np.ndarray
    strike: int
    fills: pl.DataFrame
    gross: int
    cost: int


@cache
def simulated(side: str) -> Simulated:
    """From 10:00 to 11:00, hedged each minute with the index."""
    seconds = np.arange(6_400)
    # Steps of two rupees on a grid of ten paise, so that the strike is the same all day and parity holds exactly.
    forward = 21_500 + np.round(np.cumsum(np.random.default_rng(8).normal(0, 0.55, len(seconds))), 1)
    years = (facts().seconds_to_expiry(EXPIRY) - seconds) / (365 * 86_400)
    strike, rows = 21_500, []
    call = np.round(black(forward, strike, years, 1) * 20) / 20
    for second in seconds.tolist():
        rows += [(second, strike, "CE", call[second]), (second, strike, "PE", call[second] - forward[second] + strike)]
    today = day(rows, list(zip(seconds.tolist(), forward.tolist(), strict=True)))
    strategy = REGISTRY["gamma_scalp"]
    fixed = {
        "strategy.entry.anchors": "10:00",
        "strategy.exit.exit_at": "11:00",
        "strategy.exit.stop_pct": None,
        "strategy.exit.target_pct": None,
        "strategy.hedge.hedge_s": EVERY,
        "strategy.hedge.band": 0.005,
        "strategy.legs.side": side,
        "strategy.lots": 3,
    }
    result = run_day(today, strategy, strategy.schema.grid({}, fixed).block(0, 1), facts())
    fills = fill_table(result, today, facts(), np.zeros(1, np.int64))
    return Simulated(today, forward, years, strike, fills, int(result.gross_paise[0]), int(result.cost_paise[0]))


def explained(of: Simulated) -> dict[str, int]:
    (row,) = explain_day(of.today, facts(), of.fills, EVERY, AGE).iter_rows(named=True)
    return row


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_the_parts_add_up_to_the_net_result_to_the_paisa(side: str) -> None:
    made, row = simulated(side), explained(simulated(side))
    assert made.fills.filter(pl.col("kind") == "hedge").height >= 20
    assert sum(row[f"{part}_paise"] for part in PARTS) == row["net_paise"] == made.gross - made.cost
    assert row["cost_paise"] == -made.cost
    # Every fill is a tick of 5 paise worse than the last price.
    assert row["slippage_paise"] == -5 * int((made.fills["lots"] * made.fills["lot_size"]).sum())


@pytest.mark.parametrize(("side", "sign"), [("buy", 1), ("sell", -1)])
def test_the_parts_are_those_of_the_path_and_the_volatility_that_made_it(side: str, sign: int) -> None:
    made, row = simulated(side), explained(simulated(side))
    looks = np.unique([*range(2_701, 6_301, EVERY), *made.fills["fill_s"]])
    f, t = made.forward[looks], made.years[looks]
    wanted = {"gamma": 0.0, "theta": 0.0, "delta": 0.0}
    for right in (1, -1):
        slope = (black(f + 0.5, made.strike, t, right) - black(f - 0.5, made.strike, t, right))[:-1] * np.diff(f)
        time = black(f[:-1], made.strike, t[1:], right) - black(f[:-1], made.strike, t[:-1], right)
        move = black(f[1:], made.strike, t[1:], right) - black(f[:-1], made.strike, t[1:], right)
        for part, steps in (("delta", slope), ("theta", time), ("gamma", move - slope)):
            wanted[part] += 100 * sign * UNITS * float(steps.sum())
    # What is left of the tick's rounding stands in the volatility and the residual: a few paise of each of 150 units.
    for part, paise in wanted.items():
        assert row[f"{part}_paise"] == pytest.approx(paise, rel=0.02, abs=500), part
    assert np.sign([wanted["gamma"], wanted["theta"]]).tolist() == [sign, -sign]
    assert abs(row["residual_paise"]) <= 5
    assert abs(row["vega_paise"]) < 3 * 5 * UNITS < abs(row["theta_paise"]) / 4


def test_the_hedge_takes_the_delta_back() -> None:
    row = explained(simulated("buy"))
    assert row["hedge_paise"] * row["delta_paise"] < 0
    assert abs(row["hedge_paise"] + row["delta_paise"]) < abs(row["delta_paise"])


def blotter(rows: list[dict[str, object]]) -> pl.DataFrame:
    common = {
        "trial_id": 3, "date": DATE, "position": 0, "symbol": "NIFTY", "lots": 1, "lot_size": 50, "age_s": 0,
        "time": "", **dict.fromkeys(CHARGES, 7),
    }  # fmt: skip
    return pl.DataFrame([{**common, **row, "decision_s": row["fill_s"]} for row in rows], schema=BLOTTER)


def test_a_day_worked_by_hand_where_nothing_has_a_volatility() -> None:
    # Without a price of the put there is no forward, so nothing but fills, hedge and charges is known.
    prices = [(0, 21_400, "CE", 60.0), (100, 21_400, "CE", 70.0)]
    today = day(prices, [(0, 21_500.0), (100, 21_520.0)])
    call = {"leg": 0, "right": "CE", "strike": 21_400, "expiry": EXPIRY}
    index = {"leg": 1, "right": "SPOT", "kind": "hedge", "lots": 20, "lot_size": 1}
    fills = blotter(
        [
            {**call, "side": 1, "fill_s": 10, "price_paise": 6_005, "reason": "entry", "kind": "entry"},
            {**index, "side": -1, "fill_s": 70, "price_paise": 2_149_995, "reason": "hedge"},
            {**call, "side": -1, "fill_s": 130, "price_paise": 6_995, "reason": "time", "kind": "exit"},
            {**index, "side": 1, "fill_s": 130, "price_paise": 2_152_005, "reason": "time"},
        ]
    )
    (row,) = explain_day(today, facts(), fills, 60, 600).iter_rows(named=True)
    # Hedge: 20 sold at 21,500.00 and bought at 21,520.00, -400.00. Slippage: 5 paise on 2 x 50 and on 2 x 20 units.
    # Charges: 4 fills x 7 items x 7 paise. Net: 50 (69.95 - 60.05) + 20 (21,499.95 - 21,520.05) - 1.96 = 91.04.
    assert (row["hedge_paise"], row["slippage_paise"], row["cost_paise"]) == (-40_000, -700, -196)
    assert (row["gamma_paise"], row["theta_paise"], row["vega_paise"], row["delta_paise"]) == (0, 0, 0, 0)
    assert row["net_paise"] == 9_104
    assert row["residual_paise"] == 50 * (7_000 - 6_000)
    assert (row["trial_id"], row["date"], row["position"]) == (3, DATE, 0)
    shown = attribution_table(pl.DataFrame([row, {**row, "position": 1}]), "two")
    assert shown.head == ("part", "of", "all positions", "position 0", "position 1")
    assert {line[0]: line[2:] for line in shown.rows}["net"] == ("₹182.08", "₹91.04", "₹91.04")
