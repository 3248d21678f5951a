"""Files of an index alone, on a few rows written by hand: ticks, one price a second, and days that repeat others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from nfops.packing import PackReport, pack
from tests.unit.packing.raw import MARKET, packed


def go(raw: Path, layout: str, root: Path, symbol: str = "NIFTY") -> PackReport:
    return pack([raw], layout, symbol, root, MARKET)


def index_ticks(path: Path, rows: Sequence[tuple[str, float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("timestamp,ltp,volume\n" + "".join(f"{when},{price},0\n" for when, price in rows))


def second_by_second(folder: Path, date: str, prices: Sequence[float], start: str = "09:15") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{date} {start}:{second:02d},{price}\n" for second, price in enumerate(prices))
    (folder / f"{date}.csv").write_text(text)


def test_index_ticks_are_put_in_order_and_rows_of_other_dates_go_where_they_belong(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    rows = [
        ("2021-06-11 09:15:52", 15795.95),
        ("2021-06-12 11:00:00", 16309.0),  # a mock session on Saturday
        ("2021-06-11 15:30:01", 15799.0),
        ("2021-06-11 15:30:00", 15799.35),  # the very close belongs to the last second
        ("2021-06-11 09:15:51", 15795.0),
        ("2021-06-14 09:16:00", 15750.0),  # of a later trading day
        ("2021-06-11 09:15:52", 15796.0),  # a second may have two prices
        ("2021-06-11 09:15:52", 15795.95),
    ]
    index_ticks(raw / "Nifty_2021-06-11_.csv", rows)
    report = go(raw, "index_ticks_csv", tmp_path)

    spot = packed(tmp_path, "spot/NIFTY/202106/date=2021-06-11/ticks.parquet")
    assert [f"{stamp:%H:%M:%S}" for stamp in spot["timestamp"]] == ["09:15:51", "09:15:52", "09:15:52", "15:30:00"]
    assert spot["close"].to_list() == [15795.0, 15795.95, 15796.0, 15799.35]
    assert spot.select("open", "vol_delta", "kind").row(0) == (15795.0, 0, "tick")
    assert packed(tmp_path, "spot/NIFTY/202106/date=2021-06-14/ticks.parquet").height == 1
    assert (report.rows_in, report.packed) == (8, 5)
    assert report.total("dropped") == {"duplicate": 1, "not_a_trading_day": 1, "outside_session": 1}


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("Nifty50_26_march_2021.csv", "NIFTY"),
        ("Nifty_01_April.csv", "NIFTY"),
        ("Nifty_2021-05-28_.csv", "NIFTY"),
        ("Nifty_Bank_26_march_2021.csv", "BANKNIFTY"),
        ("Nifty_Bank_2021-05-28_.csv", "BANKNIFTY"),
        ("NIFTY_FINSERV2021-05-28_.csv", "FINNIFTY"),
    ],
)
def test_the_index_of_a_tick_file_is_read_off_every_style_of_name(tmp_path: Path, name: str, symbol: str) -> None:
    index_ticks(tmp_path / "raw" / name, [("2021-06-11 10:00:00", 15800.0)])
    others = {"NIFTY", "BANKNIFTY", "FINNIFTY"} - {symbol}
    assert go(tmp_path / "raw", "index_ticks_csv", tmp_path / "mine", symbol).packed == 1
    assert [go(tmp_path / "raw", "index_ticks_csv", tmp_path / other, other).packed for other in others] == [0, 0]


def test_index_files_without_an_index_or_of_an_unknown_one_are_not_packed(tmp_path: Path) -> None:
    rows = [("2021-06-11 10:00:00", 15800.0)]
    index_ticks(tmp_path / "raw" / "2021-06-11.csv", rows)
    index_ticks(tmp_path / "raw" / "NIFTY_PVT_BANK2021-05-28_.csv", rows)
    (tmp_path / "raw" / "Nifty_2021-06-11_.csv").write_text("when,price\n1,2\n")
    report = go(tmp_path / "raw", "index_ticks_csv", tmp_path)
    assert report.packed == 0
    assert report.total("refused") == {"bad_columns": 1, "misnamed_file": 1}


def test_one_price_a_second_ranks_below_ticks_and_above_bars(tmp_path: Path) -> None:
    second_by_second(tmp_path / "hz", "2021-06-11", [15800.0, 15800.5, 15800.5])
    index_ticks(tmp_path / "ticks" / "Nifty_2021-06-11_.csv", [("2021-06-11 10:00:00", 15801.0)])
    bar = "NIFTY,20210611,09:16,15800,15800,15800,15800\n"
    (tmp_path / "bars.csv").write_text(bar)
    folder = "spot/NIFTY/202106/date=2021-06-11"

    go(tmp_path / "bars.csv", "index_1min_csv", tmp_path)
    go(tmp_path / "hz", "spot_1s_csv", tmp_path)
    assert packed(tmp_path, f"{folder}/ticks.parquet")["close"].to_list() == [15800.0, 15800.5, 15800.5]
    assert packed(tmp_path, f"{folder}/ticks.index_1min_csv.parquet").height == 1
    go(tmp_path / "ticks", "index_ticks_csv", tmp_path)
    assert packed(tmp_path, f"{folder}/ticks.parquet")["close"].to_list() == [15801.0]
    assert packed(tmp_path, f"{folder}/ticks.spot_1s_csv.parquet").height == 3


def test_a_day_that_repeats_the_one_before_is_named_also_over_the_end_of_a_month(tmp_path: Path) -> None:
    prices = [17_500 + n / 2 for n in range(20)]
    for date in ("2022-09-30", "2022-10-01", "2022-10-02", "2022-10-04"):
        second_by_second(tmp_path / "raw", date, prices)
    second_by_second(tmp_path / "raw", "2022-10-06", prices[::-1])
    report = go(tmp_path / "raw", "spot_1s_csv", tmp_path)
    told = "its prices repeat those of 2022-09-30"
    assert [date for date, why in report.refused_days.items() if why.endswith(told)] == [
        dt.date(2022, 10, 1),
        dt.date(2022, 10, 2),
    ]
    # A trading day keeps its rows: what they are worth is for people to judge.
    assert report.total("flagged")["replayed_day"] == 20
    assert (report.packed, report.total("dropped")) == (60, {"not_a_trading_day": 40})
    assert report.balanced


def test_a_few_equal_rows_are_no_replay(tmp_path: Path) -> None:
    for date in ("2022-09-29", "2022-09-30"):
        second_by_second(tmp_path / "raw", date, [17_500.0] * 9)
    assert go(tmp_path / "raw", "spot_1s_csv", tmp_path).total("flagged")["replayed_day"] == 0
