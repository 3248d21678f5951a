"""Polls of several indices in one file, on a few lines written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfops.packing import PackReport, pack
from tests.unit.packing.raw import MARKET, index_bars, packed

HEADER = "Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,PE_LTP,PE_OI,PE_Volume,Spot,%Change,timestamp,Max_Pain\n"
STOCKS = HEADER.replace("Symbol", "Stock").replace("Spot,%Change", "Stock_LTP,Stock_High,Stock_Low,Stock_%_Change")
CHAIN = "options/NIFTY/202602/exp=2026-02-03"


def poll(path: Path, when: str, lines: Sequence[tuple[str, str, int, float, int, float]]) -> None:
    """Write lines of symbol, expiry, strike, call price, call volume, spot; puts trade at 7 with volume 65."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (f"{s},{e},{k}.0,{price},1300,{volume},7.0,2600,65,{spot},0.1,{when},1\n" for s, e, k, price, volume, spot in lines)  # fmt: skip # noqa: E501
    path.write_text(HEADER + "".join(text))


def go(raw: Path, root: Path, symbol: str = "NIFTY") -> PackReport:
    report = pack([raw], "chain_5min_csv", symbol, root, MARKET)
    assert report.balanced
    return report


def test_a_poll_is_stamped_to_the_second_and_its_volume_is_in_units(tmp_path: Path) -> None:
    mine = ("NIFTY", "2026-02-03", 25000)
    bank = ("BANKNIFTY", "2026-02-24", 58000, 900.0, 30, 58100.0)
    poll(tmp_path / "raw" / "a.csv", "2026-02-02 09:15:30", [(*mine, 101.5, 130, 25010.0), bank])
    poll(tmp_path / "raw" / "b.csv", "2026-02-02 09:20:31", [(*mine, 0.0, 0, 25011.0), bank])
    poll(tmp_path / "raw" / "c.csv", "2026-02-02 09:25:32", [(*mine, 99.0, 325, 25012.0), bank])
    poll(tmp_path / "raw" / "d.csv", "2026-02-02 15:31:00", [(*mine, 98.0, 325, 25013.0), bank])
    report = go(tmp_path / "raw", tmp_path)

    call = packed(tmp_path, f"{CHAIN}/type=CE/strike=25000.parquet")
    assert [f"{stamp:%H:%M:%S}" for stamp in call["timestamp"]] == ["09:15:30", "09:20:31", "09:25:32"]
    assert call["close"].to_list() == [101.5, None, 99.0]
    assert call["vol_delta"].to_list() == [130, 0, 195]  # seen first 30 s after the open
    assert call.select("oi", "bid", "ask_qty", "kind").row(0) == (1300, None, None, "snapshot")
    assert packed(tmp_path, "spot/NIFTY/202602/date=2026-02-02/ticks.parquet")["close"].to_list() == [
        25010.0, 25011.0, 25012.0,
    ]  # fmt: skip
    assert (report.rows_in, report.packed) == (8, 6)
    assert report.total("dropped") == {"outside_session": 2}
    # The bank's polls show the same all day.
    assert go(tmp_path / "raw", tmp_path, "BANKNIFTY").total("dropped") == {"frozen_snapshot": 6, "outside_session": 2}


def test_a_poll_that_was_seen_at_night_is_frozen(tmp_path: Path) -> None:
    line = ("NIFTY", "2026-02-03", 25000, 101.5, 130, 25010.0)
    poll(tmp_path / "raw" / "night.csv", "2026-02-03 01:25:00", [line])
    poll(tmp_path / "raw" / "day.csv", "2026-02-03 10:00:00", [line])
    assert go(tmp_path / "raw", tmp_path).total("dropped") == {"frozen_snapshot": 2, "outside_session": 2}


def test_a_poll_without_a_spot_gives_none_and_cannot_mismatch(tmp_path: Path) -> None:
    index_bars(tmp_path / "bars.txt", [("20260202", "10:01", 13000.0)], symbol="MIDCPNIFTY")
    pack([tmp_path / "bars.txt"], "index_1min_csv", "MIDCPNIFTY", tmp_path, MARKET)
    line = ("MIDCPNIFTY", "2026-02-24", 13000, 101.5, 120, 0.0)
    poll(tmp_path / "raw" / "a.csv", "2026-02-02 10:00:30", [line])
    report = go(tmp_path / "raw", tmp_path, "MIDCPNIFTY")
    assert (report.packed, report.total("dropped")) == (2, {})
    assert not list((tmp_path / "packed" / "spot").rglob("*chain_5min*"))


def test_polls_of_stocks_of_no_expiry_and_of_other_indices_are_not_packed(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    poll(raw / "bank.csv", "2026-02-02 10:00:00", [("BANKNIFTY", "2026-02-24", 58000, 900.0, 30, 58100.0)])
    poll(raw / "odd.csv", "2026-02-02 10:00:00", [("NIFTY", "2026-02-04", 25000, 900.0, 65, 25010.0)])
    (raw / "stocks.csv").write_text(STOCKS + "ABB,2026-02-24,920.0,0,0,0,2.05,2,3,1160,1188,1150,4.4,2026-02-02 10:00:00,1\n")  # fmt: skip # noqa: E501
    (raw / "lines.csv").write_text("Symbol,Expiry\nNIFTY,2026-02-03\n")
    report = go(raw, tmp_path)
    assert (report.rows_in, report.packed) == (0, 0)
    assert report.total("refused") == {"bad_columns": 1, "stock_poll": 1, "unknown_expiry": 1}
