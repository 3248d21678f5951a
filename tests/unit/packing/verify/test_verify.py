"""Verification of a data root: files, calendar, sources against each other; sound data, then harmed data."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.packing import PackedDays, pack
from nfops.packing.layouts import LAYOUTS
from nfops.packing.sources import expand
from nfops.packing.verify import VerifyReport, verify
from nfops.packing.verify.official import match, official_findings
from nfops.packing.write import SCHEMA_VERSION
from nfops.report import write_coverage
from tests import legacy_files
from tests.shared import shared
from tests.unit.packing.raw import MARKET, at, index_bars, spot, ticks

OPTION = "packed/options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet"
SPOT = "packed/spot/NIFTY/201905/date=2019-05-20/ticks.parquet"
NSE = ("data", "nse")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two days of a call, the future and the spot, a price every five minutes."""
    when = [at(f"2019-05-{day} 09:15:10") + dt.timedelta(minutes=5 * n) for day in (20, 21) for n in range(75)]
    prices = [1275.0 + n % 11 * 0.05 for n in range(150)]
    ticks(
        tmp_path / "raw" / "nifty1953011800ce.parquet",
        [{"timestamp": t, "price": p, "volume": 100 * n} for n, (t, p) in enumerate(zip(when, prices, strict=True))],
    )
    for day in (20, 21):
        path = tmp_path / "raw" / f"nifty_spot_part_00{day - 19}.parquet"
        spot(path, [(str(t), 11_800.0 + n % (13 + day)) for n, t in enumerate(when) if t.day == day])
    pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    return tmp_path


def rules(report: VerifyReport) -> dict[str, str]:
    return {finding.rule: f"{finding.where}: {finding.text}" for finding in report.findings}


def test_sound_data_has_no_finding_and_is_counted(root: Path) -> None:
    report = verify(root, MARKET)
    assert report.findings == ()
    assert (report.files, report.rows) == (3, 300)
    assert (
        report.coverage.select("symbol", "options", "spot", "contracts", "strikes", "expiries").rows()
        == [("NIFTY", 75, 75, 1, 1, 1)] * 2
    )


def test_the_report_does_not_depend_on_the_processes(root: Path) -> None:
    assert verify(root, MARKET, workers=2).to_json() == verify(root, MARKET).to_json()


def test_a_file_that_is_gone_or_has_other_bytes_is_an_error(root: Path) -> None:
    (root / SPOT).unlink()
    option = pl.read_parquet(root / OPTION, glob=False, hive_partitioning=False)
    option.head(149).write_parquet(root / OPTION)
    found = rules(verify(root, MARKET))
    assert found["missing_file"] == f"{SPOT}: 75 rows are gone"
    assert found["changed_file"].startswith(f"{OPTION}: its hash is not the one of the manifest")
    assert found["rows_differ"] == f"{OPTION}: 149 rows, the manifest says 150"
    assert verify(root, MARKET).errors >= 3


def test_a_changed_file_stays_an_error_after_others_have_looked_at_the_folder(root: Path) -> None:
    option = pl.read_parquet(root / OPTION, glob=False, hive_partitioning=False)
    option.with_columns(pl.col("close") + 1).write_parquet(root / OPTION)
    PackedDays.open(root, "NIFTY")
    assert "changed_file" in rules(verify(root, MARKET))
    (root / "raw" / "nifty1953011800ce.parquet").touch()
    pack([root / "raw"], "nfopslab", "NIFTY", root, MARKET)
    # What was found there is set aside, not lost.
    aside = OPTION.replace(".parquet", ".legacy.parquet")
    assert rules(verify(root, MARKET)) == {"unknown_file": f"{aside}: not in the manifest"}


def test_bytes_that_are_no_parquet_are_an_error_and_stop_nothing(root: Path) -> None:
    (root / OPTION).write_bytes((root / OPTION).read_bytes()[:-20])
    report = verify(root, MARKET)
    assert {"unreadable", "changed_file"} <= rules(report).keys()
    assert report.coverage["spot"].to_list() == [75, 75]


def test_files_nobody_packed_and_files_of_older_rules_are_told(root: Path) -> None:
    other = root / OPTION.replace("11800", "11900")
    pl.read_parquet(root / OPTION, glob=False, hive_partitioning=False).write_parquet(other)
    manifest = root / "meta" / "packed_manifest.parquet"
    old = pl.col("path") == SPOT
    before = pl.when(old).then(SCHEMA_VERSION - 1).otherwise("schema_version").cast(pl.Int32).alias("schema_version")
    pl.read_parquet(manifest, glob=False).with_columns(before).write_parquet(manifest)
    report = verify(root, MARKET)
    assert rules(report) == {
        "unknown_file": f"{OPTION.replace('11800', '11900')}: not in the manifest",
        "old_schema": f"{SPOT}: version {SCHEMA_VERSION - 1}, now {SCHEMA_VERSION}",
    }
    assert (report.errors, report.warnings) == (0, 2)


