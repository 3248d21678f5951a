"""What each vendor's files mean, on files of a few rows written by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import LAYOUTS, pack
from nfops.packing.layouts.base import Piece
from nfops.packing.sources import RawFile
from tests.unit.packing.raw import CHAIN_HEADER, MARKET, index_bars, packed, poll

CHAIN = "options/NIFTY/201905/exp=2019-05-30"


def test_every_layout_is_listed_under_its_own_name_and_says_what_it_reads() -> None:
    for name, layout in LAYOUTS.items():
        assert layout.name == name
        assert all((layout.vendor, str(layout.clock), layout.price, str(layout.names), layout.columns, layout.suffixes))


def test_index_bars_are_labelled_by_their_end_and_packed_one_second_before(tmp_path: Path) -> None:
    rows = [("20190520", "09:08", 11650.0), ("20190520", "09:16", 11651.9), ("20190520", "15:30", 11828.25)]
    index_bars(tmp_path / "raw" / "2019_MAY.txt.gz", rows)
    report = pack([tmp_path / "raw"], "index_1min_csv", "NIFTY", tmp_path, MARKET)

    spot = packed(tmp_path, "spot/NIFTY/201905/date=2019-05-20/ticks.parquet")
    assert [f"{stamp:%H:%M:%S}" for stamp in spot["timestamp"]] == ["09:15:59", "15:29:59"]
    assert spot["close"].to_list() == [11651.9, 11828.25]
    assert spot.columns == [
        "timestamp", "symbol", "open", "high", "low", "close", "vol_delta", "kind", "trade_date",
    ]  # fmt: skip
    assert spot["vol_delta"].to_list() == [0, 0]
    assert report.total("dropped") == {"outside_session": 1}


def test_an_index_file_is_judged_by_its_rows_not_by_its_name(tmp_path: Path) -> None:
    index_bars(tmp_path / "raw" / "a_BIFTY.txt", [("20190520", "09:16", 11651.9)])
    index_bars(tmp_path / "raw" / "b.txt", [("20190520", "09:16", 29000.0)], symbol="BANKNIFTY")
    (tmp_path / "raw" / "c.txt").write_text("NIFTY,20190520\n")
    report = pack([tmp_path / "raw"], "index_1min_csv", "NIFTY", tmp_path, MARKET)
    assert (report.rows_in, report.packed) == (1, 1)
    assert report.total("refused") == {"bad_columns": 1}  # a file of another symbol is no fault


def test_a_chain_poll_gives_two_rows_a_strike_at_second_59_with_volume_in_units(tmp_path: Path) -> None:
    poll(tmp_path / "raw", "20-05-2019_09:16", {11800: ("101.5", "2"), 11900: ("-", "-")}, "11830.10")
    poll(tmp_path / "raw", "20-05-2019_09:30", {11800: ("99", "5"), 11900: ("77", "-")}, "11820.00")
    report = pack([tmp_path / "raw"], "nse_chain_csv", "NIFTY", tmp_path, MARKET)

    call = packed(tmp_path, f"{CHAIN}/type=CE/strike=11800.parquet")
    assert call.columns == [
        "timestamp", "symbol", "opt_type", "strike", "open", "high", "low", "close", "vol_delta", "oi", "bid", "ask",
        "bid_qty", "ask_qty", "kind", "expiry", "expiry_type", "is_monthly", "is_weekly",
    ]  # fmt: skip
    assert [f"{stamp:%H:%M:%S %z}" for stamp in call["timestamp"]] == ["09:16:59 +0530", "09:30:59 +0530"]
    assert call["close"].to_list() == [101.5, 99.0]
    # First seen 119 s after the open: what was traded before is unknown. Then three contracts of 75 units.
    assert call["vol_delta"].to_list() == [0, 225]
    assert call.select("oi", "bid", "ask", "bid_qty", "ask_qty").row(0) == (1000, 1.05, 1.15, 75, 150)
    assert call.select("kind", "expiry_type", "is_monthly", "is_weekly").row(0) == ("snapshot", "monthly", 1, 0)
    assert packed(tmp_path, f"{CHAIN}/type=CE/strike=11900.parquet")["close"].to_list() == [None, None]
    assert (report.rows_in, report.packed) == (8, 8)
    assert report.total("noted") == {"no_trade_today": 2}

    spot = packed(tmp_path, "spot/NIFTY/201905/date=2019-05-20/ticks.parquet")
    assert spot["close"].to_list() == [11830.1, 11820.0]


def test_of_expiries_polled_in_one_second_the_last_one_says_the_spot(tmp_path: Path) -> None:
    for expiry, seen in (("27JUN2019", "11832"), ("23MAY2019", "11830"), ("30MAY2019", "11831")):
        poll(tmp_path / "raw", "20-05-2019_09:16", {11800: ("101.5", "2")}, seen, expiry)
    pack([tmp_path / "raw"], "nse_chain_csv", "NIFTY", tmp_path, MARKET)
    spot = packed(tmp_path, "spot/NIFTY/201905/date=2019-05-20/ticks.parquet")
    assert spot["close"].to_list() == [11830.0, 11831.0, 11832.0]


def test_polls_that_cannot_be_used_are_refused_one_by_one(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    poll(raw, "20-05-2019_10:00", {11800: ("101.5", "2")}, "11830")
    poll(raw, "20-05-2019_10:15", {}, "")
    poll(raw, "20-05-2019_10:30", {11800: ("101.5", "2")}, "11830", expiry="29MAY2019")  # no expiry
    poll(raw, "39-05-2019_10:30", {11800: ("101.5", "2")}, "11830")
    (raw / "loose.csv").write_text(f"{CHAIN_HEADER}\n")
    (raw / "NIFTY" / "30MAY2019" / "NIFTY_20-05-2019_10:45.csv").write_text("a,b\n1,2\n")
    (raw / "NIFTY" / "30MAY2019" / "NIFTY_20-05-2019_11:00.csv").write_bytes(b"")
    report = pack([raw], "nse_chain_csv", "NIFTY", tmp_path, MARKET)
    assert (report.rows_in, report.packed, report.balanced) == (2, 2, True)
    assert report.total("refused") == {
        "bad_columns": 1, "empty_file": 1, "empty_poll": 1, "misnamed_file": 2, "unknown_expiry": 1,
    }  # fmt: skip
    assert len(report.findings) == 6


def kite(path: Path, name: str, bars: list[tuple[str, float, int]]) -> None:
    head = '"TIME","Open","High","Low","Close","VOLUME","SYMBOL","Date","TIME1"'
    rows = [f'"{at}","{p}","{p + 2}","{p - 1}","{p + 1}","{v}","{name}","x","y"' for at, p, v in bars]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([head, *rows, ""]).encode()))


def test_kite_bars_are_labelled_by_their_start_and_packed_at_their_last_second(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    kite(raw / "NIFTY2161715600CE_minute.csv.gz", "NIFTY2161715600CE", [("2021-06-11 09:15:00", 200.0, 75)])
    kite(raw / "NIFTY_minute.csv.gz", "NIFTY%2050", [("2021-06-11 15:29:00", 15800.0, 0)])
    report = pack([raw], "kite_bars_csv", "NIFTY", tmp_path, MARKET)

    bar = packed(tmp_path, "options/NIFTY/202106/exp=2021-06-17/type=CE/strike=15600.parquet")
    assert f"{bar['timestamp'][0]:%Y-%m-%d %H:%M:%S}" == "2021-06-11 09:15:59"
    assert bar.select("open", "high", "low", "close", "vol_delta").row(0) == (200.0, 202.0, 199.0, 201.0, 75)
    assert bar.select("oi", "bid", "ask", "kind", "expiry_type").row(0) == (None, None, None, "bar", "weekly")
    spot = packed(tmp_path, "spot/NIFTY/202106/date=2021-06-11/ticks.parquet")
    assert f"{spot['timestamp'][0]:%H:%M:%S}" == "15:29:59"
    assert (report.rows_in, report.packed) == (2, 2)


def test_kite_files_of_others_futures_and_mixtures_are_not_packed(tmp_path: Path) -> None:
    raw, bar = tmp_path / "raw", [("2021-06-11 09:15:00", 200.0, 75)]
    kite(raw / "BANKNIFTY2161735000CE_minute.csv.gz", "BANKNIFTY2161735000CE", bar)
    kite(raw / "NIFTY21JUNFUT.csv.gz", "NIFTY21JUNFUT", bar)
    kite(raw / "odd.csv.gz", "RELIANCE", bar)
    report = pack([raw], "kite_bars_csv", "NIFTY", tmp_path, MARKET)
    assert report.packed == 0
    assert report.total("refused") == {"bad_ticker": 1, "other_segment": 1}


def test_trademarkk_days_hold_index_and_contracts_by_the_minute_after_the_open(tmp_path: Path) -> None:
    base = int(dt.datetime(2024, 7, 24, 3, 45, tzinfo=dt.UTC).timestamp() * 1000)  # 09:15 in India
    bars = [[-8, 24440, 24440, 24440, 24440, 0], [0, 24444, 24450, 24440, 24445, 0], [375, 1, 1, 1, 1, 0]]
    contract = {"strike": 24400, "ot": "PE", "bars": [[0, 80.5, 82, 79, 81, 25]] * 2}
    day = {"base": base, "expiry": "2024-07-25", "index": bars, "contracts": [contract]}
    (tmp_path / "raw.json").write_text(json.dumps({"symbol": "NIFTY", "days": [day]}))
    report = pack([tmp_path / "raw.json"], "trademarkk_json", "NIFTY", tmp_path, MARKET)

    put = packed(tmp_path, "options/NIFTY/202407/exp=2024-07-25/type=PE/strike=24400.parquet")
    assert f"{put['timestamp'][0]:%Y-%m-%d %H:%M:%S}" == "2024-07-24 09:15:59"
    assert put.select("close", "vol_delta").rows() == [(81.0, 25)]
    assert packed(tmp_path, "spot/NIFTY/202407/date=2024-07-24/ticks.parquet")["close"].to_list() == [24445.0]
    assert (report.rows_in, report.packed) == (5, 2)
    assert report.total("dropped") == {"duplicate": 1, "outside_session": 2}


@pytest.mark.parametrize("text", ["not json", "[]", '{"symbol": "NIFTY", "days": [{"base": 1}]}'])
def test_json_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "raw.json").write_text(text)
    report = pack([tmp_path / "raw.json"], "trademarkk_json", "NIFTY", tmp_path, MARKET)
    assert report.total("refused") == {"bad_json": 1}


def test_a_file_at_which_polars_panics_is_refused_and_the_next_one_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = LAYOUTS["index_1min_csv"]

    def read(file: RawFile, symbol: str, market: Market) -> Iterable[Piece]:
        if file.stem == "bad":
            raise pl.exceptions.PanicException("assertion failed")
        return layout.read(file, symbol, market)

    monkeypatch.setitem(LAYOUTS, layout.name, dataclasses.replace(layout, read=read))
    for name in ("bad", "good"):
        index_bars(tmp_path / "raw" / f"{name}.txt", [("20190520", "09:16", 11651.9)])
    report = pack([tmp_path / "raw"], layout.name, "NIFTY", tmp_path, MARKET)
    assert (report.packed, report.total("refused")) == (1, {"unreadable": 1})
