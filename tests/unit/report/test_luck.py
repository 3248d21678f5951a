"""What the page says about luck is what the judgement of the sweep's own files says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import kurtosis, skew

from nfops.overfit import Judgement, daily_sharpe, deflated_sharpe
from nfops.report import SweepFolder, write_report
from nfops.report.luck import judgement, luck_table, sentence
from nfops.report.words import verdict
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


def test_the_verdict_counts_sets_that_are_alike_as_such(found: Judgement) -> None:
    known = replace(found, deflated_correlated=0.874, independent_trials=7.25)
    assert "the best of 36 sets as alike as these would look as good in 13 % of all cases" in sentence(known)
    row = next(row for row in luck_table(known).rows if row[0] == "deflated, by correlation")
    assert row[1:] == ("that luck does worse with sets as alike as these, as with 7.25 unlike ones", "87 %")


def test_what_was_tried_before_is_counted_and_told(sweep: Path, found: Judgement) -> None:
    folder = SweepFolder.read(sweep)
    ledger = {"symbol": "NIFTY", "study": "calm", "sets": 5_000, "new": 36, "runs": 12, "damaged": 0}
    later = replace(folder, summary={**folder.summary, "ledger": {**ledger, "since": "2023-11-30"}})
    known = judgement(later)

    assert known is not None
    assert (found.trials, found.ever, known.trials, known.ever) == (36, 36, 36, 5_000)
    row = folder.equity(int(folder.ranked["trial_id"][0]))["net"].to_numpy()
    every = (
        folder.counted.collect().pivot("date", index="trial_id", values="net_paise").drop("trial_id").to_numpy() / 100
    )
    shape = float(skew(row)), float(kurtosis(row))
    variance = float((every.mean(axis=1) / every.std(axis=1, ddof=1)).var(ddof=1))
    sharpe = float(row.mean() / row.std(ddof=1))
    for told, count in ((known.deflated, 36), (known.deflated_ever, 5_000)):
        assert told == pytest.approx(deflated_sharpe(sharpe, len(row), *shape, variance, count))
    assert known.deflated_ever < known.deflated == found.deflated  # type: ignore[operator]
    assert known.years_needed > found.years_needed
    assert "knowing that 5,000 sets were ever tried in this study" in sentence(known)
    values = {line[0]: line[1] for line in luck_table(known).rows}
    assert values["deflated, by ledger"] == "that it has one, given 5,000 sets ever tried in this study"
    told_so = (
        "On NIFTY, the study calm has tried 5,000 different sets so far, in 12 runs since 2023-11-30; "
        "36 of them were new with this one."
    )
    assert told_so in verdict(later)
    assert not any("so far" in line for line in verdict(folder))


def test_what_cannot_be_said_is_not_said(found: Judgement) -> None:
    silent = replace(
        found, deflated=None, deflated_correlated=None, overfitting=None, sharpe_interval=None, reality_check=None
    )
    assert sentence(silent).startswith("How much of the best trial is luck cannot be said")
    values = {row[0]: row[2] for row in luck_table(silent).rows}
    unsaid = "deflated Sharpe ratio", "deflated, by correlation", "probability of overfitting", "reality check"
    assert len({values[name] for name in unsaid}) == 1
    assert "nan" not in str(luck_table(silent))


def test_a_single_trial_is_not_judged(sweep: Path) -> None:
    folder = SweepFolder.read(sweep)
    one = folder.trials["trial_id"] == folder.trials["trial_id"][0]
    alone = replace(folder, trials=folder.trials.filter(one), daily=folder.daily.filter(pl.col("trial_id") == 0))
    assert judgement(alone) is None
