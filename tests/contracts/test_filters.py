"""What every filter owes us, whatever it is put on: it never looks ahead, and sometimes it lets pass, sometimes not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from nfops.daycache import ChainDay, Earlier
from nfops.engine import run_day
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY, Strategy
from nfops.strategies.filters import FILTERS
from tests.days import EXPIRY_DAY, day, facts, full_day, market_rows, scrambled
from tests.naive.markets import SamePast

SIFTING: dict[str, dict[str, Value]] = {
    "filter_weekday": {"weekdays": ["tue", "wed", "fri"]},
    "filter_days_to_expiry": {"dte_min": 1, "dte_max": 2},
    "filter_event": {"event": "budget", "event_window": "never", "event_before": 1},
    "filter_gap": {"gap_min": 0.0, "gap_max": 0.3},
    "filter_iv_rank": {"iv_rank_min": 30, "iv_rank_at": "09:20"},
    "filter_volatility": {"rv_min": 0.035, "rv_step_s": 40},
    "filter_trend": {"trend_min": 0.0, "trend_max": 0.1},
    "filter_move": {"move_max": 0.05},
    "filter_direction": {"direction": "up"},
}
"""Parameters by which each filter lets some of these days pass and others not."""

DATES = [*(dt.date(2024, 1, d) for d in range(1, 6)), dt.date(2024, 1, 31), dt.date(2024, 2, 1), dt.date(2024, 2, 2)]
ON_ENTRIES = [name for name, known in FILTERS.items() if known.by_second is not None]
PAST = np.linspace(0.05, 0.6, 20)


def of_one_clock(name: str) -> tuple[Strategy, dict[str, Value]]:
    """A strategy that enters at a time of day, with a direction where the filter looks at it."""
    if name == "filter_direction":
        return REGISTRY["vwap_mr"], {"strategy.entry.threshold": 0}
    return REGISTRY["short_straddle"], {}


def filtered(strategy: Strategy, name: str, axes: dict[str, list[Value]], **fixed: Value) -> ParamBlock:
    wanted: dict[str, Value] = {f"strategy.filters.{key}": value for key, value in SIFTING[name].items()}
    grid = strategy.schema.grid(axes, {"fills.max_age_s": 300, **wanted, **fixed})
    return grid.block(0, len(grid))


@cache
def days() -> list[ChainDay]:
    """An hour of a random market on each date, after closes from 21,480 to 21,501."""
    return [
        replace(
            day(*market_rows(at, until=3_600), date),
            earlier=Earlier(SamePast(past=2_148_000 + 300 * at), SamePast(past=PAST)),
        )
        for at, date in enumerate(DATES)
    ]


def test_every_filter_is_put_to_the_test() -> None:
    assert list(SIFTING) == list(FILTERS)


@pytest.mark.parametrize("name", SIFTING)
def test_some_days_trade_and_the_others_are_counted(name: str) -> None:
    strategy, loose = of_one_clock(name)
    block = filtered(strategy, name, {"strategy.entry.at": ["09:40", "10:00"]}, **loose)
    traded = []
    for today, date in zip(days(), DATES, strict=True):
        result = run_day(today, strategy, block, facts(date))
        refused = result.skips.get(name, 0)
        assert (result.n_positions + refused == 1).all()
        traded.append(bool(result.n_positions.any()))
    assert set(traded) == {False, True}


def rich_day(seed: int, cut: int | None = None) -> ChainDay:
    """A day; with ``cut``, another one after that second."""
    rows = market_rows(seed) if cut is None else scrambled(market_rows(seed), cut, seed + 100)
    return replace(full_day(*rows), earlier=Earlier(SamePast(past=2_149_000), SamePast(past=PAST)))


def blocks(name: str) -> Iterator[tuple[Strategy, ParamBlock]]:
    """A strategy of many clocks and one that scans."""
    clocks = [f"{hour}:{minute:02d}" for hour in (10, 11, 12, 13, 14) for minute in range(0, 60, 15)]
    axes: dict[str, list[Value]] = {"fills.latency_s": [0, 7], "strategy.exit.stop_pct": [5, None]}
    anchored = REGISTRY["gamma_scalp"]
    later: dict[str, Value] = {"strategy.filters.iv_rank_at": "12:00"} if name == "filter_iv_rank" else {}
    yield (
        anchored,
        filtered(anchored, name, axes, **{"strategy.entry.anchors": clocks, "strategy.hedge.hedge_s": None, **later}),
    )
    scanning = REGISTRY["momentum_scalp"]
    loose: dict[str, Value] = {"strategy.entry.threshold_pts": 1, "strategy.entry.vol_mult": 0.5}
    yield scanning, filtered(scanning, name, axes, **loose, **later)


@pytest.mark.parametrize("name", ON_ENTRIES)
def test_no_filter_depends_on_a_later_second(name: str) -> None:
    compared = refused = 0
    whole = rich_day(1)
    for strategy, block in blocks(name):
        before = run_day(whole, strategy, block, facts(EXPIRY_DAY))
        refused += sum(int(before.skips[reason].sum()) for reason in (name, "no_iv") if reason in before.skips)
        for cut in (4_500, 15_000):
            after = run_day(rich_day(1, cut), strategy, block, facts(EXPIRY_DAY))
            early, late = (result.fills[result.fills["fill_s"] <= cut] for result in (before, after))
            assert np.array_equal(early, late)
            compared += len(early)
    assert compared >= 20
    assert refused >= 20


@pytest.mark.parametrize("name", SIFTING)
def test_a_filtered_block_may_be_cut_and_turned_around(name: str) -> None:
    strategy, loose = of_one_clock(name)
    other = "trend_max" if name == "filter_move" else "move_max"
    block = filtered(
        strategy,
        name,
        {"strategy.entry.at": ["09:40", "10:00"], f"strategy.filters.{other}": [None, 0.05, 0.2]},
        **loose,
    )
    today = days()[1]
    whole = run_day(today, strategy, block, facts(DATES[1]))
    rows = [run_day(today, strategy, block.rows([at]), facts(DATES[1])) for at in reversed(range(len(block)))]
    assert whole.gross_paise.tolist() == [row.gross_paise[0] for row in reversed(rows)]
    assert [whole.skipped(at) for at in range(len(block))] == [row.skipped(0) for row in reversed(rows)]
