"""End-of-day contracts: reference data in their own place, every row accounted for."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackedDays, PackReport, pack
from nfops.packing.bhavcopy import read_bhavcopy
from tests.shared import shared
from tests.unit.packing.raw import MARKET, packed, tree
from tests.unit.packing.test_shared import NSE

FIELDS = (
    "TradDt,FinInstrmTp,TckrSymb,XpryDt,StrkPric,OptnTp,OpnPric,HghPric,LwPric,ClsPric,LastPric,UndrlygPric,SttlmPric,"
    "OpnIntrst,TtlTradgVol,NewBrdLotQty"
)
FUTURE = "2026-02-03,IDF,NIFTY,2026-02-24,,,26200.00,26320.00,25725.00,25817.10,25823.10,25727.55,25817.10,130,2,65"
EXPIRING = "2026-02-03,IDO,NIFTY,2026-02-03,25800.00,CE,397.95,692.90,0.05,2.55,0.05,25727.55,25727.55,650,3,65"
UNTRADED = "2026-02-03,IDO,NIFTY,2027-06-29,18000.00,CE,0.00,0.00,0.00,4066.45,0.00,25727.55,9062.45,0,0,65"
BANK = "2026-02-03,IDF,BANKNIFTY,2026-02-24,,,60000,60000,60000,60000,60000,60000,60000,30,1,30"
STOCK = "2026-02-03,STF,NIFTYLIKE,2026-02-24,,,1,1,1,1,1,1,1,1,1,1"
DAY = dt.date(2026, 2, 3)


def udiff(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([FIELDS, *lines, ""]))


def go(raw: Path, root: Path, layout: str = "udiff_bhavcopy", symbol: str = "NIFTY") -> PackReport:
    report = pack([raw], layout, symbol, root, MARKET)
    assert report.balanced
    return report


def contracts(root: Path, symbol: str, date: dt.date) -> pl.DataFrame:
    rows = read_bhavcopy(root, symbol, date)
    assert rows is not None
    return rows


def test_contracts_of_a_day_are_kept_apart_from_what_a_run_reads(tmp_path: Path) -> None:
    udiff(tmp_path / "raw" / "a.csv", UNTRADED, EXPIRING, FUTURE, EXPIRING, BANK, STOCK)
    udiff(tmp_path / "raw" / "b.csv", FUTURE, FUTURE.replace("2026-02-03", "2026-01-26"))  # a holiday
    report = go(tmp_path / "raw", tmp_path)
    assert (report.rows_in, report.packed, report.written) == (6, 3, 1)
    assert report.total("dropped") == {"duplicate": 2, "not_a_trading_day": 1}
    assert report.total("noted") == {"no_trade_today": 1}
    assert "holiday" in report.refused_days[dt.date(2026, 1, 26)]
    assert PackedDays.open(tmp_path, "NIFTY").dates() == ()
    assert tree(tmp_path) == {}

    expiring, future, untraded = contracts(tmp_path, "NIFTY", DAY).rows(named=True)
    assert [expiring[name] for name in ("expiry", "strike", "opt_type", "lot_size")] == [DAY, 25800, "CE", 65]
    assert [expiring[name] for name in ("volume_lots", "volume_units", "oi")] == [3, 195, 650]
    # On the expiry day the settlement price of an option is the index.
    assert (expiring["settle"], expiring["index_settle"]) == (None, 25727.55)
    assert (future["strike"], future["opt_type"], future["settle"], future["last"]) == (None, None, 25817.1, 25823.1)
    assert [untraded[name] for name in ("open", "high", "low", "last")] == [None] * 4
    assert (untraded["close"], untraded["settle"], untraded["volume_units"]) == (4066.45, 9062.45, 0)


def test_contracts_are_skipped_when_unchanged_and_removed_with_their_rows(tmp_path: Path) -> None:
    raw = tmp_path / "raw" / "a.csv"
    udiff(raw, FUTURE, FUTURE.replace("2026-02-03", "2026-02-04"))
    assert go(tmp_path / "raw", tmp_path).written == 2
    again = go(tmp_path / "raw", tmp_path)
    assert (again.skipped, again.written) == (1, 0)
    udiff(raw, FUTURE)
    assert go(tmp_path / "raw", tmp_path).written == 1
    assert read_bhavcopy(tmp_path, "NIFTY", dt.date(2026, 2, 4)) is None
    assert contracts(tmp_path, "NIFTY", DAY).height == 1


def test_members_of_the_daily_zip_that_hold_totals_are_no_fault(tmp_path: Path) -> None:
    futures = (
        "INSTRUMENT,SYMBOL    ,EXP_DATE  ,OPEN_PRICE ,HI_PRICE   ,LO_PRICE   ,CLOSE_PRICE,OPEN_INT*      ,TRD_VAL,"
        "TRD_QTY          ,NO_OF_CONT       ,NO_OF_TRADE      \n"
        "FUTIDX    ,NIFTY     ,25/11/2025,00025800.00,00026000.00,00025700.00,00025900.05,000000000150,     1.00,"
        "              225,              003,            2\n"
        "* - OPEN_INT as available in the trading system at the end of trading hours.\n"
    )
    with zipfile.ZipFile(tmp_path / "fo14112025.zip", "w") as archive:
        archive.writestr("fo14112025.csv", futures)
        archive.writestr("futidx14112025.csv", "Index Futures\nSymbol,No\nNIFTY,3\n")
        archive.writestr("op14112025.csv", "INSTRUMENT,SYMBOL\nOPTIDX,NIFTY\n")
        archive.writestr("fohelp.txt", "help")
    report = go(tmp_path / "fo14112025.zip", tmp_path, "legacy_bhavcopy")
    assert report.total("refused") == {"bad_columns": 1}
    assert report.packed == 1
    future = contracts(tmp_path, "NIFTY", dt.date(2025, 11, 14)).row(0, named=True)
    assert [future[name] for name in ("open", "high", "low", "close", "last", "settle")] == [
        25800.0, 26000.0, 25700.0, 25900.05, None, None,
    ]  # fmt: skip
    assert [future[name] for name in ("volume_lots", "volume_units", "oi", "lot_size")] == [3, 225, 150, 75]


def test_the_newer_form_of_a_date_is_read_first(tmp_path: Path) -> None:
    udiff(tmp_path / "raw" / "a.csv", FUTURE)
    go(tmp_path / "raw", tmp_path)
    folder = tmp_path / "bhavcopy" / "NIFTY"
    contracts(tmp_path, "NIFTY", DAY).clear().write_parquet(folder / "2026-02-03.legacy_bhavcopy.parquet")
    assert contracts(tmp_path, "NIFTY", DAY).height == 1
    (folder / "2026-02-03.udiff_bhavcopy.parquet").unlink()
    assert contracts(tmp_path, "NIFTY", DAY).height == 0


@pytest.mark.slow
def test_real_contracts_of_2026_agree_with_the_polls_of_the_day(tmp_path: Path) -> None:
    report = go(shared(*NSE, "bhavcopy_udiff_fo"), tmp_path)
    assert report.total("refused") == {}
    assert len(list((tmp_path / "bhavcopy" / "NIFTY").iterdir())) == 14
    day = contracts(tmp_path, "NIFTY", DAY)
    untraded = day.filter(pl.col("volume_lots") == 0)
    assert round(100 * untraded.height / day.height) == 26
    assert untraded.select(pl.col("open", "high", "low").is_null().all()).row(0) == (True, True, True)
    assert day.filter(pl.col("expiry") == DAY)["index_settle"].unique().to_list() == [25727.55]

    pack([shared(*NSE, "option_chain_5min_2026")], "chain_5min_csv", "NIFTY", tmp_path, MARKET)
    expiring = day.filter(pl.col("expiry") == DAY, pl.col("volume_lots") > 0)
    compared = 0
    for row in expiring.rows(named=True):
        below = f"options/NIFTY/202602/exp=2026-02-03/type={row['opt_type']}/strike={row['strike']}.parquet"
        if (tmp_path / "packed" / below).exists():
            rows = packed(tmp_path, below).filter(pl.col("timestamp").dt.date() == DAY)
            # The polls begin at 09:54 and end at 15:28, so they may miss a part of the day.
            assert rows["vol_delta"].sum() <= row["volume_units"]
            assert row["low"] <= rows["close"].min() <= rows["close"].max() <= row["high"]
            compared += 1
    assert compared > 90


@pytest.mark.slow
def test_real_contracts_of_2025_add_up_to_the_totals_of_the_zip(tmp_path: Path) -> None:
    source = shared(*NSE, "bhavcopy_legacy_fo", "fo14112025.zip")
    with zipfile.ZipFile(source) as archive:
        texts = {kind: archive.read(f"{kind}idx14112025.csv").decode() for kind in ("fut", "opt")}
    totals = {kind: list(csv.reader(io.StringIO(text))) for kind, text in texts.items()}
    for symbol in ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"):
        go(source, tmp_path, "legacy_bhavcopy", symbol)
        day = contracts(tmp_path, symbol, dt.date(2025, 11, 14))
        for kind, mine in (
            ("fut", day.filter(pl.col("opt_type").is_null())), ("opt", day.filter(pl.col("opt_type").is_not_null())),
        ):  # fmt: skip
            lines = [line for line in totals[kind] if line[0].strip() == symbol]
            assert lines
            assert mine["volume_lots"].sum() == sum(int(line[1]) for line in lines)
            assert mine["volume_units"].sum() == sum(int(line[2]) for line in lines)
            assert mine["oi"].sum() == sum(int(line[4]) for line in lines)
