"""Collected results: a column's type is that of its parameter, not of the values that happen to be swept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from nfops.strategies import REGISTRY
from sweeps.outcome import Collected
from sweeps.plan import Block
from sweeps.results import ResultStore

STRADDLE = REGISTRY["short_straddle"]


def collected(axes: dict[str, list[Any]], root: Path) -> Collected:
    """A sweep of no days."""
    grid = STRADDLE.schema.grid(axes)
    config: Any = SimpleNamespace(strategy=STRADDLE, axes=axes, symbol="NIFTY")
    return Collected(
        config, [Block(0, grid.block(0, len(grid)).values)], np.arange(len(grid)), {}, ResultStore(root, "none"), []
    )


@pytest.mark.parametrize(
    ("path", "values", "dtype", "shown"),
    [
        ("strategy.exit.stop_pct", [10, 12.5, None], pl.Float64, [10.0, 12.5, None]),
        ("strategy.exit.stop_pct", [10, 20], pl.Float64, [10.0, 20.0]),
        ("strategy.entry.at", ["9:30", "10:00:05"], pl.String, ["09:30", "10:00:05"]),
        ("strategy.exit.settle", [True, "false"], pl.Boolean, [True, False]),
        ("strategy.lots", [1, 3], pl.Int64, [1, 3]),
        ("fills", ["last", "quote"], pl.String, ["last", "quote"]),
        ("strategy.expiry", ["0", "monthly"], pl.String, ["0", "monthly"]),
        ("strategy.legs.delta", [0.2, None], pl.Float64, [0.2, None]),
    ],
)
def test_columns_have_the_type_of_their_kind(
    path: str, values: list[Any], dtype: Any, shown: list[Any], tmp_path: Path
) -> None:
    trials = collected({path: values}, tmp_path).trials(missing=1)

    assert trials.schema[path] == dtype
    assert trials[path].to_list() == shown
    assert trials["status"].unique().to_list() == ["partial"]
    assert trials["total"].to_list() == [0.0] * len(values)
    assert trials["sharpe"].null_count() == len(values)
