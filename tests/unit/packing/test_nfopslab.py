"""The user's own raw ticks and all their quirks (one Parquet a contract, 53 columns)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from nfops.packing import pack
from tests.unit.packing.raw import MARKET, at, packed, spot, ticks

CALL = "options/BANKNIFTY/201904/exp=2019-04-11/type=CE/strike=28500.parquet"


def test_the_packed_price_is_the_traded_price_not_yesterdays_close(tmp_path: Path) -> None:
    # The example row of the vendor's description: close 1302.05 is the previous day's, changeper proves it.
    ticks(tmp_path / "raw" / "banknifty1941128500ce.parquet", [{"timestamp": at("2019-04-11 15:29:50")}])
    assert pytest.approx(-2.077493, abs=5e-4) == (1275.0 - 1302.05) / 1302.05 * 100

    pack([tmp_path / "raw"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)

    row = packed(tmp_path, CALL).row(0, named=True)
    assert row == {
        "timestamp": row["timestamp"], "symbol": "BANKNIFTY", "opt_type": "CE", "strike": 28500,
        "open": 1275.0, "high": 1275.0, "low": 1275.0, "close": 1275.0, "vol_delta": 0, "oi": 480,
        "bid": 1230.05, "ask": 1275.0, "bid_qty": 980, "ask_qty": 80, "kind": "tick",
        "expiry": dt.date(2019, 4, 11), "expiry_type": "weekly", "is_monthly": 0, "is_weekly": 1,
    }  # fmt: skip
    assert f"{row['timestamp']:%Y-%m-%d %H:%M:%S %z}" == "2019-04-11 15:29:50 +0530"


def test_packed_files_have_the_types_of_the_specification(tmp_path: Path) -> None:
    ticks(tmp_path / "raw" / "banknifty1941128500ce.parquet", [{"timestamp": at("2019-04-11 15:29:50")}])
    pack([tmp_path / "raw"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    schema = packed(tmp_path, CALL).schema
    assert schema["timestamp"] == pl.Datetime("ns", "Asia/Kolkata")
    names = ("strike", "close", "vol_delta", "oi", "bid", "bid_qty", "is_weekly", "expiry")
    assert [schema[name] for name in names] == [
        pl.Int32, pl.Float64, pl.Int64, pl.Int64, pl.Float64, pl.Int64, pl.Int8, pl.Date,
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_a_first_row_of_1970_takes_its_time_from_ts(tmp_path: Path, unit: Literal["us", "ns"]) -> None:
    first = {"timestamp": at("1970-01-01 05:30:00"), "ts": at("2019-04-11 09:15:01"), "volume": 20}
    first["lastTradeTime"] = first["ts"]
    rows = [first, {"timestamp": at("2019-04-11 09:15:02"), "volume": 60}]
    ticks(tmp_path / "raw" / "banknifty1941128500ce.parquet", rows, unit)
    report = pack([tmp_path / "raw"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    frame = packed(tmp_path, CALL)
    assert [f"{stamp:%H:%M:%S}" for stamp in frame["timestamp"]] == ["09:15:01", "09:15:02"]
    assert frame["vol_delta"].to_list() == [20, 40]
    assert report.total("noted") == {"epoch_timestamp": 1}


def test_a_contract_in_several_files_and_units_is_one_and_its_doubles_go(tmp_path: Path) -> None:
    one, two, three = (
        {"timestamp": at(f"2019-04-11 09:15:0{second}"), "volume": volume}
        for second, volume in ((1, 20), (2, 60), (3, 100))
    )
    ticks(tmp_path / "raw" / "a" / "banknifty1941128500ce.parquet", [one, two], "us")
    ticks(tmp_path / "raw" / "b" / "BANKNIFTY1941128500CE.parquet", [two, three], "ns")
    report = pack([tmp_path / "raw"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    assert packed(tmp_path, CALL)["vol_delta"].to_list() == [20, 40, 40]
    assert (report.rows_in, report.packed, report.total("dropped")) == (4, 3, {"duplicate": 1})


def test_bad_files_are_counted_with_their_rows_and_stop_nobody(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    row = {"timestamp": at("2019-04-11 09:15:01"), "volume": 20}
    ticks(raw / "banknifty1941128500ce.parquet", [row])
    ticks(raw / "banknifty19xx1128500ce.parquet", [row, row])  # no such month
    ticks(raw / "banknifty3941128500ce.parquet", [row])  # an expiry of 2039
    ticks(raw / "nifty1941111500ce.parquet", [row])  # another symbol
    ticks(raw / "banknifty1941128600ce.parquet", [row]).write_bytes(b"PAR1 and then nothing")
    (raw / "banknifty1941128700ce.parquet").write_bytes(b"")
    pl.read_parquet(raw / "banknifty1941128500ce.parquet").clear().write_parquet(raw / "banknifty1941128800ce.parquet")
    pl.DataFrame({"timestamp": [1], "value": [2]}).write_parquet(raw / "banknifty1941128900ce.parquet")

    report = pack([raw], "nfopslab", "BANKNIFTY", tmp_path, MARKET)

    assert report.total("refused") == {
        "bad_columns": 1, "empty_file": 2, "misnamed_file": 1, "unknown_expiry": 1, "unreadable": 1,
    }  # fmt: skip
    assert report.total("dropped") == {"bad_columns": 1, "misnamed_file": 2, "unknown_expiry": 1}
    assert (report.rows_in, report.packed) == (5, 1)
    assert report.rows_in == report.packed + sum(report.total("dropped").values())
    assert report.balanced
    assert any("banknifty1941128600ce.parquet: unreadable" in finding for finding in report.findings)


def test_spot_parts_become_a_file_a_day(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    spot(raw / "banknifty_spot_part_001.parquet", [("2019-04-10 15:29:59", 29700.0), ("2019-04-11 09:15:00", 29800.0)])
    spot(raw / "banknifty_spot_part_002.parquet", [("2019-04-11 09:15:01", 29801.05), ("2019-04-13 10:00:00", 1.0)])
    report = pack([raw], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    day = packed(tmp_path, "spot/BANKNIFTY/201904/date=2019-04-11/ticks.parquet")
    assert day["close"].to_list() == [29800.0, 29801.05]
    assert set(day["kind"]) == {"tick"}
    assert report.total("dropped") == {"not_a_trading_day": 1}  # a Saturday
    assert "Saturday" in report.refused_days[dt.date(2019, 4, 13)]


def test_futures_belong_to_the_monthly_expiry_on_or_after_their_date(tmp_path: Path) -> None:
    rows = [
        {"timestamp": at(f"{day} 09:15:10"), "volume": volume, "price": price}
        for day, volume, price in (("2019-04-24", 20, 1.0), ("2019-04-25", 40, 2.0), ("2019-04-26", 60, 3.0))
    ]
    ticks(tmp_path / "raw" / "banknifty_futures.parquet", rows)
    pack([tmp_path / "raw"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    april = packed(tmp_path, "futures/BANKNIFTY/201904/exp=2019-04-25/ticks.parquet")
    may = packed(tmp_path, "futures/BANKNIFTY/201905/exp=2019-05-30/ticks.parquet")
    assert april["close"].to_list() == [1.0, 2.0]
    assert april["vol_delta"].to_list() == [20, 40]
    assert may["close"].to_list() == [3.0]
    assert may.columns == [
        "timestamp", "symbol", "open", "high", "low", "close", "vol_delta", "oi", "bid", "ask", "bid_qty", "ask_qty",
        "kind", "expiry", "expiry_type", "is_monthly", "is_weekly", "trade_date",
    ]  # fmt: skip


def test_without_a_volume_column_the_last_traded_quantity_counts(tmp_path: Path) -> None:
    rows = [{"timestamp": at("2019-04-11 09:15:01"), "qty": 40}, {"timestamp": at("2019-04-11 09:15:02"), "qty": 60}]
    path = ticks(tmp_path / "raw" / "banknifty1941128500ce.parquet", rows)
    pl.read_parquet(path).drop("volume").write_parquet(path)
    pack([path], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    assert packed(tmp_path, CALL)["vol_delta"].to_list() == [40, 60]
