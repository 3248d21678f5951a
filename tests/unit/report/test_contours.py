"""Contours: medians at the places that were tried, and none where they span no plane."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.contours import contours, plane, spans
from nfops.report.neighbours import Surroundings
from tests.sweep_folder import make_sweep

AT, STOP, TARGET = "strategy.entry.at", "strategy.exit.stop_pct", "strategy.exit.target_pct"


def sweep(path: Path, axes: dict[str, list[Any]], shares: dict[str, float]) -> SweepFolder:
    """Read a sweep of hand-made results that knows how much each parameter decided."""
    file = make_sweep(path, axes) / "sweep.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"importances": {"sharpe": shares}}))
    return SweepFolder.read(path)


def test_a_place_has_the_median_of_its_trials(tmp_path: Path) -> None:
    folder = sweep(tmp_path / "a", {AT: ["10:00", "11:00"], STOP: [10, 20], TARGET: [5, 10, None]}, {})
    path = tmp_path / "a" / "trials.parquet"
    values = [1.0, 9.0, 2.0, 4.0, None, 6.0, 5.0, 5.0, 8.0, None, None, None]
    pl.read_parquet(path).with_columns(sharpe=pl.Series(values)).write_parquet(path)

    found = plane(Surroundings(SweepFolder.read(tmp_path / "a")), folder.objective, (AT, STOP))

    # Three targets a place: of 1, 9 and 2 it is 2; of 4 and 6 it is 5; of 5, 5 and 8 it is 5; of nothing, nothing.
    assert found.tolist() == [[0.0, 0.0, 2.0], [0.0, 1.0, 5.0], [1.0, 0.0, 5.0]]


@pytest.mark.parametrize(
    ("points", "plane"),
    [
        ([[0, 0], [1, 1], [2, 2]], False),
        ([[0, 0], [1, 0]], False),
        ([], False),
        ([[0, 0], [1, 1], [2, 1]], True),
    ],
)
def test_points_on_a_line_span_no_plane(points: list[list[int]], plane: bool) -> None:
    assert spans(np.array(points, np.float64).reshape(-1, 2)) is plane


def test_the_pairs_are_those_of_the_three_scales_that_decided_most(tmp_path: Path) -> None:
    axes = {
        AT: ["10:00", "11:00"],
        STOP: [10, 20, 30],
        TARGET: [5, 10],
        "strategy.lots": [1, 2],
        "fills": ["last", "q"],
    }
    shares = {AT: 0.1, STOP: 0.3, TARGET: 0.05, "strategy.lots": 0.15, "fills": 0.4}
    folder = sweep(tmp_path / "a", axes, shares)

    (drawn,) = contours(folder, folder.objective)

    for words in ("exit.stop_pct", "lots", "entry.at"):
        assert drawn.svg.count(f">{words}<") + drawn.svg.count(f"{words}</text>") >= 2, words
    assert "target_pct" not in drawn.svg
    assert "fills" not in drawn.svg
    assert drawn.png.startswith(b"\x89PNG\r\n")


@pytest.mark.parametrize(
    ("axes", "shares"),
    [
        ({AT: ["10:00", "11:00"], STOP: [10, 20]}, {}),
        ({AT: ["10:00", "11:00"], "fills": ["last", "quote"]}, {AT: 0.5, "fills": 0.5}),
    ],
)
def test_without_importances_or_two_scales_there_is_nothing_to_draw(
    tmp_path: Path, axes: dict[str, list[Any]], shares: dict[str, float]
) -> None:
    folder = sweep(tmp_path / "a", axes, shares)
    assert contours(folder, folder.objective) == []
