"""What the page says about luck is what the judgement of the sweep's own files says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.overfit import Judgement, daily_sharpe
from nfops.report import SweepFolder, write_report
from nfops.report.luck import judgement, luck_table, sentence
from tests.sweep_folder import make_sweep


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sweep(tmp_path_factory.mktemp("luck") / "sweep")


@pytest.fixture(scope="module")
def found(sweep: Path) -> Judgement:
    known = judgement(SweepFolder.read(sweep))
    assert known is not None
    return known


def test_the_judged_trial_is_the_leader_over_the_days_that_count(sweep: Path, found: Judgement) -> None:
    folder = SweepFolder.read(sweep)
    best = int(folder.ranked["trial_id"][0])
    net = folder.equity(best)["net"].to_numpy()
    assert found.days == len(net)
    assert found.trials == folder.ranked.height
    assert found.sharpe == pytest.approx(float(daily_sharpe(net[None, :])[0]) * np.sqrt(252))


def test_the_page_says_how_much_may_be_luck(sweep: Path, found: Judgement) -> None:
    text = write_report(sweep).read_text(encoding="utf-8")
    assert sentence(found).replace("'", "&#39;") in text
    assert all(row[0] in text for row in luck_table(found).rows)


def test_what_cannot_be_said_is_not_said(found: Judgement) -> None:
    silent = replace(found, deflated=None, overfitting=None, sharpe_interval=None, reality_check=None)
    assert sentence(silent).startswith("How much of the best trial is luck cannot be said")
    values = {row[0]: row[2] for row in luck_table(silent).rows}
    assert values["deflated Sharpe ratio"] == values["probability of overfitting"] == values["reality check"]
    assert "nan" not in str(luck_table(silent))


def test_a_single_trial_is_not_judged(sweep: Path) -> None:
    folder = SweepFolder.read(sweep)
    one = folder.trials["trial_id"] == folder.trials["trial_id"][0]
    alone = replace(folder, trials=folder.trials.filter(one), daily=folder.daily.filter(pl.col("trial_id") == 0))
    assert judgement(alone) is None
