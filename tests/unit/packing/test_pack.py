"""Packing as a whole: what is packed again and what is not, in any order, by any number of workers."""

from __future__ import annotations

import datetime as dt
import fcntl
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import ConfigError, DataError
from nfops.market import Market, Session
from nfops.packing import PackReport, crew, pack, plan
from nfops.packing.layouts import nfopslab
from nfops.packing.ledger import Ledger
from nfops.packing.manifest import read_counts, read_manifest
from nfops.packing.sources import RawFile, expand
from tests.unit.packing.raw import MARKET, at, index_bars, packed, poll, spot, ticks, tree

CALL = "options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet"
SPOT = "spot/NIFTY/201905/date=2019-05-20"


def contract(raw: Path, strike: int, times: Sequence[str], name: str = "") -> Path:
    """Raw ticks of a NIFTY call that trades a lot at each time."""
    rows = [{"timestamp": at(time), "volume": 75 * (n + 1), "symbol": "NIFTY"} for n, time in enumerate(times)]
    return ticks(raw / (name or f"nifty19530{strike}ce.parquet"), rows)


def chain(raw: Path) -> None:
    """Three polls; the second one's spot is of another day."""
    poll(raw, "20-05-2019_09:16", {11800: ("101", "2")}, "11830")
    poll(raw, "20-05-2019_09:30", {11800: ("102", "3")}, "11400")
    poll(raw, "20-05-2019_09:45", {11800: ("103", "4")}, "11840")


def bars(raw: Path) -> None:
    """Index bars of the minutes of these polls."""
    closes = {"09:17": 11830.0, "09:31": 11835.0, "09:46": 11840.0}
    index_bars(raw / "2019_MAY.txt", [("20190520", minute, close) for minute, close in closes.items()])


def go(raw: Path, layout: str, root: Path, workers: int = 1) -> PackReport:
    return pack([raw], layout, "NIFTY", root, MARKET, workers=workers)


