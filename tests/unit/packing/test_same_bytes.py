"""However the same ticks are cut into files, sorted, stamped or put together, the packed bytes are the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nfops.packing import intake, pack, plan, spool
from nfops.packing.manifest import read_counts
from tests.unit.packing.raw import MARKET, at, packed, spot, ticks, tree

CALL = "options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet"
NAME = "nifty1953011800ce.parquet"
Rows = Sequence[dict[str, Any]]


def rows(count: int, day: str = "2019-05-20") -> list[dict[str, Any]]:
    """Ticks some seconds apart from the open on, with a price of their own each and volume that grows."""
    moments = [divmod(7 * n, 60) for n in range(count)]
    return [
        {
            "timestamp": at(f"{day} 09:{15 + minute:02d}:{second:02d}.{n:03d}"),
            "price": 100.0 + n * 0.05,
            "volume": 75 * (n + 1),
            "oi": 480 - n,
            "symbol": "NIFTY",
        }
        for n, (minute, second) in enumerate(moments)
    ]


def packed_tree(root: Path, raw: Path) -> dict[str, bytes]:
    report = pack([raw], "nfopslab", "NIFTY", root, MARKET)
    assert report.balanced
    assert report.packed > 0
    return tree(root)


def test_one_file_and_ten_parts_give_the_same_bytes(tmp_path: Path) -> None:
    every = [*rows(120), *rows(120, "2019-05-21")]
    ticks(tmp_path / "one" / NAME, every)
    for part in range(10):
        ticks(tmp_path / "ten" / f"part{part}" / NAME, every[24 * part : 24 * part + 24])
    whole = packed_tree(tmp_path / "a", tmp_path / "one")
    assert packed_tree(tmp_path / "b", tmp_path / "ten") == whole
    assert packed(tmp_path / "a", CALL).height == 240


def test_microseconds_and_nanoseconds_give_the_same_bytes(tmp_path: Path) -> None:
    ticks(tmp_path / "us" / NAME, rows(50), "us")
    ticks(tmp_path / "ns" / NAME, rows(50), "ns")
    assert packed_tree(tmp_path / "a", tmp_path / "us") == packed_tree(tmp_path / "b", tmp_path / "ns")


def test_nanoseconds_are_kept_to_the_last_one(tmp_path: Path) -> None:
    path = ticks(tmp_path / "raw" / NAME, rows(3), "ns")
    late = pl.read_parquet(path).with_columns(pl.col("timestamp") + pl.duration(nanoseconds=1, time_unit="ns"))
    late.write_parquet(path)
    pack([path], "nfopslab", "NIFTY", tmp_path, MARKET)
    assert packed(tmp_path, CALL)["timestamp"].dt.nanosecond().to_list() == [1, 1_000_001, 2_000_001]


def test_a_shuffled_file_gives_the_bytes_of_a_sorted_one(tmp_path: Path) -> None:
    shuffled = rows(200)
    random.Random(3).shuffle(shuffled)
    ticks(tmp_path / "sorted" / NAME, rows(200))
    ticks(tmp_path / "shuffled" / NAME, shuffled)
    assert packed_tree(tmp_path / "a", tmp_path / "sorted") == packed_tree(tmp_path / "b", tmp_path / "shuffled")


def test_rows_of_one_moment_stay_in_file_order_also_when_the_file_is_not_sorted(tmp_path: Path) -> None:
    def row(time: str, price: float, volume: int) -> dict[str, Any]:
        return {"timestamp": at(f"2019-05-20 {time}"), "price": price, "volume": volume, "symbol": "NIFTY"}

    last = [row("09:15:30", 7.0, 400), row("09:15:30", 5.0, 600)]
    first = [row("09:15:10", 9.0, 100), row("09:15:10", 8.0, 300), row("09:15:10", 8.5, 200)]
    ticks(tmp_path / "raw" / NAME, [*last, *first])
    pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    frame = packed(tmp_path, CALL)
    assert frame["close"].to_list() == [9.0, 8.0, 8.5, 7.0, 5.0]
    # 100, up 200, down to 200 (nothing until 300 is passed), 100 above 300, up 200
    assert frame["vol_delta"].to_list() == [100, 200, 0, 100, 200]


def test_rows_that_differ_in_a_column_that_is_not_packed_are_no_doubles(tmp_path: Path) -> None:
    one, two = rows(2)
    other = {**one, "avgPrice": 1.0}
    ticks(tmp_path / "raw" / "a" / NAME, [one, other, two])
    ticks(tmp_path / "raw" / "b" / NAME, [two, one])
    report = pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    assert (report.packed, report.total("dropped")) == (3, {"duplicate": 2})
    by_file = {Path(entry.source).parent.name: dict(entry.dropped) for entry in report.entries}
    assert by_file == {"a": {}, "b": {"duplicate": 2}}


def several(raw: Path) -> None:
    """Contracts of two expiries, one of them in two files with doubles, a future of two months and the spot."""
    for name in (NAME, "nifty1953011900pe.parquet", "nifty1952311800ce.parquet"):
        ticks(raw / name, [*rows(40), *rows(20, "2019-05-21")])
    ticks(raw / "part2" / NAME, rows(60)[30:])
    ticks(raw / "nifty_futures.parquet", [*rows(30, "2019-05-29"), *rows(30, "2019-06-03")])
    spot(raw / "nifty_spot_part_001.parquet", [("2019-05-20 09:15:00", 11800.0), ("2019-06-03 09:15:00", 11900.0)])
    (raw / "nifty19530oops.parquet").write_bytes(b"")


@pytest.mark.parametrize("size", [1, 1_000_000_000])
@pytest.mark.parametrize("together", [7, 1_000])
def test_neither_the_size_of_jobs_nor_that_of_frames_shows(
    size: int, together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(tmp_path / "raw")
    usual = packed_tree(tmp_path / "usual", tmp_path / "raw")
    monkeypatch.setattr(plan, "BYTES_TOGETHER", size)
    monkeypatch.setattr(intake, "TOGETHER", together)
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (2 * together, together, None))
    assert packed_tree(tmp_path / "other", tmp_path / "raw") == usual
    assert read_counts(tmp_path / "other").equals(read_counts(tmp_path / "usual"))
    assert read_counts(tmp_path / "usual").filter(pl.col("reason") == "duplicate")["rows"].to_list() == [10]
