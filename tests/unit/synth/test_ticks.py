"""Ticks of one simulated contract: a broker's packet that holds together, and defects where they are planted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.market import Market
from nfops.synth.path import DayPath, day_path
from nfops.synth.ticks import Instrument, day_ticks

MARKET = Market.load(Path(__file__).parents[3] / "meta")
DATE = dt.date(2019, 10, 27)
OPEN = dt.datetime(2019, 10, 27, 18, 15)  # noqa: DTZ001 - vendor files carry no zone
PATH = day_path("NIFTY", DATE, 7, MARKET)
LOT, PREVIOUS = 75, 119.95


def ticks(
    seed: int, *, away: float = 0.2, busy: float = 2_500.0, path: DayPath = PATH
) -> tuple[pl.DataFrame, dict[str, int]]:
    """A contract worth about 120 rupees on an hour of Muhurat."""
    fair = 120 + 0.5 * (path.spot - path.spot[0])
    return day_ticks(path, fair, Instrument(LOT, away, busy, 1_000), PREVIOUS, np.random.default_rng(seed))


def many(count: int) -> Iterator[tuple[pl.DataFrame, dict[str, int]]]:
    return (ticks(seed, busy=500.0) for seed in range(count))


def test_the_same_generator_gives_the_same_rows() -> None:
    assert ticks(3)[0].equals(ticks(3)[0])
    assert not ticks(3)[0].equals(ticks(4)[0])


def test_rows_are_in_order_inside_the_session() -> None:
    rows, _ = ticks(1)
    assert rows["timestamp"].is_sorted()
    assert rows["timestamp"].min() >= OPEN
    assert rows["timestamp"].max() < OPEN + dt.timedelta(hours=1)
    assert rows["ts"].equals(rows["timestamp"], check_names=False)


@pytest.mark.parametrize("busy", [60.0, 2_500.0])
def test_the_number_of_rows_is_about_what_is_expected_of_so_short_a_day(busy: float) -> None:
    mean = np.mean([ticks(seed, busy=busy)[0].height for seed in range(20)])
    assert mean == pytest.approx(busy * 3_600 / 22_500, rel=0.2)


def test_prices_are_quotes_and_quotes_lie_on_the_tick() -> None:
    rows, planted = ticks(1)
    assert not planted
    for name in ("price", "bp0", "sp0"):
        steps = rows[name].to_numpy() / 0.05
        assert np.allclose(steps, np.round(steps))
    assert (rows["bp0"] < rows["sp0"]).all()
    traded = rows.filter(pl.col("qty") > 0)
    assert traded.height > 100
    assert ((traded["price"] == traded["bp0"]) | (traded["price"] == traded["sp0"])).all()


def test_depth_descends_on_the_bid_and_ascends_on_the_ask() -> None:
    rows, _ = ticks(1)
    for level in range(4):
        assert (rows[f"bp{level}"] > rows[f"bp{level + 1}"]).all()
        assert (rows[f"sp{level}"] < rows[f"sp{level + 1}"]).all()
    assert (rows["bQty"] == rows.select(pl.sum_horizontal(f"bq{level}" for level in range(5))).to_series()).all()
    assert (rows["sQty"] == rows.select(pl.sum_horizontal(f"sq{level}" for level in range(5))).to_series()).all()


def test_the_fields_of_a_packet_hold_together() -> None:
    rows, _ = ticks(1)
    assert ((rows["low"] <= rows["price"]) & (rows["price"] <= rows["high"])).all()
    assert rows["high"].is_sorted()
    assert rows["low"].is_sorted(descending=True)
    assert rows["close"].unique().to_list() == [PREVIOUS]  # yesterday's, as brokers send it
    change = (rows["price"] - PREVIOUS) / PREVIOUS * 100
    assert np.allclose(rows["changeper"], change)
    assert (rows["volume"] % LOT == 0).all()
    assert (rows["oi"] % LOT == 0).all()


def test_a_row_without_trade_repeats_price_and_time_of_the_last_one() -> None:
    rows, _ = ticks(1)
    same = rows.with_columns(pl.col("price", "lastTradeTime").shift().name.prefix("before_")).filter(pl.col("qty") == 0)
    assert same.height > 50
    assert (same["price"] == same["before_price"]).all()
    assert (same["lastTradeTime"] == same["before_lastTradeTime"]).all()


def test_open_interest_changes_only_every_three_minutes() -> None:
    rows, _ = ticks(1)
    block = (rows["timestamp"] - OPEN).dt.total_seconds() // 180
    assert rows.group_by(block.alias("block")).agg(pl.col("oi").n_unique())["oi"].max() == 1
    assert rows["oi"].n_unique() > 5


def test_volume_rises_except_where_a_reset_is_planted_and_counted() -> None:
    found = Counter[int]()
    for rows, planted in many(250):
        falls = int((rows["volume"].diff() < 0).sum())
        assert falls == planted.get("volume_reset", 0)
        found[falls] += 1
    assert found[1] > 1
    assert found[0] > 200


def test_a_stale_first_tick_shows_yesterday_and_is_counted() -> None:
    stale = 0
    for rows, planted in many(100):
        first = rows.row(0, named=True)
        old = first["lastTradeTime"].date() < DATE
        assert old == ("stale_first_tick" in planted)
        if old:
            assert (first["price"], first["volume"], first["qty"]) == (PREVIOUS, 0, 0)
            stale += 1
    assert 15 < stale < 45  # three in ten


def test_spreads_are_wider_away_from_the_money() -> None:
    means = [np.mean([(rows["sp0"] - rows["bp0"]).mean() for rows, _ in spreads(away)]) for away in (0.0, 0.5, 1.0)]
    assert means[0] < means[1] < means[2]


def test_spreads_and_rows_are_most_at_the_open() -> None:
    rows = pl.concat(rows for rows, _ in spreads(0.2))
    second = (rows["timestamp"] - OPEN).dt.total_seconds()
    spread = rows["sp0"] - rows["bp0"]
    opening, noon = second < 180, (second >= 1_620) & (second < 1_980)
    assert spread.filter(opening).mean() > 1.2 * spread.filter(noon).mean()
    assert opening.sum() > 1.5 * noon.sum() / 2  # in half of the time


def spreads(away: float) -> list[tuple[pl.DataFrame, dict[str, int]]]:
    return [ticks(seed, away=away) for seed in range(10)]
