"""A packed file reads back as the rows that were written, whatever their words are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from nfops.packing import parquet
from nfops.packing.parquet import write_packed

STAMPS = pl.Series([1_704_167_100_000_000_001, 1_704_167_100_000_000_002]).cast(pl.Datetime("ns"))


@pytest.fixture(params=["small", "large"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are written in one way when they are small and in another when they are not."""
    monkeypatch.setattr(parquet, "SMALL", 0 if request.param == "large" else parquet.SMALL)


def rows(words: list[str | None]) -> pl.DataFrame:
    """Two rows a nanosecond apart, with a column of text, one of nulls and the usual kinds of numbers."""
    return pl.DataFrame(
        {
            "timestamp": STAMPS.dt.replace_time_zone("Asia/Kolkata"),
            "symbol": pl.Series(words, dtype=pl.String),
            "strike": pl.Series([11800, 11800], dtype=pl.Int32),
            "close": [101.05, None],
            "oi": pl.Series([None, None], dtype=pl.Int64),
            "is_weekly": pl.Series([0, 1], dtype=pl.Int8),
            "expiry": [dt.date(2019, 5, 30)] * 2,
        }
    )


@pytest.mark.parametrize("words", [["NIFTY", "NIFTY"], ["tick", "snapshot"], [None, None], ["tick", None], ["", ""]])
def test_a_file_reads_back_as_the_rows_that_were_written(tmp_path: Path, words: list[str | None]) -> None:
    path, written = tmp_path / "ticks.parquet", rows(words)
    write_packed(path, written, {"nfops.layout": "nfopslab"})
    read = pl.read_parquet(path, glob=False)
    assert read.schema == written.schema
    assert read.equals(written)
    assert pl.read_parquet_metadata(path)["nfops.layout"] == "nfopslab"
    assert pq.read_table(path)["symbol"].to_pylist() == words
    assert pq.read_table(path)["timestamp"].cast("int64").to_pylist() == written["timestamp"].to_physical().to_list()


def test_files_are_compressed_with_zstd(tmp_path: Path) -> None:
    write_packed(tmp_path / "ticks.parquet", rows(["NIFTY", "NIFTY"]), {})
    group = pq.ParquetFile(tmp_path / "ticks.parquet").metadata.row_group(0)
    assert {group.column(at).compression for at in range(group.num_columns)} == {"ZSTD"}


def test_large_files_have_statistics_of_their_time_stamps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "SMALL", 0)
    write_packed(tmp_path / "ticks.parquet", rows(["NIFTY", "NIFTY"]), {})
    stamps = pq.ParquetFile(tmp_path / "ticks.parquet").metadata.row_group(0).column(0)
    assert stamps.path_in_schema == "timestamp"
    # Written in UTC: India's clock is 19,800 seconds ahead.
    written = [stamp - 19_800 * 10**9 for stamp in STAMPS.to_physical()]
    assert [stamps.statistics.min_raw, stamps.statistics.max_raw] == written


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_packed(tmp_path / name, rows(["NIFTY", "NIFTY"]), {"nfops.layout": "nfopslab"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
