from __future__ import annotations

from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.field import fields
from nfops.report.neighbours import Surroundings
from tests.sweep_folder import make_sweep

AXES = {
    "fills": ["last", "quote"],
    "strategy.exit.stop_pct": [20, 10, None],
    "strategy.entry.at": ["11:00", "10:00", "13:00"],
}


def test_the_two_axes_with_most_values_are_shown_and_the_rest_is_stated(tmp_path: Path) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", axes=AXES))
    like_best, middle = fields(Surroundings(folder))
    best = folder.ranked.row(0, named=True)
    assert (like_best.row_axis, like_best.column_axis) == ("exit.stop_pct", "entry.at")
    assert like_best.rows == ("10", "20", "off")
    assert like_best.columns == ("10:00", "11:00", "13:00")
    assert like_best.others == f"left with fills {best['fills']}"
    assert middle.others == "right the median over the others"


def test_cells_hold_the_objective(tmp_path: Path) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", axes=AXES))
    like_best, middle = fields(Surroundings(folder))
    best = folder.ranked.row(0, named=True)
    rows = folder.trials.to_dicts()
    for (down, across), value in np.ndenumerate(middle.values):
        stop = (10, 20, None)[down]
        at = ("10:00", "11:00", "13:00")[across]
        cell = [row for row in rows if (row["strategy.exit.stop_pct"], row["strategy.entry.at"]) == (stop, at)]
        assert value == pytest.approx(median(row["sharpe"] for row in cell))
        held = [row["sharpe"] for row in cell if row["fills"] == best["fills"]]
        assert [like_best.values[down, across]] == held
    assert like_best.best is not None
    assert like_best.values[like_best.best] == best["sharpe"] == np.nanmax(folder.trials["sharpe"].to_numpy())


def test_two_axes_need_one_field_and_undefined_cells_stay_empty(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", axes={"fills.latency_s": [0, 1], "fills.slippage_ticks": [0, 1, 2]}, days=8)
    trials = pl.read_parquet(path / "trials.parquet")
    trials.with_columns(sharpe=pl.when(pl.col("trial_id") == 4).then(None).otherwise("sharpe")).write_parquet(
        path / "trials.parquet"
    )
    (only,) = fields(Surroundings(SweepFolder.read(path)))
    assert np.isnan(only.values).tolist() == [[False, False, False], [False, True, False]]


def test_fewer_axes_need_none(tmp_path: Path) -> None:
    for name, axes in {"one": {"fills": ["last", "quote"]}, "none": {}}.items():
        assert fields(Surroundings(SweepFolder.read(make_sweep(tmp_path / name, axes=axes, days=8)))) == []