def test_days_and_expiries_missing_in_between_are_named(root: Path) -> None:
    later = [(str(at("2019-05-27 09:15:10") + dt.timedelta(minutes=5 * n)), 11_900.0 + n % 17) for n in range(75)]
    spot(root / "raw" / "nifty_spot_part_003.parquet", later)
    moments = [{"timestamp": at(when), "price": 90.0 + n % 9 * 0.05} for n, (when, _) in enumerate(later)]
    ticks(root / "raw" / "nifty1953011700pe.parquet", [{**row, "opt_type": "PE"} for row in moments])
    pack([root / "raw"], "nfopslab", "NIFTY", root, MARKET)
    found = [(f.rule, f.count, f.text) for f in verify(root, MARKET).findings]
    between = "3 days of {}: 2019-05-22, 2019-05-23, 2019-05-24"
    assert found == [
        ("missing_day", 3, between.format("options")),
        ("missing_day", 3, between.format("spot")),
        ("missing_expiry", 1, "1 expiries: 2019-05-23"),
    ]


def test_a_day_with_the_prices_of_the_day_before_is_replayed(root: Path) -> None:
    first = pl.read_parquet(root / SPOT, glob=False, hive_partitioning=False)
    again = first.with_columns(pl.col("timestamp").dt.offset_by("1d"), pl.col("trade_date").dt.offset_by("1d"))
    again.write_parquet(root / SPOT.replace("05-20", "05-21"))
    found = rules(verify(root, MARKET))
    assert found["replayed_day"] == f"{SPOT.replace('05-20', '05-21')}: every price is that of 2019-05-20"


def test_bars_of_another_vendor_are_compared_minute_by_minute(root: Path) -> None:
    bars = [("20190520", f"{9 + (15 + 5 * n) // 60:02d}:{(16 + 5 * n) % 60:02d}", 11_800.0 + n % 33) for n in range(75)]
    bars[3] = (*bars[3][:2], 11_820.0)  # is 11,803 in the ticks
    index_bars(root / "bars" / "2019_MAY_NIFTY.txt", bars)
    pack([root / "bars"], "index_1min_csv", "NIFTY", root, MARKET)
    report = verify(root, MARKET)
    assert rules(report) == {"bars_differ": f"{SPOT}: 1 of 75 minutes"}


def test_an_option_close_of_the_old_scripts_that_is_yesterdays_is_an_error(tmp_path: Path) -> None:
    when = [f"2019-05-20 09:{minute:02d}:00" for minute in range(15, 60)]
    legacy_files.option(tmp_path, "NIFTY", "2019-05-23", "CE", 11_800, [(clock, 1302.05, 75) for clock in when])
    moving = [(clock, 90.0 + at * 0.05, 75) for at, clock in enumerate(when)]
    legacy_files.option(tmp_path, "NIFTY", "2019-05-23", "PE", 11_800, moving, stamp=legacy_files.TEXT)
    report = verify(tmp_path, MARKET)
    assert [(f.rule, f.date, f.count, f.text) for f in report.findings if f.level == "error"] == [
        ("legacy_close", dt.date(2019, 5, 20), 45, "1,302.05 in 45 rows")
    ]
    assert report.by_rule()["unknown_file"] == 2
    assert report.coverage["options"].to_list() == [90]


def test_the_report_is_written_as_json_and_as_a_page(root: Path) -> None:
    (root / SPOT).unlink()
    report = verify(root, MARKET)
    told = json.loads(report.to_json())
    assert (told["errors"], told["rules"]) == (1, {"missing_file": 1})
    assert told["findings"][0]["where"] == SPOT
    assert [day["date"] for day in told["coverage"]] == ["2019-05-20", "2019-05-21"]
    page = write_coverage(report, MARKET, root / "seen" / "verify.html")
    text = page.read_text(encoding="utf-8")
    assert "missing_file" in text
    assert "<svg" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_nothing_packed_and_unknown_indices_are_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing of any index is packed"):
        verify(tmp_path, MARKET)
    with pytest.raises(ConfigError, match="'NIFTI' is no known index"):
        verify(tmp_path, MARKET, ["NIFTI"])


def contracts(**changed: object) -> pl.DataFrame:
    """Ten contracts of lot 75 as packed, one lot each traded."""
    usual = {"expiry": dt.date(2019, 5, 30), "right": "CE", "last": 10.0, "volume": 75, "oi": 750, "whole": True,
             "end_s": 20.0, **changed}  # fmt: skip
    return pl.DataFrame([{**usual, "strike": 11_000 + 100 * at} for at in range(10)])


