"""Named defects of the shared real files of single vendors, each caught by its rule."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackReport, pack
from tests.shared import shared
from tests.unit.packing.raw import MARKET, packed

pytestmark = pytest.mark.slow


def go(root: Path, folder: str, layout: str, symbol: str) -> PackReport:
    report = pack([shared("data", "nse", *folder.split("/"))], layout, symbol, root, MARKET)
    assert report.balanced
    assert report.rows_in > 0
    return report


def test_the_depth_of_breeze_is_mislabelled_in_every_row_and_chunks_were_sent_twice(tmp_path: Path) -> None:
    (path,) = shared("data", "nse", "stock_fut_ticks_l5_2025").iterdir()
    # Futures of two shares; an index is packed, so one of them is given its code. Nothing else is changed.
    text = gzip.decompress(path.read_bytes()).decode().replace("RELIND,", "NIFTY,")
    (tmp_path / "ticks.csv").write_text(text)
    report = pack([tmp_path / "ticks.csv"], "breeze_l5_csv", "NIFTY", tmp_path, MARKET)
    assert report.rows_in == report.total("noted")["mislabelled_depth"] == 1524
    # 303 lines stand twice, because pieces of the stream were written again. The 17 steps down of the cumulative volume
    # in order of the lines lie where such a piece begins; one is left in order of time.
    assert report.total("dropped") == {"duplicate": 303}
    assert report.total("noted")["volume_reset"] == 1
    future = packed(tmp_path, "futures/NIFTY/202511/exp=2025-11-25/ticks.parquet")
    assert future["timestamp"].is_sorted()
    assert (future["ask"] > future["bid"]).all()
    assert (future["vol_delta"] >= 0).all()
    rows = pl.read_csv(text.encode()).filter(pl.col("Symbol") == "NIFTY")["volume_traded"]
    assert (rows.diff() < 0).sum() == 17
    assert future["vol_delta"].sum() == rows.max() - rows.min()


def test_a_feed_of_every_second_that_stands_still_is_flagged(tmp_path: Path) -> None:
    report = go(tmp_path, "nifty_spot_1s_2022", "spot_1s_csv", "NIFTY")
    frozen = {Path(e.source).name[:10]: e.flagged["frozen_feed"] for e in report.entries if "frozen_feed" in e.flagged}
    # In the raw files both days begin with one price from 09:15:00 to 09:16:40; 40 rows come after more than a minute.
    assert frozen == {"2022-08-29": 40, "2022-09-29": 40}
    assert report.total("flagged")["constant_spot"] == 0


def test_bars_of_years_before_the_calendar_are_dropped_under_that_reason(tmp_path: Path) -> None:
    report = go(tmp_path, "index_1min_2012_2021", "index_1min_csv", "NIFTY")
    by_file = {Path(entry.source).name: entry for entry in report.entries}
    for name in ("2012_DEC_NIFTY.txt.gz", "2015_FEB_NIFTY.txt.gz", "2016_JULY_NIFTY.txt.gz"):
        assert by_file[name].packed == 0
        assert by_file[name].dropped["not_in_calendar"] > 7000
    assert by_file["2016_JULY_NIFTY.txt.gz"].dropped["duplicate"] == 7125
    # 2020_FEB_BIFTY is NIFTY under another name; the Saturday of the budget is a trading day.
    assert by_file["2020_FEB_BIFTY.txt.gz"].packed > 7000
    assert packed(tmp_path, "spot/NIFTY/202002/date=2020-02-01/ticks.parquet").height == 375
    # A Sunday evening; the bars before 18:15 are of the pre-open.
    muhurat = packed(tmp_path, "spot/NIFTY/201910/date=2019-10-27/ticks.parquet")
    assert f"{muhurat['timestamp'].min():%H:%M} {muhurat['timestamp'].max():%H:%M}" == "18:15 19:14"


def test_expired_expiries_that_go_on_being_polled_are_refused_empty(tmp_path: Path) -> None:
    report = go(tmp_path, "option_chain_15min_2019/NIFTY/2019-05-24.tar.gz", "nse_chain_csv", "NIFTY")
    assert report.total("refused")["empty_poll"] > 0
    path = shared("data", "nse", "option_chain_15min_2019", "NIFTY", "2019-08-09.tar.gz")
    empty = pack([path], "nse_chain_csv", "NIFTY", tmp_path / "other", MARKET)
    assert (empty.rows_in, set(empty.total("refused"))) == (0, {"empty_poll"})


def test_contracts_that_were_never_traded_have_no_price(tmp_path: Path) -> None:
    report = go(tmp_path, "vendor_format_rows/tickbytes_tick_BANKNIFTY_OPT.csv", "tickbytes_csv", "BANKNIFTY")
    assert (report.rows_in, report.total("noted")) == (6, {"no_trade_today": 1})
    never = packed(tmp_path, "options/BANKNIFTY/202610/exp=2026-10-27/type=CE/strike=62700.parquet")
    assert never.select("close", "vol_delta", "bid", "ask", "oi").rows() == [(None, 0, 0.0, 529.35, 0)]
    future = go(tmp_path, "vendor_format_rows/tickbytes_tick_NIFTY_FUT.csv", "tickbytes_csv", "NIFTY")
    assert future.total("dropped") == {"outside_session": 4}  # the pre-open, with its crossed quotes and falling volume


def test_one_contract_under_an_anonymous_name_is_known_by_its_columns(tmp_path: Path) -> None:
    report = go(tmp_path, "optionvault_samples/derivatives", "optionvault_csv", "FINNIFTY")
    assert report.total("dropped") == {"duplicate": 50}  # the bars with Greeks repeat those without
    call = packed(tmp_path, "options/FINNIFTY/202607/exp=2026-07-28/type=CE/strike=28800.parquet")
    assert call.height == 50
    assert packed(tmp_path, "futures/FINNIFTY/202607/exp=2026-07-28/ticks.parquet").height == 50


def test_a_tick_of_global_datafeeds_is_the_trade_and_the_quote_it_says(tmp_path: Path) -> None:
    rows = shared("data", "nse", "vendor_format_rows")
    for symbol in ("NIFTY", "FINNIFTY"):
        report = pack(sorted(rows.glob("*_tick_*.NFO.csv")), "auto", symbol, tmp_path, MARKET)
        assert (report.rows_in, report.packed) == (1, 1)
    call = packed(tmp_path, "options/NIFTY/202507/exp=2025-07-03/type=CE/strike=23000.parquet")
    told = ("close", "vol_delta", "oi", "bid", "bid_qty", "ask", "ask_qty")
    assert call.select(told).rows() == [(2551.0, 150, 34575, 2539.85, 75, 2603.55, 975)]
    far = packed(tmp_path, "futures/FINNIFTY/202509/exp=2025-09-30/ticks.parquet")  # FINNIFTY-III on 1 July
    assert far.select(told).rows() == [(27674.0, 65, 65, 0.0, 0, 0.0, 0)]


def test_index_rows_of_truedata_lie_before_the_open_and_after_the_close(tmp_path: Path) -> None:
    report = go(tmp_path, "vendor_format_rows/truedata_index_BANKNIFTY.csv", "truedata_csv", "BANKNIFTY")
    assert (report.rows_in, report.total("dropped")) == (2, {"outside_session": 2})  # 09:07:41 and 15:31:42


def test_a_day_of_the_circuit_breaker_has_a_hole_and_no_made_up_bars(tmp_path: Path) -> None:
    go(tmp_path, "index_1min_2012_2021/2020_MAR_NIFTY.txt.gz", "index_1min_csv", "NIFTY")
    # Lines of the raw file labelled 09:16 to 15:30 on these days, counted apart; a whole day has 375.
    for date, bars in (("2020-03-13", 324), ("2020-03-23", 325)):
        day = packed(tmp_path, f"spot/NIFTY/202003/date={date}/ticks.parquet")
        assert day.height == bars
        assert (day["timestamp"].diff().dt.total_minutes() > 30).sum() == 1
    assert packed(tmp_path, "spot/NIFTY/202003/date=2020-03-12/ticks.parquet").height == 375
