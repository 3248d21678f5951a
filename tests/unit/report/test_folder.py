from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import DataError
from nfops.report import SweepFolder
from tests.sweep_folder import AXES, make_sweep


def test_axes_are_the_swept_columns_in_order(tmp_path: Path) -> None:
    assert SweepFolder.read(make_sweep(tmp_path / "sweep")).axes == tuple(AXES)


def test_the_curve_is_the_running_net_of_the_days_that_count(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep")
    rows = [row for row in pl.read_parquet(path / "daily.parquet").iter_rows(named=True) if row["trial_id"] == 3]
    level, wanted = 0.0, []
    for row in sorted(rows, key=lambda row: row["date"]):
        if row["date"] != dt.date(2024, 1, 24):  # incomplete
            level += row["net_paise"] / 100
            wanted.append((row["date"], level))
    got = SweepFolder.read(path).equity(3)
    assert got["date"].to_list() == [date for date, _ in wanted]
    assert got["equity"].to_list() == pytest.approx([level for _, level in wanted])
    total = pl.read_parquet(path / "trials.parquet")["total"][3]
    assert got["equity"][-1] == pytest.approx(total)


def test_a_folder_without_its_files_is_refused_with_their_names(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep")
    (path / "fills.parquet").unlink()
    (path / "sweep.json").unlink()
    with pytest.raises(DataError, match=r"not the folder of a finished sweep: sweep\.json, fills\.parquet not found"):
        SweepFolder.read(path)
