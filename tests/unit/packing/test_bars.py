"""Bars by hand: what they hold, where they begin, and that nothing is taken from outside them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.packing.bar_files import bar_path, write_bars
from nfops.packing.bars import bars_of, interval_seconds
from tests.days import MARKET

DATE = dt.date(2024, 1, 3)
Row = tuple[str, float | None, int | None]


def packed(rows: list[Row], date: dt.date = DATE) -> pl.DataFrame:
    """Packed ticks from (clock, price, units)."""
    return pl.DataFrame(
        {
            "timestamp": [f"{date} {clock}" for clock, _, _ in rows],
            **{name: [price for _, price, _ in rows] for name in ("open", "high", "low", "close")},
            "vol_delta": [units for _, _, units in rows],
            "oi": [1_000 + 10 * at for at in range(len(rows))],
        },
        schema_overrides={"close": pl.Float64, "vol_delta": pl.Int64},
    ).with_columns(pl.col("timestamp").str.to_datetime(time_unit="ns").dt.replace_time_zone("Asia/Kolkata"))


def clocks(bars: pl.DataFrame) -> list[str]:
    return bars["timestamp"].dt.strftime("%H:%M:%S").to_list()


TICKS: list[Row] = [
    ("09:14:59", 90.0, 1_000),  # before the open
    ("09:15:00", 100.0, 50),
    ("09:15:20", 104.0, 150),
    ("09:15:20", 99.0, 0),
    ("09:15:59", None, 0),  # a quote without a trade of today
    ("09:17:10", 101.0, 25),
    ("15:30:00", 110.0, 75),  # stamped at the close: the last second
    ("15:30:01", 120.0, 50),
]


def test_a_bar_is_of_the_rows_in_it() -> None:
    bars = bars_of(packed(TICKS), MARKET, 60)

    assert clocks(bars) == ["09:15:00", "09:17:00", "15:29:00"]
    assert bars["open"].to_list() == [100.0, 101.0, 110.0]
    assert bars["high"].to_list() == [104.0, 101.0, 110.0]
    assert bars["low"].to_list() == [99.0, 101.0, 110.0]
    assert bars["close"].to_list() == [99.0, 101.0, 110.0]
    assert bars["volume"].to_list() == [200, 25, 75]
    assert bars["trades"].to_list() == [2, 1, 1]
    assert bars["oi"].to_list() == [1_040, 1_050, 1_060]
    assert bars["vwap"].to_list() == [(100 * 50 + 104 * 150) / 200, 101.0, 110.0]


def test_an_end_label_names_the_second_after_the_bar() -> None:
    assert clocks(bars_of(packed(TICKS), MARKET, 60, label="end")) == ["09:16:00", "09:18:00", "15:30:00"]


def test_bars_begin_at_the_open_and_the_last_may_be_short() -> None:
    bars = bars_of(packed(TICKS), MARKET, 7 * 60, label="end")

    # 375 minutes are 53 bars of 7 minutes and one of 4.
    assert clocks(bars) == ["09:22:00", "15:30:00"]
    assert clocks(bars_of(packed(TICKS), MARKET, 7 * 60)) == ["09:15:00", "15:26:00"]


def test_empty_intervals_are_filled_only_when_asked_and_never_before_the_first_price() -> None:
    rows: list[Row] = [("09:16:30", 100.0, 50), ("09:19:30", 102.0, None)]

    bars = bars_of(packed(rows), MARKET, 60, fill=True)

    assert clocks(bars)[:4] == ["09:16:00", "09:17:00", "09:18:00", "09:19:00"]
    assert bars.height == 374
    assert bars["close"].to_list()[:4] == [100.0, 100.0, 100.0, 102.0]
    assert bars["open"].to_list()[1] == 100.0
    assert bars["volume"].to_list()[:4] == [50, 0, 0, 0]
    assert bars["vwap"].to_list()[:2] == [100.0, None]
    assert bars["close"].to_list()[-1] == 102.0


def test_a_muhurat_evening_and_a_closed_day() -> None:
    muhurat = dt.date(2019, 10, 27)
    start, _ = MARKET.session(muhurat).segments[0]
    clock = str(dt.timedelta(seconds=start + 61))
    evening = packed([(clock, 11_600.0, 0)], muhurat)
    sunday = packed([("10:00:00", 11_600.0, 0)], dt.date(2019, 11, 3))

    bars = bars_of(pl.concat([evening, sunday]), MARKET, 60)

    assert bars["timestamp"].dt.date().to_list() == [muhurat]
    assert clocks(bars) == [str(dt.timedelta(seconds=start + 60))]


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60), ("15m", 900), ("30s", 30), ("1h", 3_600)])
def test_intervals(text: str, seconds: int) -> None:
    assert interval_seconds(text) == seconds


@pytest.mark.parametrize("text", ["0m", "1", "m", "-5m", "1.5m", "25h", ""])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="whole number"):
        interval_seconds(text)


def test_bar_files_lie_like_the_packed_ones_and_are_made_once(tmp_path: Path) -> None:
    name = "packed/spot/NIFTY/202401/date=2024-01-03/ticks.parquet"
    (tmp_path / name).parent.mkdir(parents=True)
    packed(TICKS).drop("oi").write_parquet(tmp_path / name)

    first = write_bars(tmp_path, "NIFTY", MARKET, "1m", ["spot"])
    again = write_bars(tmp_path, "NIFTY", MARKET, "1m", ["spot"])
    other = write_bars(tmp_path, "NIFTY", MARKET, "1m", ["spot"], label="end")

    assert (first.written, first.skipped, first.bars) == (1, 0, 3)
    assert (again.written, again.skipped, again.bars) == (0, 1, 0)
    assert other.written == 1
    target = tmp_path / "bars/spot/NIFTY/202401/date=2024-01-03/bars_1m.parquet"
    assert clocks(pl.read_parquet(target)) == ["09:16:00", "09:18:00", "15:30:00"]


def test_an_option_has_a_folder_of_its_own() -> None:
    packed_as = "packed/options/NIFTY/202401/exp=2024-01-04/type=CE/strike=21500.parquet"
    made = bar_path(Path("data"), packed_as, "5m")
    assert made == Path("data/bars/options/NIFTY/202401/exp=2024-01-04/type=CE/strike=21500/bars_5m.parquet")


def test_without_packed_rows_there_is_nothing_to_bar(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no spot, options of NIFTY is packed"):
        write_bars(tmp_path, "NIFTY", MARKET, "1m", ["spot", "options"])
