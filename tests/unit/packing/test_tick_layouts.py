"""Ticks of single contracts as the vendors write them, on a few lines written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nfops.packing import PackReport, pack
from tests.unit.packing.raw import MARKET, packed

KITE = "BANKNIFTY21SEP35300CE_2021_08_20.txt"
CALL = "options/BANKNIFTY/202109/exp=2021-09-30/type=CE/strike=35300.parquet"


def go(raw: Path, layout: str, root: Path, symbol: str = "BANKNIFTY") -> PackReport:
    report = pack([raw], layout, symbol, root, MARKET)
    assert report.balanced
    return report


def full_tick(when: str, price: float, volume: int, traded: str = "", bid: float = 750.0) -> str:
    """Print a full tick as Python does."""
    tick: dict[str, Any] = {
        "tradable": True, "mode": "full", "last_price": price, "volume": volume,
        "ohlc": {"open": 840.25, "high": 936.95, "low": 743.9, "close": 1064.3}, "change": None,
        "last_trade_time": traded or when, "oi": 6375, "timestamp": when,
        "depth": {
            "buy": [{"quantity": 25, "price": bid, "orders": 1}, {"quantity": 0, "price": 0.0, "orders": 0}],
            "sell": [{"quantity": 50, "price": 782.0, "orders": 1}],
        },
    }  # fmt: skip
    return f"{tick}\n"


def test_full_ticks_are_turned_round_and_yesterdays_trade_is_no_price(tmp_path: Path) -> None:
    lines = [
        full_tick("2021-08-20T15:30:01", 760.8, 175),
        full_tick("2021-08-20T10:00:00", 761.0, 150, bid=0.0),
        full_tick("2021-08-20T10:00:00", 760.0, 125),
        full_tick("2021-08-20T10:00:00", 760.0, 125),
        full_tick("2021-08-20T09:15:30", 1064.3, 0, "2021-08-19T15:20:00"),
        full_tick("1970-01-01T05:30:00", 1064.3, 0, "2021-08-18T15:26:48"),
    ]
    (tmp_path / KITE).write_text("".join(lines))
    report = go(tmp_path / KITE, "kite_ticks_text", tmp_path)

    call = packed(tmp_path, CALL)
    assert [f"{stamp:%H:%M:%S}" for stamp in call["timestamp"]] == ["09:15:30", "10:00:00", "10:00:00"]
    assert call["close"].to_list() == [None, 760.0, 761.0]
    assert call["vol_delta"].to_list() == [0, 125, 25]
    assert call.select("oi", "bid", "bid_qty", "ask", "ask_qty", "kind").row(1) == (6375, 750.0, 25, 782.0, 50, "tick")
    assert call["bid"].to_list() == [750.0, 750.0, 0.0]
    assert report.total("dropped") == {"duplicate": 1, "epoch_timestamp": 1, "outside_session": 1}
    assert report.total("noted") == {"stale_trade": 1}
    assert report.rows_in == 6


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("__import__('os').getcwd()\n", "bad_line"),
        ("{'a': \"it's\"}\n", "bad_line"),
        ("{'a': 'b\\'c'}\n", "bad_line"),
        ("{'last_price': }\n", "bad_line"),
        ("\n\n", "empty_file"),
    ],
)
def test_lines_that_are_no_plain_dicts_refuse_the_file(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / KITE).write_text(text)
    assert go(tmp_path / KITE, "kite_ticks_text", tmp_path).total("refused") == {reason: 1}


def test_a_line_that_broke_off_costs_no_other(tmp_path: Path) -> None:
    whole = [full_tick(f"2021-08-20T10:00:0{second}", 760.0 + second, 100 + second) for second in range(5)]
    garbled = full_tick("20-08-2021 10:00", 760.0, 200)
    (tmp_path / KITE).write_text("".join([*whole[:3], garbled, "\0\0\n", *whole[3:], whole[0][:90]]))
    report = go(tmp_path / KITE, "kite_ticks_text", tmp_path)
    assert (report.rows_in, report.packed) == (8, 5)
    assert report.total("dropped") == {"bad_line": 2, "bad_value": 1}
    assert packed(tmp_path, CALL)["close"].to_list() == [764.0, 763.0, 762.0, 761.0, 760.0][::-1]


def test_full_ticks_of_futures_and_others_are_not_packed(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for name in ("BANKNIFTY21SEPFUT_x.txt", "NIFTY21SEP17000CE_x.txt", "notes.txt"):
        (tmp_path / "raw" / name).write_text(full_tick("2021-08-20T10:00:00", 760.0, 125))
    report = go(tmp_path / "raw", "kite_ticks_text", tmp_path)
    assert report.packed == 0
    assert report.total("refused") == {"bad_ticker": 1, "other_segment": 1}
