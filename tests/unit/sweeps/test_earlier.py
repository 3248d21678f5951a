"""Earlier sweeps that a search is told: which of their trials lie on its grid, and which folders are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from nfops.errors import ConfigError
from nfops.strategies import strategy
from sweeps.earlier import Earlier, earlier_of
from sweeps.home import folder
from sweeps.search import Search

STRADDLE = strategy("short_straddle")
STOP, TARGET, AT, DAYS = (
    "strategy.exit.stop_pct",
    "strategy.exit.target_pct",
    "strategy.entry.at",
    "strategy.filters.weekdays",
)
GRID = STRADDLE.schema.grid({AT: ["10:00", "11:00"], STOP: [10, 20, None], DAYS: [["mon", "tue"], ["thu"]]})
"""Twelve places: 6 for each entry, 2 for each stop, 1 for each list of weekdays."""

ROWS = [
    # entry, stop, weekdays, Sharpe ratio, status; and the place by hand
    ("10:00", 10.0, "[mon,tue]", 1.0, "ok"),  # 0
    ("11:00", None, "[thu]", -2.0, "ok"),  # 6 + 4 + 1
    ("11:00", 20.0, "[mon,tue]", 3.0, "ok"),  # 6 + 2
    ("11:00", 15.0, "[mon,tue]", 9.0, "ok"),  # no such stop
    ("12:00", 10.0, "[thu]", 9.0, "ok"),  # no such entry
    ("10:00", 20.0, "[thu]", None, "ok"),  # no score
    ("10:00", None, "[thu]", None, "raced_out"),
]


def write(path: Path, fixed: dict[str, Any] | None = None, **said: object) -> Path:
    """Write the part of a finished sweep's folder that says what its trials came to."""
    groups = {"strategy": "short_straddle", "fills": "last", "costs": "india", "margin": "estimate", "data": "default"}
    plain: dict[str, Any] = {
        group: yaml.safe_load((folder("conf") / group / f"{choice}.yaml").read_text())
        for group, choice in groups.items()
    }
    swept = {AT: ["10:00", "11:00", "12:00"], STOP: ["10", 15, 20, None], DAYS: [["mon", "tue"], ["thu"]]}
    plain |= {"axes": {**swept, **(fixed or {})}, "span": {"start": "2023-01-02", "end": "2023-06-30"}}
    summary = {
        "config": plain,
        "axes": swept,
        "symbol": "NIFTY",
        "strategy": "short_straddle",
        "strategy_version": STRADDLE.version,
        "status": "ok",
        **said,
    }
    path.mkdir()
    (path / "sweep.json").write_text(json.dumps(summary))
    columns = {AT: pl.String, STOP: pl.Float64, DAYS: pl.String, "sharpe": pl.Float64, "status": pl.String}
    trials = pl.DataFrame(ROWS, schema=columns, orient="row")
    trials.with_columns(n_trades=pl.lit(30)).write_parquet(path / "trials.parquet")
    return path


def read(*folders: Path) -> tuple[Earlier, ...]:
    """Read folders as a search by TPE on GRID does."""
    plain = {"name": "tpe", "n_trials": 9, "seed": 3, "timeout": None, "generation": 3, "objectives": None}
    faults: list[str] = []
    warm = {"constraints": ["n_trades>=20"], "warm_start": [str(one) for one in folders]}
    search = Search.read({**plain, **warm}, "sharpe", faults)
    assert search is not None, faults
    return earlier_of("NIFTY", STRADDLE, GRID, search)


def test_trials_on_the_grid_are_told_with_their_scores(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path / "a"))

    assert found.positions.tolist() == [0, 11, 8]
    assert found.scores.tolist() == [[1.0], [-2.0], [3.0]]
    assert found.excess.tolist() == [[-10.0]] * 3
    assert found.line == (
        f"3 of 7 trials of {tmp_path / 'a'} (2023-01-02 to 2023-06-30) were told; 2 lie off this grid, 2 have no score"
    )
    assert found.counts == {
        "folder": str(tmp_path / "a"),
        "span": ("2023-01-02", "2023-06-30"),
        "trials": 7,
        "told": 3,
        "off_grid": 2,
    }


@pytest.mark.parametrize("fixed", [{TARGET: [45]}, {"fills.latency_s": [3]}])
def test_a_parameter_that_is_set_otherwise_puts_all_trials_off_the_grid(tmp_path: Path, fixed: dict[str, Any]) -> None:
    (found,) = read(write(tmp_path / "a", fixed=fixed))
    assert (found.off, len(found.positions)) == (7, 0)


@pytest.mark.parametrize(
    ("said", "law"),
    [
        ({"status": "interrupted"}, "is not finished but interrupted"),
        ({"symbol": "BANKNIFTY"}, "is of BANKNIFTY, not of NIFTY"),
        ({"strategy_version": 999}, "is of version 999 of short_straddle"),
    ],
)
def test_what_is_not_the_same_question_is_refused(tmp_path: Path, said: dict[str, Any], law: str) -> None:
    with pytest.raises(ConfigError, match=law):
        read(write(tmp_path / "a", **said))


def test_another_strategy_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a") / "sweep.json"
    summary = json.loads(path.read_text())
    summary["config"]["strategy"] = yaml.safe_load((folder("conf") / "strategy" / "short_strangle.yaml").read_text())
    path.write_text(json.dumps({**summary, "strategy": "short_strangle"}))
    with pytest.raises(ConfigError, match="is of strategy short_strangle, not of short_straddle"):
        read(path.parent)


def test_all_folders_that_cannot_be_told_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    good, running = write(tmp_path / "a"), write(tmp_path / "b", status="running")
    with pytest.raises(ConfigError) as told:
        read(tmp_path / "empty", good, running)

    lines = str(told.value).splitlines()
    assert sum("is not the folder of a finished sweep" in line and "empty" in line for line in lines) == 1
    assert sum("is not finished but running" in line for line in lines) == 1
    assert not any(str(good) in line for line in lines)