def test_unchanged_files_are_skipped_and_changed_ones_replace_exactly_what_they_gave(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    contract(raw, 11800, ["2019-05-20 09:15:10", "2019-05-21 09:15:10"])
    contract(raw, 11900, ["2019-05-20 09:15:10"])
    first = go(raw, "nfopslab", tmp_path)
    assert (len(first.entries), first.skipped, first.written) == (2, 0, 2)
    before = tree(tmp_path)

    again = go(raw, "nfopslab", tmp_path)
    assert (len(again.entries), again.skipped, again.written) == (0, 2, 0)
    assert tree(tmp_path) == before

    contract(raw, 11800, ["2019-05-20 09:15:10", "2019-05-20 09:15:20", "2019-05-22 09:15:10"])
    changed = go(raw, "nfopslab", tmp_path)
    assert (len(changed.entries), changed.skipped) == (1, 1)
    days = packed(tmp_path, CALL)["timestamp"].dt.date().cast(str).to_list()
    assert days == ["2019-05-20", "2019-05-20", "2019-05-22"]  # 05-21 is gone with its raw row


def test_a_contract_of_which_no_row_is_left_is_removed(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    contract(raw, 11800, ["2019-05-20 09:15:10"])
    go(raw, "nfopslab", tmp_path)
    contract(raw, 11800, ["2019-06-05 09:15:10"])  # a holiday
    go(raw, "nfopslab", tmp_path)
    assert tree(tmp_path) == {}
    assert read_manifest(tmp_path).is_empty()


def test_rows_of_raw_files_that_are_gone_stay(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    old = contract(raw / "may", 11800, ["2019-05-20 09:15:10", "2019-05-21 09:15:10"])
    go(raw, "nfopslab", tmp_path)
    old.unlink()
    contract(raw / "june", 11800, ["2019-05-21 09:15:30", "2019-05-22 09:15:10"])
    go(raw, "nfopslab", tmp_path)
    stamps = packed(tmp_path, CALL)["timestamp"].dt.strftime("%d %H:%M:%S").to_list()
    assert stamps == ["20 09:15:10", "21 09:15:30", "22 09:15:10"]


def test_files_of_one_contract_packed_one_after_the_other_are_cleaned_together(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    contract(raw / "a", 11800, ["2019-05-20 09:15:10", "2019-05-20 09:15:11"])
    go(raw / "a", "nfopslab", tmp_path)
    rows = [{"timestamp": at("2019-05-20 09:15:12"), "volume": 250, "symbol": "NIFTY"}]
    ticks(raw / "b" / "nifty19may11800ce.parquet", rows)  # the monthly name of the same contract
    go(raw / "b", "nfopslab", tmp_path)
    assert packed(tmp_path, CALL)["vol_delta"].to_list() == [75, 75, 100]


def test_when_a_packed_file_was_deleted_its_raw_file_is_packed_again(tmp_path: Path) -> None:
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:15:10"])
    go(tmp_path / "raw", "nfopslab", tmp_path)
    (tmp_path / "packed" / CALL).unlink()
    assert go(tmp_path / "raw", "nfopslab", tmp_path).written == 1
    assert packed(tmp_path, CALL).height == 1


def test_polls_are_checked_against_the_index_in_any_order_of_packing(tmp_path: Path) -> None:
    chain(tmp_path / "chain")
    bars(tmp_path / "bars")
    one, two = tmp_path / "one", tmp_path / "two"
    first = go(tmp_path / "chain", "nse_chain_csv", one)
    assert first.total("dropped") == {}
    later = go(tmp_path / "bars", "index_1min_csv", one)
    assert [(entry.dropped, entry.packed) for entry in later.rechecked if entry.dropped] == [({"spot_mismatch": 2}, 0)]
    go(tmp_path / "bars", "index_1min_csv", two)
    second = go(tmp_path / "chain", "nse_chain_csv", two)
    assert second.total("dropped") == {"spot_mismatch": 2}

    assert tree(one) == tree(two)
    assert packed(one, CALL)["close"].to_list() == [101.0, 103.0]
    assert packed(one, f"{SPOT}/ticks.parquet")["kind"].unique().to_list() == ["bar"]
    assert packed(one, f"{SPOT}/ticks.nse_chain_csv.parquet")["close"].to_list() == [11830.0, 11840.0]


def test_a_contract_whose_every_poll_mismatches_goes_when_the_bars_arrive(tmp_path: Path) -> None:
    poll(tmp_path / "chain", "20-05-2019_09:30", {11800: ("102", "3")}, "11400")
    bars(tmp_path / "bars")
    go(tmp_path / "chain", "nse_chain_csv", tmp_path)
    assert len(tree(tmp_path)) == 3
    go(tmp_path / "bars", "index_1min_csv", tmp_path)
    assert list(tree(tmp_path)) == [f"packed/{SPOT}/ticks.parquet"]


def test_polls_that_cannot_be_checked_because_they_are_gone_are_named(tmp_path: Path) -> None:
    path = poll(tmp_path / "chain", "20-05-2019_09:30", {11800: ("102", "3")}, "11400")
    bars(tmp_path / "bars")
    go(tmp_path / "chain", "nse_chain_csv", tmp_path)
    path.unlink()
    report = go(tmp_path / "bars", "index_1min_csv", tmp_path)
    assert len(report.unchecked) == 1
    assert str(path) in report.findings[0]


def test_of_several_spot_sources_the_finest_is_used_whatever_the_order(tmp_path: Path) -> None:
    chain(tmp_path / "chain")
    bars(tmp_path / "bars")
    spot(tmp_path / "ticks" / "nifty_spot_part_001.parquet", [("2019-05-20 09:15:00", 11800.0)])
    steps = [("chain", "nse_chain_csv"), ("bars", "index_1min_csv"), ("ticks", "nfopslab")]
    trees = []
    for number, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0))):
        root = tmp_path / f"root{number}"
        for step in order:
            go(tmp_path / steps[step][0], steps[step][1], root)
        trees.append(tree(root))
    assert trees[0] == trees[1] == trees[2]
    names = {Path(name).name for name in trees[0] if "spot" in name}
    assert names == {"ticks.parquet", "ticks.index_1min_csv.parquet", "ticks.nse_chain_csv.parquet"}
    assert packed(tmp_path / "root0", f"{SPOT}/ticks.parquet")["kind"].to_list() == ["tick"]
    manifest = read_manifest(tmp_path / "root0")
    used = manifest.filter(pl.col("segment") == "spot", "used")
    assert used["layout"].to_list() == ["nfopslab"]


def test_two_sources_of_one_contract_share_its_file_by_date(tmp_path: Path) -> None:
    poll(tmp_path / "chain", "20-05-2019_09:16", {11800: ("101", "2")}, "11830")
    poll(tmp_path / "chain", "21-05-2019_09:16", {11800: ("201", "2")}, "11830")
    contract(tmp_path / "ticks", 11800, ["2019-05-21 09:15:10", "2019-05-22 09:15:10"])
    one, two = tmp_path / "one", tmp_path / "two"
    for root, order in ((one, ("chain", "ticks")), (two, ("ticks", "chain"))):
        for name in order:
            go(tmp_path / name, {"chain": "nse_chain_csv", "ticks": "nfopslab"}[name], root)
    assert tree(one) == tree(two)
    assert packed(one, CALL)["kind"].to_list() == ["snapshot", "tick", "tick"]
    beside = packed(one, CALL.replace(".parquet", ".nse_chain_csv.parquet"))
    assert beside["timestamp"].dt.day().to_list() == [21]

    contract(tmp_path / "ticks", 11800, ["2019-05-22 09:15:10"])
    go(tmp_path / "ticks", "nfopslab", one)
    assert packed(one, CALL)["kind"].to_list() == ["snapshot", "snapshot", "tick"]
    assert not (one / "packed" / CALL.replace(".parquet", ".nse_chain_csv.parquet")).exists()


def test_workers_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BYTES_TOGETHER", 1)  # a job for each contract
    raw = tmp_path / "raw"
    for strike in (11700, 11800, 11900):
        contract(raw, strike, ["2019-05-20 09:15:10", "2019-05-21 09:15:10", "2019-06-05 10:00:00"])
    spot(raw / "nifty_spot_part_001.parquet", [("2019-05-20 09:15:00", 11800.0)])
    (raw / "nifty19530xxxxce.parquet").write_bytes(b"")
    reports = [go(raw, "nfopslab", tmp_path / str(workers), workers) for workers in (1, 2)]
    assert reports[0] == reports[1]
    assert tree(tmp_path / "1") == tree(tmp_path / "2")
    assert read_counts(tmp_path / "1").equals(read_counts(tmp_path / "2"))


def test_the_manifest_says_what_a_packed_file_holds_and_what_was_dropped_for_it(tmp_path: Path) -> None:
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:10:00", "2019-05-20 09:15:10", "2019-05-21 09:15:10"])
    go(tmp_path / "raw", "nfopslab", tmp_path)
    (row,) = read_manifest(tmp_path).to_dicts()
    assert row["path"] == f"packed/{CALL}"
    assert (row["segment"], row["symbol"], row["layout"], row["rows"]) == ("options", "NIFTY", "nfopslab", 2)
    assert f"{row['first']:%d %H:%M:%S} {row['last']:%d %H:%M:%S}" == "20 09:15:10 21 09:15:10"
    assert [str(date) for date in row["dates"]] == ["2019-05-20", "2019-05-21"]
    assert (row["dropped"], row["noted"]) == ('{"outside_session": 1}', "{}")


def test_progress_counts_files_and_rows(tmp_path: Path) -> None:
    raw, told = tmp_path / "raw", []
    contract(raw, 11800, ["2019-05-20 09:15:10"])
    contract(raw, 11900, ["2019-05-20 09:15:10", "2019-05-20 09:15:11"])
    pack([raw], "nfopslab", "NIFTY", tmp_path, MARKET, progress=lambda *event: told.append(event))
    assert told[-1] == (2, 2, 3)


def test_wrong_use_is_told_in_one_message_before_anything_is_packed(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"(?s)'nfopslap' is no layout; known: nfopslab.*'NIFTI' is no known index.*0"
    ):
        pack([tmp_path], "nfopslap", "NIFTI", tmp_path / "data", MARKET, workers=0)
    assert not (tmp_path / "data").exists()


def test_strict_packing_fails_after_packing_what_is_good(tmp_path: Path) -> None:
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:15:10"])
    (tmp_path / "raw" / "nifty.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"nifty\.parquet: empty_file"):
        pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET, strict=True)
    assert packed(tmp_path, CALL).height == 1


def test_strict_packing_does_not_let_rows_pass_that_look_wrong(tmp_path: Path) -> None:
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:15:10"])
    crossed = [{"timestamp": at("2019-05-20 09:15:10"), "bp0": 1280.0, "symbol": "NIFTY"}]  # the ask is 1275
    ticks(tmp_path / "raw" / "nifty1953011900ce.parquet", crossed)
    assert go(tmp_path / "raw", "nfopslab", tmp_path).doubts == ("crossed_quote: 1 rows look wrong",)
    with pytest.raises(DataError, match="crossed_quote: 1 rows look wrong"):
        pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path / "again", MARKET, strict=True)
    assert tree(tmp_path / "again") == tree(tmp_path)


