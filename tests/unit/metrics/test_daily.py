from __future__ import annotations

import numpy as np
import polars as pl

from nfops.metrics import METRICS, DailyResults, metrics
from nfops.types import BoolArray, Int64Array


def results(net: Int64Array, kept: BoolArray, skips: dict[str, Int64Array] | None = None) -> DailyResults:
    ones = np.ones_like(net)
    return DailyResults(net, np.zeros_like(net), ones, 100 * np.abs(net), 2 * ones, 3 * ones, skips or {}, kept)


def test_each_trial_is_measured_over_the_days_it_keeps() -> None:
    net = np.array([[100, -5000, 300], [100, -5000, 300], [100, -5000, 300]]) * 100
    kept = np.array([[True, False, True], [True, True, True], [True, False, True]])
    table = metrics(results(net, kept, {"stale": np.array([[1, 10, 2], [0, 5, 0], [0, 4, 0]])}))
    assert table["total"].to_list() == [400, -4600, 400]
    assert table["worst_day"].to_list() == [100, -5000, 100]
    assert table["n_trades"].to_list() == [2, 3, 2]
    assert table["peak_capital"].to_list() == [300 * 100, 5000 * 100, 300 * 100]
    assert table["n_fallback"].to_list() == [4, 6, 4]
    assert table["n_stale_exit"].to_list() == [6, 9, 6]
    assert table["skip_stale"].to_list() == [3, 5, 0]


def test_no_day_kept_means_a_total_of_zero_and_nothing_else() -> None:
    kept = np.array([[False, False], [True, True]])
    table = metrics(results(np.array([[100, 200], [100, 300]]), kept, {"stale": np.array([[7, 7], [0, 1]])}))
    first = table.row(0, named=True)
    assert {name: value for name, value in first.items() if value is not None} == {"total": 0, "skip_stale": 0}
    assert table["total"][1] == 4


def test_no_day_at_all() -> None:
    empty = np.zeros((2, 0), np.int64)
    table = metrics(results(empty, empty.astype(bool)))
    assert table["total"].to_list() == [0, 0]
    assert table["mean"].null_count() == 2


def test_columns_types_and_nulls() -> None:
    net = np.array([[100], [0]])
    skips = {"stale": np.ones((2, 1), np.int64), "no_reference": np.ones((2, 1), np.int64)}
    table = metrics(results(net, np.ones((2, 1), bool), skips))
    assert table.columns == [*METRICS, "skip_no_reference", "skip_stale"]
    counts = ("n_trades", "n_fallback", "n_stale_exit", "skip_no_reference", "skip_stale")
    assert [table.schema[name] for name in counts] == [pl.Int64] * 5
    assert table["sharpe"].null_count() == 2
    assert not any(table[name].is_nan().any() for name in METRICS if table.schema[name] == pl.Float64)
