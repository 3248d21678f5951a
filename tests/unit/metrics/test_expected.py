"""The metrics of an independent implementation, recomputed from its daily rows."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from nfops.metrics import METRICS, DailyResults, metrics
from nfops.types import Int64Array
from tests.shared import shared

COMPARED = [name for name in METRICS if name not in ("n_fallback", "n_stale_exit", "peak_capital", "return_on_capital")]
"""All but what daily rows do not show."""


def matrix(daily: pl.DataFrame, column: str) -> Int64Array:
    """Rows of one run as (trials, days); the run is dense."""
    wide = daily.pivot("date", index="trial_id", values=column).sort("trial_id")
    return wide.drop("trial_id").to_numpy().astype(np.int64)


def test_every_run_has_the_same_metrics() -> None:
    daily, trials, status = (
        pl.read_parquet(shared("expected", f"{name}.parquet")) for name in ("daily", "trials", "status")
    )
    manifest = json.loads(shared("expected", "manifest.json").read_text())
    for entry in manifest["runs"]:
        run = entry["run"]
        wanted = trials.filter(pl.col("run") == run).sort("trial_id")
        rows = daily.filter(pl.col("run") == run).sort("date")
        incomplete = status.filter((pl.col("run") == run) & (pl.col("state") == "incomplete"))["date"]
        gross, cost, positions = (matrix(rows, name) for name in ("gross_paise", "cost_paise", "n_positions"))
        complete = ~rows["date"].unique().sort().is_in(incomplete.implode()).to_numpy()
        kept = np.broadcast_to(complete | ("data.use_incomplete=true" in entry["overrides"]), gross.shape)
        got = metrics(DailyResults(gross, cost, positions, 0 * gross, 0 * gross, 0 * gross, {}, kept))
        for name in COMPARED:
            assert got[name].is_null().to_list() == wanted[name].is_null().to_list(), (run, name)
            here, there = (frame[name].drop_nulls().to_list() for frame in (got, wanted))
            assert here == pytest.approx(there, rel=1e-9, abs=1e-9), (run, name)