def test_only_one_packing_at_a_time_in_a_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "PATIENCE_S", 0.0)
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:15:10"])
    (tmp_path / "meta").mkdir()
    with (tmp_path / "meta" / ".packing").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="another packing runs"):
            go(tmp_path / "raw", "nfopslab", tmp_path)


def test_a_damaged_archive_is_one_bad_file(tmp_path: Path) -> None:
    chain(tmp_path / "raw")
    (tmp_path / "raw" / "day.tar.gz").write_bytes(b"no archive")
    report = go(tmp_path / "raw", "nse_chain_csv", tmp_path)
    assert report.packed == 6
    assert sum(report.total("refused").values()) == 1


def test_a_group_that_cannot_be_cleaned_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract(tmp_path / "raw", 11800, ["2019-05-20 09:15:10"])
    contract(tmp_path / "raw", 11900, ["2019-05-21 09:15:10"])

    real = Market.session

    def session(market: Market, date: dt.date) -> Session:
        if date == dt.date(2019, 5, 21):
            raise DataError("the table broke", "broken")
        return real(market, date)

    monkeypatch.setattr(Market, "session", session)
    report = go(tmp_path / "raw", "nfopslab", tmp_path)
    assert (report.packed, report.total("refused")) == (1, {"broken": 1})


def test_a_second_run_and_planning_open_no_raw_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, opened = tmp_path / "raw", Counter[str]()
    for strike in (11700, 11800, 11900):
        contract(raw, strike, ["2019-05-20 09:15:10", "2019-05-21 09:15:10"])
    (raw / "nifty19530oops.parquet").write_bytes(b"")
    real = nfopslab._scan

    def scan(file: RawFile) -> pl.LazyFrame:
        opened[file.base] += 1
        return real(file)

    monkeypatch.setattr(nfopslab, "_scan", scan)
    jobs, _ = plan.plan(expand([raw], (".parquet",)), nfopslab.LAYOUT, "NIFTY", MARKET, Ledger.load(tmp_path))
    assert len(jobs[0].files) == 4
    assert opened == {}
    go(raw, "nfopslab", tmp_path)
    assert opened == {f"nifty19530{strike}ce.parquet": 1 for strike in (11700, 11800, 11900)}
    assert go(raw, "nfopslab", tmp_path).skipped == 4
    assert set(opened.values()) == {1}
