"""Layouts of files that hold many instruments or name them their own way, on a few lines written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackReport, pack
from tests.unit.packing.raw import MARKET, packed

BREEZE = (
    "Symbol,exchange_timestamp,last_price,volume_traded,open_interest,bid_price_1,bid_qty_1,bid_price_2,bid_qty_2,"
    "ask_price_1,ask_qty_1"
)
GDFL = "Ticker,Date,Time,LTP,BuyPrice,BuyQty,SellPrice,SellQty,LTQ,OpenInterest"
GDFL_BARS = "Ticker,Date,Time,Open,High,Low,Close,Volume,Open Interest"
TICKBYTES = "datetime,name,oi,expiry,strike,type,ltp,ltt,bid_px,bid_qty,ask_px,ask_qty,vtt"
BARS = "datetime,open,high,low,close,volume,oi,name,symbol,strike,expiry,contract_type,side"


def go(root: Path, layout: str, name: str, lines: Sequence[str], symbol: str = "NIFTY") -> PackReport:
    path = root / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]))
    report = pack([path], layout, symbol, root, MARKET)
    assert report.balanced
    return report


def test_the_best_ask_of_breeze_is_taken_from_where_it_stands(tmp_path: Path) -> None:
    lines = [
        BREEZE,
        "NIFTY,2025-11-17 12:07:57.652606,25900,3375,750,25899,75,25901,150,0.0,0",  # level 2 is the best ask
        "NIFTY,2025-11-17 12:07:58.652606,25900,3450,750,25899,75,25898,150,0.0,0",  # a true second bid, and no ask
        "NIFTY,2025-11-17 12:07:59.652606,25901,3525,750,25899,75,25898,150,25902,75",
        "CNXBAN,2025-11-17 12:07:59.652606,58901,3500,700,58899,75,58898,150,58902,75",
        "RELIND,2025-11-17 12:07:59.652606,1518,3500,700,1517,75,1516,150,1519,75",
    ]
    report = go(tmp_path, "breeze_l5_csv", "ticks.csv", lines)
    future = packed(tmp_path, "futures/NIFTY/202511/exp=2025-11-25/ticks.parquet")
    assert future.select("bid", "bid_qty", "ask", "ask_qty").rows() == [
        (25899.0, 75, 25901.0, 150), (25899.0, 75, 0.0, 0), (25899.0, 75, 25902.0, 75),
    ]  # fmt: skip
    # Seen first long after the open: what was traded before is unknown.
    assert future.select("close", "vol_delta", "oi").rows() == [
        (25900.0, 0, 750),
        (25900.0, 75, 750),
        (25901.0, 75, 750),
    ]
    assert f"{future['timestamp'][0]:%H:%M:%S.%f}" == "12:07:57.652606"
    assert report.total("noted") == {"mislabelled_depth": 1}
    assert (report.rows_in, report.packed) == (3, 3)
    assert go(tmp_path, "breeze_l5_csv", "ticks.csv", lines, "BANKNIFTY").packed == 1


def test_ticks_of_global_datafeeds_are_sorted_by_their_tickers(tmp_path: Path) -> None:
    lines = [
        GDFL,
        "NIFTY03JUL2523000CE.NFO,01/07/2025,10:11:50,2551,2539.85,75,2603.55,975,150,34575",
        "NIFTY03JUL2523000CE.NFO,01/07/2025,10:11:51,2551,2539.85,75,2603.55,975,0,34575",  # a quote without a trade
        "OPTIDX_NIFTY_31JUL2025_PE_25000,01/07/2025,10:11:52,100,99,75,101,75,75,500",
        "NIFTY-I.NFO,01/07/2025,10:11:53,25600,25599,75,25601,150,75,1000",
        "NIFTY-II.NFO,01/07/2025,10:11:53,25700,0,0,0,0,75,1000",
        "NIFTY-III.NFO,01/07/2025,10:11:53,25800,0,0,0,0,75,1000",
        "NIFTY31JUL25FUT.NFO,01/07/2025,10:11:54,25601,25599,75,25601,150,75,1000",
        "NIFTY 50.NSE_IDX,01/07/2025,10:11:54,25541.8,0,0,0,0,0,0",
        "NIFTY BANK.NSE_IDX,01/07/2025,10:11:54,57000,0,0,0,0,0,0",
        "BANKNIFTY31JUL2557000CE.NFO,01/07/2025,10:11:54,800,0,0,0,0,35,70",
        "RELIANCE31JUL251500CE.NFO,01/07/2025,10:11:54,20,0,0,0,0,500,500",
        "NIFTY15JAN3023000CE.NFO,01/07/2025,10:11:50,2551,0,0,0,0,75,75",  # beyond the calendar
        "NIFTY99XXX2523000CE.NFO,01/07/2025,10:11:50,2551,0,0,0,0,75,75",
        ",01/07/2025,10:11:50,2551,0,0,0,0,75,75",
        "NI\0FTY-I.NFO,01/07/2025,10:11:50,2551,0,0,0,0,75,75",
        "NIFTY-I.NFO,01/07/2025,10:11:55,cheap,0,0,0,0,75,75",
        "RELIANCE-I.NFO,01/07/2025,10:11:55,cheap,0,0,0,0,75,75",
    ]
    report = go(tmp_path, "gdfl_tick_csv", "GFDLNFO_TICK_01072025.csv", lines)
    call = packed(tmp_path, "options/NIFTY/202507/exp=2025-07-03/type=CE/strike=23000.parquet")
    assert call.select("close", "vol_delta", "oi", "bid", "bid_qty", "ask", "ask_qty", "kind").rows() == [
        (2551.0, 150, 34575, 2539.85, 75, 2603.55, 975, "tick"), (2551.0, 0, 34575, 2539.85, 75, 2603.55, 975, "tick"),
    ]  # fmt: skip
    assert packed(tmp_path, "options/NIFTY/202507/exp=2025-07-31/type=PE/strike=25000.parquet").height == 1
    near = packed(tmp_path, "futures/NIFTY/202507/exp=2025-07-31/ticks.parquet")
    assert near["close"].to_list() == [25600.0, 25601.0]  # by series and by date
    assert packed(tmp_path, "futures/NIFTY/202508/exp=2025-08-28/ticks.parquet")["close"].to_list() == [25700.0]
    assert packed(tmp_path, "futures/NIFTY/202509/exp=2025-09-30/ticks.parquet")["close"].to_list() == [25800.0]
    assert packed(tmp_path, "spot/NIFTY/202507/date=2025-07-01/ticks.parquet")["close"].to_list() == [25541.8]
    assert (report.rows_in, report.packed) == (13, 8)
    assert report.total("dropped") == {"bad_ticker": 1, "bad_value": 1, "no_symbol": 2, "unknown_expiry": 1}


def test_the_near_future_of_an_expiry_day_is_still_the_one_that_expires(tmp_path: Path) -> None:
    lines = [
        GDFL,
        "NIFTY-I.NFO,31/07/2025,10:11:53,24800,0,0,0,0,75,75",
        "NIFTY-I.NFO,01/08/2025,10:11:53,24700,0,0,0,0,75,75",
    ]
    go(tmp_path, "gdfl_tick_csv", "NIFTY-I.csv", lines)
    assert packed(tmp_path, "futures/NIFTY/202507/exp=2025-07-31/ticks.parquet")["close"].to_list() == [24800.0]
    assert packed(tmp_path, "futures/NIFTY/202508/exp=2025-08-28/ticks.parquet")["close"].to_list() == [24700.0]


@pytest.mark.parametrize("date", ["01/07/2025", "2025-07-01"])
def test_bars_of_global_datafeeds_carry_their_last_second(tmp_path: Path, date: str) -> None:
    lines = [
        GDFL_BARS,
        f"NIFTY03JUL2525000CE.NFO,{date},09:15:59,311.45,325.00,293.75,294.75,400.0,20040.0",
        f"NIFTY03JUL2525000CE.NFO,{date},15:30:59,50.35,50.35,50.35,50.35,40.0,42680.0",
    ]
    report = go(tmp_path, "gdfl_1min_csv", "bars.csv", lines)
    bar = packed(tmp_path, "options/NIFTY/202507/exp=2025-07-03/type=CE/strike=25000.parquet")
    assert f"{bar['timestamp'][0]:%Y-%m-%d %H:%M:%S}" == "2025-07-01 09:15:59"
    assert bar.select("open", "high", "low", "close", "vol_delta", "oi", "kind").rows() == [
        (311.45, 325.0, 293.75, 294.75, 400, 20040, "bar")
    ]
    assert report.total("dropped") == {"outside_session": 1}


def test_files_of_global_datafeeds_without_open_interest_or_of_others_are_not_packed(tmp_path: Path) -> None:
    assert go(tmp_path, "gdfl_tick_csv", "a.csv", ["Ticker,Date,Time,LTP,BuyPrice,BuyQty,SellPrice,SellQty,LTQ",
              "NIFTY-I,01/07/2025,10:11:53,1,0,0,0,0,75"]).total("refused") == {"bad_columns": 1}  # fmt: skip
    other = go(
        tmp_path / "b", "gdfl_tick_csv", "b.csv", [GDFL, "RELIANCE-I.NFO,01/07/2025,10:11:53,1500,0,0,0,0,75,75"]
    )
    assert (other.rows_in, other.total("refused")) == (0, {})


@pytest.mark.parametrize(
    ("name", "below"),
    [
        ("BANKNIFTY20030528500CE.csv", "options/BANKNIFTY/202003/exp=2020-03-05/type=CE/strike=28500.parquet"),
        ("BANKNIFTY20MARFUT.csv", "futures/BANKNIFTY/202003/exp=2020-03-26/ticks.parquet"),
        ("BANKNIFTY-I.csv", "futures/BANKNIFTY/202003/exp=2020-03-26/ticks.parquet"),
        ("BANKNIFTY-II.csv", "futures/BANKNIFTY/202004/exp=2020-04-30/ticks.parquet"),
        ("truedata_index_BANKNIFTY.csv", "spot/BANKNIFTY/202003/date=2020-03-04/ticks.parquet"),
        ("NIFTY BANK.csv", "spot/BANKNIFTY/202003/date=2020-03-04/ticks.parquet"),
    ],
)
def test_the_instrument_of_a_truedata_file_is_read_off_its_name(tmp_path: Path, name: str, below: str) -> None:
    lines = ["20200304,09:07:41,38444.90,20,100", "20200304,10:00:01,700.05,20,100", "20200304,10:00:02,700.1,40,100"]
    report = go(tmp_path, "truedata_csv", name, lines, "BANKNIFTY")
    rows = packed(tmp_path, below)
    assert rows["close"].to_list() == [700.05, 700.1]
    if not below.startswith("spot"):
        assert rows.select("vol_delta", "oi").rows() == [(20, 100), (40, 100)]
    assert report.total("dropped") == {"outside_session": 1}
    assert go(tmp_path, "truedata_csv", name, lines, "FINNIFTY").rows_in == 0


def test_a_truedata_file_named_like_nothing_is_refused(tmp_path: Path) -> None:
    report = go(tmp_path, "truedata_csv", "ticks of march.csv", ["20200304,10:00:01,700.05,20,100"])
    assert report.total("refused") == {"bad_ticker": 1}


def test_ticks_of_tickbytes_know_what_was_never_traded(tmp_path: Path) -> None:
    lines = [
        TICKBYTES,
        "2026-08-03 10:52:14.196,NIFTY,130,2026-08-25,24500.0,CE,155.5,1785734532000,155,65,156,65,1300",
        "2026-08-03 10:52:15.196,NIFTY,130,2026-08-25,24500.0,CE,156.5,1785734535000,155,65,157,65,1365",
        "2026-08-03 10:52:15.196,NIFTY,0,2026-08-25,29000.0,CE,0.0,315513000000,0.0,0.0,5,65.0,0",  # 1980
        "2026-08-03 10:52:15.196,NIFTY,65,2026-08-25,28000.0,PE,900.0,1785491999000,0,0,0,0,0",  # traded on 31 July
        "2026-08-03 10:52:15.196,NIFTY,65,2027-03-30,28000.0,PE,900.0,1785734535000,0,0,0,0,65",
        "2026-08-03 10:52:15.196,NIFTY,130,2026-08-25,,FUT,24668.2,1785734532000,24668.0,650,24668.2,650,1584375",
    ]
    report = go(tmp_path, "tickbytes_csv", "ticks.csv", lines)
    chain = "options/NIFTY/202608/exp=2026-08-25"
    call = packed(tmp_path, f"{chain}/type=CE/strike=24500.parquet")
    assert call.select("close", "vol_delta", "bid", "ask").rows() == [
        (155.5, 0, 155.0, 156.0),
        (156.5, 65, 155.0, 157.0),
    ]
    assert packed(tmp_path, f"{chain}/type=CE/strike=29000.parquet").select("close", "ask").rows() == [(None, 5.0)]
    assert packed(tmp_path, f"{chain}/type=PE/strike=28000.parquet")["close"].to_list() == [None]
    assert packed(tmp_path, "futures/NIFTY/202608/exp=2026-08-25/ticks.parquet")["close"].to_list() == [24668.2]
    assert report.total("noted") == {"no_trade_today": 1, "stale_trade": 1}
    assert report.total("dropped") == {"unknown_expiry": 1}


def test_a_bar_with_greeks_is_the_same_bar(tmp_path: Path) -> None:
    bar = "2026-07-17 09:15:00,3.1,3.2,3.0,3.1,65,130,NIFTY,NIFTY23JUN2214000CE,24000.0,2026-07-28,OPT,CE"
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "greeks.csv").write_text(f"{BARS},iv,delta\n{bar},0.18,0.01\n")
    (tmp_path / "raw" / "bars.csv").write_text(f"{BARS}\n{bar}\n")
    report = pack([tmp_path / "raw"], "optionvault_csv", "NIFTY", tmp_path, MARKET)
    call = packed(tmp_path, "options/NIFTY/202607/exp=2026-07-28/type=CE/strike=24000.parquet")
    assert f"{call['timestamp'][0]:%H:%M:%S}" == "09:15:59"
    assert call.select("open", "high", "low", "close", "vol_delta", "oi", "kind").rows() == [
        (3.1, 3.2, 3.0, 3.1, 65, 130, "bar")
    ]
    assert report.total("dropped") == {"duplicate": 1}


@pytest.mark.parametrize(
    ("header", "row", "below"),
    [
        ("datetime,name,open,high,low,close,volume,oi,symbol", "NIFTY,5,6,4,5.5,0,0,NIFTY50", "spot"),
        ("datetime,name,open,high,low,close,volume,oi,symbol,strike,type", "NIFTY,5,6,4,5.5,0,0,X,0.0,INDEX", "spot"),
        (
            "datetime,open,high,low,close,volume,oi,name,expiry,contract_type",
            "5,6,4,5.5,0,0,NIFTY,2026-07-28,FUT",
            "futures",
        ),
    ],
)
def test_indices_and_futures_of_optionvault(tmp_path: Path, header: str, row: str, below: str) -> None:
    go(tmp_path, "optionvault_csv", "a.csv", [header, f"2026-07-17 09:15:00,{row}"])
    assert [path.name for path in (tmp_path / "packed").iterdir()] == [below]
    (path,) = (tmp_path / "packed").rglob("*.parquet")
    assert pl.read_parquet(path)["close"].to_list() == [5.5]


@pytest.mark.parametrize(("kind", "reason"), [("OPX", "mixed_instruments"), ("FUT", "bad_columns")])
def test_a_kind_of_contract_that_does_not_fit_its_columns_is_refused(tmp_path: Path, kind: str, reason: str) -> None:
    header = "datetime,name,open,high,low,close,volume,oi,contract_type"
    report = go(tmp_path, "optionvault_csv", "a.csv", [header, f"2026-07-17 09:15:00,NIFTY,5,6,4,5,0,0,{kind}"])
    assert (report.packed, report.total("refused")) == (0, {reason: 1})
