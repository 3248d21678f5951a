"""Two sweeps side by side: equal ones are equal, and every difference is found where it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.compare import Comparison, compare
from tests.sweep_folder import AXES, make_sweep


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sweep(tmp_path_factory.mktemp("compare") / "a")


@pytest.fixture
def second(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "b"))


def between(a: Path, b: Path, tolerance: float = 0.0) -> Comparison:
    return compare(SweepFolder.read(a), SweepFolder.read(b), tolerance)


def change(path: Path, table: str, by: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    file = path / f"{table}.parquet"
    by(pl.read_parquet(file)).write_parquet(file)


def test_a_sweep_is_equal_to_itself(first: Path, second: Path) -> None:
    found = between(first, second)
    assert found.equal
    assert (found.matched, found.only_a, found.only_b) == (36, 0, 0)
    assert found.compared_fills > 0
    assert found.settings.is_empty()


def test_trials_are_matched_by_their_parameters_and_not_by_their_numbers(first: Path, second: Path) -> None:
    def backwards(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(35 - pl.col("trial_id"))

    for table in ("trials", "daily", "fills"):
        change(second, table, backwards)
    found = between(first, second)
    assert found.equal
    assert found.matched == 36


def test_another_result_is_found_by_metric_and_by_day(first: Path, second: Path) -> None:
    day = pl.read_parquet(first / "daily.parquet")["date"][0]
    hit = (pl.col("trial_id") == 7) & (pl.col("date") == day)
    change(
        second, "daily", lambda f: f.with_columns(net_paise=pl.col("net_paise") + pl.when(hit).then(100).otherwise(0))
    )
    change(
        second, "trials", lambda f: f.with_columns(total=pl.col("total") + (pl.col("trial_id") == 7).cast(pl.Float64))
    )
    found = between(first, second)
    assert not found.equal
    assert found.metrics.select("metric", "trials", "trial_a", "trial_b").rows() == [("total", 1, 7, 7)]
    assert found.metrics["largest"].to_list() == pytest.approx([1.0])
    (row,) = found.daily.iter_rows(named=True)
    assert (row["date"], row["trial_a"], row["net_paise_b"] - row["net_paise"]) == (day, 7, 100)
    assert between(first, second, tolerance=1.0).equal


def test_a_day_that_only_one_has_is_a_difference(first: Path, second: Path) -> None:
    last = pl.read_parquet(first / "daily.parquet")["date"].max()
    change(second, "daily", lambda f: f.filter(pl.col("date") != last))
    found = between(first, second)
    assert found.days == found.daily.height == 36
    assert found.daily["net_paise_b"].null_count() == 36


def test_days_that_are_compared_few_at_a_time_come_out_the_same(
    first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(second, "daily", lambda f: f.with_columns(gross_paise=pl.col("gross_paise") + pl.col("trial_id") % 2))
    whole = between(first, second)
    assert whole.days == 18 * pl.read_parquet(first / "daily.parquet")["date"].n_unique() > 18
    monkeypatch.setattr("nfops.report.compare.AT_ONCE", 36)  # a day
    one_by_one = between(first, second)
    assert one_by_one.days == whole.days
    assert one_by_one.daily.equals(whole.daily)
    monkeypatch.setattr("nfops.report.compare.KEPT", 20)
    few = between(first, second)
    assert few.days == whole.days, "all are counted"
    assert few.daily.equals(whole.daily.head(20))


def test_a_fill_at_another_price_is_shown_with_both(first: Path, second: Path) -> None:
    change(second, "fills", lambda f: f.with_columns(price_paise=pl.col("price_paise") + (pl.int_range(pl.len()) == 3)))
    found = between(first, second)
    assert found.fills.height == 1
    before, after = found.fills.row(0, named=True)["a"], found.fills.row(0, named=True)["b"]
    assert before != after
    assert set(after.split()) - set(before.split())


def test_other_axes_leave_trials_on_one_side(first: Path, tmp_path: Path) -> None:
    fewer = {**AXES, "strategy.exit.stop_pct": [10, 20]}
    found = between(first, make_sweep(tmp_path / "b", fewer))
    assert (found.matched, found.only_a, found.only_b) == (18, 18, 0)
    told = dict(found.settings.select("setting", "b").iter_rows())
    assert told["strategy.exit.stop_pct"] == "10, 20"


def test_settings_are_compared_but_for_those_that_cannot_matter(first: Path, second: Path) -> None:
    summary = json.loads((second / "sweep.json").read_text())
    summary["config"]["executor"] = {"name": "ray", "workers": 2, "address": None}
    summary["config"].setdefault("fills", {})["latency_s"] = 3
    summary["data_hash"] = "another"
    (second / "sweep.json").write_text(json.dumps(summary))
    found = between(first, second)
    assert set(found.settings["setting"]) == {"fills.latency_s", "data"}
    assert found.equal
