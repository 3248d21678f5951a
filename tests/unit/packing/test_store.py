"""Reading packed rows back by date, files of the old scripts included."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackedDays, pack
from nfops.packing.manifest import read_manifest, true_manifest
from nfops.packing.store import read_contracts, read_spot
from tests.unit.packing.raw import MARKET, at, index_bars, poll, spot, ticks

DAY, NEXT = dt.date(2019, 5, 20), dt.date(2019, 5, 21)
OPTION = "packed/options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet"
SPOT = "packed/spot/NIFTY/201905/date=2019-05-20/ticks.parquet"


def raw(tmp_path: Path) -> Path:
    """Two calls, one of them on two days, the future and the spot."""
    days = [at("2019-05-20 09:15:10"), at("2019-05-21 09:15:10")]
    ticks(tmp_path / "raw" / "nifty1953011800ce.parquet", [{"timestamp": day} for day in days])
    ticks(tmp_path / "raw" / "nifty1953011900ce.parquet", [{"timestamp": days[0]}])
    ticks(tmp_path / "raw" / "nifty_futures.parquet", [{"timestamp": day, "price": 11850.0} for day in days])
    spot(tmp_path / "raw" / "nifty_spot_part_001.parquet", [("2019-05-20 09:15:00", 11800.0)])
    pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    return tmp_path


def test_dates_and_inputs_are_those_of_the_files_that_hold_rows_of_a_date(tmp_path: Path) -> None:
    days = PackedDays.open(raw(tmp_path), "NIFTY")
    assert days.dates() == (DAY, NEXT)
    assert days.dates("spot") == (DAY,)
    assert len(days.inputs(DAY)) == 4
    assert len(days.inputs(NEXT)) == 2
    assert days.inputs(dt.date(2019, 5, 22)) == ()
    hashes = dict(read_manifest(tmp_path).select("path", "content_hash").iter_rows())
    assert f"{OPTION} {hashes[OPTION]}" in days.inputs(NEXT)
    assert PackedDays.open(tmp_path, "BANKNIFTY").dates() == ()


def test_a_day_with_spot_only_has_no_inputs(tmp_path: Path) -> None:
    index_bars(tmp_path / "raw.txt", [("20190520", "09:16", 11800.0)])
    pack([tmp_path / "raw.txt"], "index_1min_csv", "NIFTY", tmp_path, MARKET)
    assert PackedDays.open(tmp_path, "NIFTY").inputs(DAY) == ()


def test_contracts_are_read_for_a_span_of_dates(tmp_path: Path) -> None:
    root = raw(tmp_path)
    both = pl.concat(read_contracts(root, "options", "NIFTY", DAY, NEXT))
    assert both["strike"].to_list() == [11800, 11800, 11900]
    assert both.filter(pl.col("strike") == 11800)["timestamp"].is_sorted()
    assert [frame.height for frame in read_contracts(root, "options", "NIFTY", NEXT, NEXT)] == [1]
    assert [frame.height for frame in read_contracts(root, "futures", "NIFTY", DAY, NEXT)] == [2]
    assert list(read_contracts(root, "options", "NIFTY", dt.date(2019, 6, 1), dt.date(2019, 7, 1))) == []


def test_sources_beside_a_better_one_are_not_read(tmp_path: Path) -> None:
    root = raw(tmp_path)
    poll(tmp_path / "chain", "20-05-2019_09:16", {11800: ("101", "2")}, "11830")
    before = PackedDays.open(root, "NIFTY").inputs(NEXT)
    pack([tmp_path / "chain"], "nse_chain_csv", "NIFTY", root, MARKET)
    calls = pl.concat(read_contracts(root, "options", "NIFTY", DAY, DAY)).filter(pl.col("opt_type") == "CE")
    assert calls["kind"].to_list() == ["tick", "tick"]
    seen = read_spot(root, "NIFTY", DAY)
    assert seen is not None
    assert seen["close"].to_list() == [11800.0]
    assert PackedDays.open(root, "NIFTY").inputs(NEXT) == before


def legacy(root: Path, stamp: pl.Expr) -> None:
    """Files as the old scripts wrote them: no quotes, no kind; the spot without vol_delta."""
    times = pl.DataFrame({"timestamp": [at("2019-05-20 09:15:11"), at("2019-05-20 09:15:10")], "close": [2.0, 1.0]})
    prices = [pl.col("close").alias(name) for name in ("open", "high", "low")]
    terms = {"symbol": "NIFTY", "opt_type": "CE", "strike": 11800, "vol_delta": 7, "expiry_type": "monthly"}
    expiry = pl.lit(dt.date(2019, 5, 30)).alias("expiry")
    option = times.select(
        stamp,
        *prices,
        "close",
        expiry,
        *(pl.lit(value).alias(name) for name, value in terms.items()),
    )
    index = times.select(stamp, *prices, "close", symbol=pl.lit("NIFTY"), trade_date=pl.lit(DAY))
    for name, frame in ((OPTION, option), (SPOT, index)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(root / name)


STAMPS = {
    "microseconds": pl.col("timestamp").cast(pl.Datetime("us")),
    "text": pl.col("timestamp").dt.strftime("%Y-%m-%d %H:%M:%S"),
    "zone": pl.col("timestamp").dt.replace_time_zone("Asia/Kolkata"),
}


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS.keys())
def test_files_of_the_old_scripts_are_found_and_read(tmp_path: Path, stamp: pl.Expr) -> None:
    legacy(tmp_path, stamp)
    days = PackedDays.open(tmp_path, "NIFTY")
    assert days.dates() == days.dates("spot") == (DAY,)
    assert set(days.manifest["layout"]) == {"legacy"}
    (options,) = read_contracts(tmp_path, "options", "NIFTY", DAY, DAY)
    assert [f"{moment:%H:%M:%S %z}" for moment in options["timestamp"]] == ["09:15:10 +0530", "09:15:11 +0530"]
    assert options["close"].to_list() == [1.0, 2.0]
    assert "kind" not in options.columns
    index = read_spot(tmp_path, "NIFTY", DAY)
    assert index is not None
    assert index.schema["timestamp"] == pl.Datetime("ns", "Asia/Kolkata")
    assert index["close"].to_list() == [1.0, 2.0]


def test_new_rows_never_mix_with_those_of_the_old_scripts(tmp_path: Path) -> None:
    legacy(tmp_path, STAMPS["microseconds"])
    old = (tmp_path / OPTION).read_bytes()
    index_bars(tmp_path / "bars.txt", [("20190520", "09:16", 11800.0)])
    pack([tmp_path / "bars.txt"], "index_1min_csv", "NIFTY", tmp_path, MARKET)
    kept = read_spot(tmp_path, "NIFTY", DAY)
    assert kept is not None
    assert kept["close"].to_list() == [1.0, 2.0]  # ticks of the old scripts are finer than bars

    raw(tmp_path)
    assert pl.read_parquet(tmp_path / OPTION, glob=False)["kind"].to_list() == ["tick", "tick"]
    assert (tmp_path / OPTION.replace(".parquet", ".legacy.parquet")).read_bytes() == old
    fresh = read_spot(tmp_path, "NIFTY", DAY)
    assert fresh is not None
    assert fresh["close"].to_list() == [11800.0]
    assert "legacy" not in PackedDays.open(tmp_path, "NIFTY").manifest["layout"]


def test_the_manifest_follows_files_that_were_changed_or_removed_by_other_means(tmp_path: Path) -> None:
    root = raw(tmp_path)
    assert true_manifest(root).equals(read_manifest(root))
    before = PackedDays.open(root, "NIFTY").inputs(DAY)
    frame = pl.read_parquet(root / OPTION, glob=False)
    frame.head(1).write_parquet(root / OPTION)
    (root / SPOT).unlink()
    after = PackedDays.open(root, "NIFTY")
    assert after.dates("spot") == ()
    assert len(after.inputs(DAY)) == 3
    assert len(set(before) & set(after.inputs(DAY))) == 2
    assert after.inputs(NEXT) == ()  # the only option rows of that date are gone
