"""The study that holds searches against a whole grid, on a small one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.searching.study import Study, asked, best_found, share, timed
from tests.simulated import FIRST, LAST

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AXES = ("strategy.entry.at=09:30,11:00,13:00", "strategy.exit.stop_pct=interval(5,25)")
"""Fifteen sets."""


def test_a_share_is_of_the_best_there_is() -> None:
    scores = np.array([4.0, 10.0, np.nan, 6.0])
    assert share(scores, np.array([0, 2, 3])) == pytest.approx(0.6)
    assert share(scores, np.array([1])) == 1.0


def test_a_search_with_all_trials_finds_the_best_and_is_timed(root: Path) -> None:
    study = Study(root, AXES, FIRST, LAST)
    study.prepare()
    plain, trials = study.swept("searching", "search=grid")
    gain = trials.with_columns(
        total=pl.col("total") - pl.col("total").min() + 1.0
    )  # a best there is, whatever came out

    assert best_found(asked(plain, "total", "tpe", n_trials=15, generation=5), gain) == 1.0
    clock = timed(study, "timed", "search=tpe", "search.n_trials=10", "search.generation=5")
    assert 0.0 < clock.overhead < 1.0
