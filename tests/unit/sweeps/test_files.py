"""Tables that are written in pieces: the bytes of the whole, however it is cut; and whatever goes wrong is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import DataError
from sweeps import files

WHOLE = pl.DataFrame({"date": ["a"] * 500 + ["b"] * 500, "net_paise": range(1000)}).with_columns(
    pl.lit(7).alias("same")
)


@pytest.fixture(autouse=True)
def _small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "GROUP_ROWS", 300)


@pytest.mark.parametrize("size", [1, 7, 299, 300, 301, 999])
def test_how_a_table_is_cut_does_not_show_in_its_bytes(tmp_path: Path, size: int) -> None:
    files.write_pieces(tmp_path, "whole", iter([WHOLE]))
    files.write_pieces(tmp_path, "cut", WHOLE.iter_slices(size))

    assert pl.read_parquet(tmp_path / "cut.parquet").equals(WHOLE)
    assert (tmp_path / "cut.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    files.write_pieces(tmp_path, "none", iter([WHOLE.clear()]))

    assert pl.read_parquet(tmp_path / "none.parquet").schema == WHOLE.schema


def test_a_piece_that_cannot_be_made_leaves_no_file_and_says_why(tmp_path: Path) -> None:
    def pieces() -> Iterator[pl.DataFrame]:
        yield WHOLE
        raise DataError("lost between two pieces", "lost")

    with pytest.raises(DataError, match="lost between two pieces"):
        files.write_pieces(tmp_path, "daily", pieces())
    assert not list(tmp_path.iterdir())
