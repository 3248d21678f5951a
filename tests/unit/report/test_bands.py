from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.overfit import block_length, resampled
from nfops.report import SweepFolder
from nfops.report.bands import band_table, bands, fall_of
from tests.sweep_folder import make_sweep


def test_draws_are_runs_of_the_same_days_and_the_seed_decides() -> None:
    days = np.random.default_rng(5).normal(1.0, 2.0, 120)
    drawn = resampled(days, 7, 200)
    assert drawn.shape == (200, 120)
    assert np.isin(drawn, days).all()
    assert np.array_equal(drawn, resampled(days, 7, 200))
    assert not np.array_equal(drawn, resampled(days, 8, 200))
    # A day is followed by its own next one but where a block ends, which is once in a block's mean length.
    at = np.searchsorted(np.sort(days), drawn)
    place = np.argsort(days)[at]
    follows = (np.diff(place, axis=1) % len(days) == 1).mean()
    assert follows == pytest.approx(1 - 1 / block_length(days), abs=0.03)


def test_falls_are_below_the_highest_level_which_is_at_least_nothing() -> None:
    assert fall_of(np.array([-2.0, 3.0, 1.0, 4.0])).tolist() == [-2.0, 0.0, -2.0, 0.0]


def test_bands_hold_the_middle_of_what_could_have_been(tmp_path: Path) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", days=60))
    found = bands(folder)
    assert [band.trial_id for band in found] == folder.ranked["trial_id"].head(3).to_list()
    band = found[0]
    net = band.days["net"].to_numpy()
    assert band.level.shape == band.fall.shape == (3, len(net))
    assert (np.diff(band.level, axis=0) >= 0).all()
    assert (band.fall <= 0).all()
    assert band.totals.mean() == pytest.approx(net.sum(), rel=0.05)
    low, _, high = band.level[:, -1]
    assert low < net.sum() < high
    assert [row[0] for row in band_table(found).rows] == [str(one.trial_id) for one in found]


def test_too_few_days_have_no_bands(tmp_path: Path) -> None:
    assert bands(SweepFolder.read(make_sweep(tmp_path / "sweep", days=12))) == []


def test_trials_that_never_trade_have_flat_bands(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", axes={"fills": ["last", "quote"]})
    daily = pl.read_parquet(path / "daily.parquet")
    daily.with_columns(pl.col("gross_paise", "cost_paise", "net_paise") * 0).write_parquet(path / "daily.parquet")
    found = bands(SweepFolder.read(path))
    assert len(found) == 2
    assert not any(values.any() for band in found for values in (band.level, band.fall, band.totals, band.deepest))
    assert band_table(found).rows[0][1:6] == ("₹0", "₹0", "₹0", "₹0", "0 %")
