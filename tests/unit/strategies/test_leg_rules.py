"""Leg rules by hand: which strikes they trade at 21,500, on which side, how many, and what that is worth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from nfops.engine import fill_table, run_day
from nfops.params import Value
from nfops.strategies import LEG_RULES, REGISTRY, compose
from tests.days import day, facts

STRIKES = range(21_300, 21_701, 50)


def entered(name: str, **legs: Value) -> list[str]:
    """Enter with a fixed structure at 09:19 on a market of nine strikes; say what was traded."""
    rows = [(s, strike, right, price(strike, right)) for s in (10, 245) for strike in STRIKES for right in ("CE", "PE")]
    strategy = compose(f"a {name}", "clock", name)
    wanted = {f"strategy.legs.{key}": value for key, value in legs.items()}
    grid = strategy.schema.grid({}, {"strategy.entry.at": "09:19", "fills.max_age_s": 300, **wanted})
    result = run_day(day(rows, [(0, 21_500.0), (240, 21_500.0)]), strategy, grid.block(0, 1), facts())
    table = fill_table(result, day(rows, [(0, 21_500.0)]), facts(), np.array([0])).filter(pl.col("kind") == "entry")
    side = {1: "buy", -1: "sell"}
    return [f"{side[row['side']]} {row['lots']} {row['strike']} {row['right']}" for row in table.iter_rows(named=True)]


def price(strike: int, right: str) -> float:
    return 100.0 + (21_500 - strike if right == "CE" else strike - 21_500) / 5


@pytest.mark.parametrize(
    ("name", "legs", "traded"),
    [
        ("risk_reversal", {"lean": "up", "otm": 2}, ["buy 1 21600 CE", "sell 1 21400 PE"]),
        ("risk_reversal", {"lean": "down", "otm": 2}, ["sell 1 21600 CE", "buy 1 21400 PE"]),
        ("vertical", {"lean": "up"}, ["buy 1 21500 CE", "sell 1 21600 CE"]),
        ("vertical", {"lean": "down"}, ["buy 1 21500 PE", "sell 1 21400 PE"]),
        ("vertical", {"lean": "up", "spread": "credit", "wing": 1}, ["sell 1 21500 PE", "buy 1 21450 PE"]),
        ("vertical", {"lean": "down", "spread": "credit", "otm": 1}, ["sell 1 21550 CE", "buy 1 21650 CE"]),
        ("ratio", {"lean": "up", "side": "sell"}, ["sell 1 21500 CE", "buy 2 21600 CE"]),
        ("ratio", {"lean": "down", "side": "buy"}, ["buy 1 21500 PE", "sell 2 21400 PE"]),
        ("butterfly", {"lean": "up"}, ["sell 2 21500 CE", "buy 1 21400 CE", "buy 1 21600 CE"]),
        (
            "butterfly",
            {"lean": "down", "wing": 1, "side": "buy"},
            ["buy 2 21500 PE", "sell 1 21550 PE", "sell 1 21450 PE"],
        ),
        ("jade_lizard", {"otm": 1}, ["sell 1 21550 CE", "sell 1 21450 PE", "buy 1 21650 CE"]),
        ("covered_call", {}, ["buy 1 21500 CE", "sell 1 21500 PE", "sell 1 21600 CE"]),
        ("protective_put", {"wing": 3}, ["buy 1 21500 CE", "sell 1 21500 PE", "buy 1 21350 PE"]),
        ("collar", {"lean": "up"}, ["buy 1 21500 CE", "sell 1 21500 PE", "sell 1 21600 CE", "buy 1 21400 PE"]),
        ("collar", {"lean": "down"}, ["sell 1 21500 CE", "buy 1 21500 PE", "buy 1 21600 CE", "sell 1 21400 PE"]),
    ],
)
def test_a_rule_trades_its_structure(name: str, legs: dict[str, Value], traded: list[str]) -> None:
    assert entered(name, **legs) == traded


def test_a_signal_without_a_way_leans_up() -> None:
    assert entered("vertical") == entered("vertical", lean="up")


def test_a_ratio_counts_twice_in_profit_and_in_lots() -> None:
    """Sell a call for 100, buy two for 80: 60 paid. They move by +10 and +6: 2 a unit, 50 units a lot."""
    before, after = {21_500: 100.0, 21_600: 80.0}, {21_500: 110.0, 21_600: 86.0}
    rows = [
        (s, strike, "CE", prices[strike])
        for s, prices in ((10, before), (245, before), (300, after))
        for strike in before
    ]
    rows += [(10, strike, "PE", 90.0) for strike in before]
    strategy = REGISTRY["ratio_spread"]
    fixed: dict[str, Value] = {
        "strategy.entry.at": "09:19", "strategy.exit.exit_at": "09:25", "strategy.lots": 3, "fills.max_age_s": 300,
        "fills.slippage_ticks": 0, "costs": "zero",
    }  # fmt: skip
    result = run_day(
        day(rows, [(0, 21_500.0), (240, 21_500.0)]), strategy, strategy.schema.grid({}, fixed).block(0, 1), facts()
    )
    assert result.gross_paise.tolist() == [2_00 * 50 * 3]
    assert sorted(result.fills["lots"].tolist()) == [3, 3, 6, 6]
    assert result.best_mtm_paise.tolist() == [200]


def test_every_leg_rule_is_traded_by_a_registered_strategy() -> None:
    assert {strategy.legs.name for strategy in REGISTRY.values()} == set(LEG_RULES)