def official() -> pl.DataFrame:
    return contracts().select(
        "expiry", pl.col("right").alias("opt_type"), "strike", "last", "oi", pl.lit(1).alias("volume_lots"),
        pl.lit(75).alias("volume_units"), pl.lit(75).alias("lot_size"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("unlisted_contract", {"right": "PE"}),
        ("volume_above", {"volume": 76}),
        ("volume_units", {"volume": 1}),
        ("last_differs", {"last": 10.2}),
        ("oi_differs", {"oi": 10}),
    ],
)
def test_contracts_unlike_the_exchanges_are_told(rule: str, changed: dict[str, object]) -> None:
    day = dt.date(2019, 5, 20)
    assert list(official_findings(match(contracts(), official()), "NIFTY", day)) == []
    told = list(official_findings(match(contracts(**changed), official()), "NIFTY", day))
    assert [finding.rule for finding in told] == [rule]


def test_a_feed_that_ends_early_is_not_held_against_the_close() -> None:
    found = match(contracts(end_s=601.0, last=20.0, volume=1), official())
    assert (found.last_off, found.units_per_lot) == (None, None)


@pytest.mark.slow
@pytest.mark.parametrize(("symbol", "lot"), [("NIFTY", 65), ("BANKNIFTY", 30)])
def test_the_last_poll_of_2026_02_03_is_the_exchanges_end_of_day(symbol: str, lot: int, tmp_path: Path) -> None:
    day = dt.date(2026, 2, 3)
    for folder, layout in (("bhavcopy_udiff_fo", "udiff_bhavcopy"), ("option_chain_5min_2026", "chain_5min_csv")):
        pack([shared(*NSE, folder)], layout, symbol, tmp_path, MARKET)
    report = verify(tmp_path, MARKET)
    found = report.matches[symbol, day]
    assert (found.contracts, found.unlisted, found.volume_above) == ({"NIFTY": 202, "BANKNIFTY": 258}[symbol], 0, 0)
    assert (found.units_per_lot, found.lot_size) == (float(lot), lot)
    assert report.errors == 0

    # The polls go on in the evening, with the whole day's volume and the last price.
    from_raw = _evening(shared(*NSE, "option_chain_5min_2026"), symbol)
    whole = match(from_raw, pl.read_parquet(tmp_path / "bhavcopy" / symbol / f"{day}.udiff_bhavcopy.parquet"))
    assert whole.contracts > 190
    assert (whole.last_equal, whole.units_per_lot) == (1.0, lot)


def _evening(folder: Path, symbol: str) -> pl.DataFrame:
    """Read the last poll of the day as it is in the raw file."""
    layout = LAYOUTS["chain_5min_csv"]
    files = [file for file in expand([folder], layout.suffixes) if "2026-02-03_18-48" in file.name]
    (piece,) = [piece for piece in layout.read(files[0], symbol, MARKET) if piece.segment == "options"]
    rows = piece.frame.filter(pl.col("day_volume") > 0)
    return rows.select(
        "expiry", pl.col("opt_type").alias("right"), "strike", pl.col("close").alias("last"),
        pl.col("day_volume").alias("volume"), "oi", pl.lit(value=True).alias("whole"), pl.lit(0.0).alias("end_s"),
    )  # fmt: skip


def _independent_rows(dataset: str) -> int:
    rows = pl.read_csv(shared("expected", "grid_spot.csv")).filter(pl.col("dataset") == dataset)["rows"]
    return int(rows.sum())


@pytest.mark.slow
def test_ticks_of_2021_agree_with_another_vendors_bars_of_the_day(tmp_path: Path) -> None:
    pack([shared(*NSE, "options_1min_kite_2021")], "kite_bars_csv", "NIFTY", tmp_path, MARKET)
    pack([shared(*NSE, "index_ticks_2021", "51.11-June-2021")], "index_ticks_csv", "NIFTY", tmp_path, MARKET)
    report = verify(tmp_path, MARKET)
    (compared,) = [day for day in report.coverage.to_dicts() if day["options"]]
    assert (compared["date"], compared["contracts"], compared["strikes"]) == (dt.date(2021, 6, 11), 12, 6)
    assert compared["spot"] == _independent_rows("kite1m_tickspot_2021")
    assert {"bars_differ", "parity_off"} & rules(report).keys() == set()


@pytest.mark.parametrize("brought", [False, True], ids=["as they lie", "brought into our form"])
def test_options_of_the_old_scripts_are_judged_also_where_others_share_their_file(
    tmp_path: Path, brought: bool
) -> None:
    place = tmp_path / "old" if brought else tmp_path
    still = [(f"2019-05-20 09:{15 + s // 60}:{s % 60:02d}", 120.0, 75) for s in range(40)]
    legacy_files.option(place, "NIFTY", "2019-05-30", "CE", 11800, still)
    if brought:
        pack([place], "packed_legacy", "NIFTY", tmp_path, MARKET)
    rows = [{"timestamp": at(f"2019-05-21 09:15:{s:02d}"), "price": 99.0} for s in range(40)]
    ticks(tmp_path / "raw" / "nifty1953011800ce.parquet", rows)
    pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    found = [finding for finding in verify(tmp_path, MARKET).findings if finding.rule == "legacy_close"]
    assert [(finding.where, str(finding.date), finding.count) for finding in found] == [(OPTION, "2019-05-20", 40)]
