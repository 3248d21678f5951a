"""Configuration: everything that is wrong is told at once, and nothing starts."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from nfops.errors import ConfigError
from nfops.strategies import REGISTRY
from sweeps.config import build, build_all
from sweeps.home import folder
from tests.shared import shared

GROUPS = {
    "strategy": "short_straddle",
    "fills": "last",
    "costs": "india",
    "margin": "estimate",
    "data": "default",
    "executor": "local",
    "search": "grid",
    "record": "none",
    "paths": "default",
}


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A plain configuration as Hydra composes it, on a data root that claims to have every day asked for."""
    monkeypatch.setattr("nfops.daycache.DayStore.keys", lambda _self, dates: dict.fromkeys(dates, "k"))
    composed: dict[str, Any] = {
        group: yaml.safe_load((folder("conf") / group / f"{choice}.yaml").read_text())
        for group, choice in GROUPS.items()
    }
    composed["paths"] |= {"data": str(tmp_path), "mlruns": str(tmp_path)}
    span = {"start": "2024-01-01", "end": "2024-01-05"}
    scalars = {"symbol": "NIFTY", "objective": "sharpe", "study": None, "seed": 7, "block_size": 2000}
    return {**composed, **scalars, "span": span, "axes": {}}


def test_the_last_axis_varies_fastest_and_single_values_are_no_axis(plain: dict[str, Any]) -> None:
    plain["axes"] = {
        "strategy.exit.stop_pct": [10, None],
        "strategy.exit.target_pct": [5],
        "strategy.entry.at": ["10:00", "11:00"],
    }

    config = build(plain)

    assert list(config.axes) == ["strategy.exit.stop_pct", "strategy.entry.at"]
    rows = [config.grid.block(0, 4).decoded(row) for row in range(4)]
    assert [(row["strategy.exit.stop_pct"], row["strategy.entry.at"]) for row in rows] == [
        (10, "10:00"),
        (10, "11:00"),
        (None, "10:00"),
        (None, "11:00"),
    ]


def test_every_fault_is_in_one_message(plain: dict[str, Any]) -> None:
    plain |= {"symbol": "NIFTI", "objective": "sharp", "block_size": 0, "axes": {"strategy.exit.stop_pc": [5]}}
    plain["span"] = {"start": "2024-13-01", "end": "2024-01-05"}
    plain["executor"]["workers"] = "two"
    plain["record"]["runs"] = 0
    plain["strategy"]["entry"]["at"] = "25:00"

    with pytest.raises(ConfigError) as told:
        build(plain)

    for words in (
        "span.start must be a date YYYY-MM-DD, got '2024-13-01'",
        "symbol must be one of NIFTY",
        "objective must be one of total",
        "block_size must be a whole number",
        "executor.workers must be a whole number",
        "record.runs must be a whole number",
        "did you mean strategy.exit.stop_pct",
        "strategy.entry.at must be a time of day",
    ):
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("path", "values"),
    [("strategy.exit.stop_pct", [10, "10.0"]), ("strategy.entry.at", ["10:00", "10:00:00"])],
)
def test_one_value_written_in_two_ways_is_told(plain: dict[str, Any], path: str, values: list[Any]) -> None:
    plain["axes"] = {path: values}
    with pytest.raises(ConfigError, match="has the same value twice"):
        build(plain)


@pytest.mark.parametrize("objective", ["sharp", "skip_stale"])
def test_only_what_can_be_ranked_is_an_objective(plain: dict[str, Any], objective: str) -> None:
    with pytest.raises(ConfigError, match=rf"objective must be one of .*, got '{objective}'"):
        build({**plain, "objective": objective})


def test_a_span_without_trading_days_says_why(plain: dict[str, Any]) -> None:
    plain["span"] = {"start": "2024-01-06", "end": "2024-01-07"}
    with pytest.raises(ConfigError, match="2024-01-06 was a Saturday"):
        build(plain)


def test_missing_packed_data_is_told_with_the_way_out(plain: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(ConfigError, match=r"no option row of NIFTY is packed .*nfops pack --help"):
        build(plain)


def test_a_wrong_folder_of_facts_is_a_fault_of_the_configuration(plain: dict[str, Any], tmp_path: Path) -> None:
    plain["paths"]["meta"] = str(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"trading_sessions\.csv: the table is missing"):
        build(plain)


def test_two_sweeps_never_share_a_folder(plain: dict[str, Any], tmp_path: Path) -> None:
    plain["paths"]["sweep"] = str(tmp_path / "here")
    with pytest.raises(ConfigError, match="is one folder, but 2 sweeps would write to it"):
        build_all([plain, copy.deepcopy(plain)])


def test_faults_of_a_later_sweep_stop_the_first(plain: dict[str, Any]) -> None:
    wrong = {**copy.deepcopy(plain), "symbol": "NIFTI"}
    with pytest.raises(ConfigError, match="symbol must be one of"):
        build_all([plain, wrong])


@pytest.mark.parametrize("name", REGISTRY)
def test_the_strategy_files_say_what_the_strategies_declare(plain: dict[str, Any], name: str) -> None:
    plain["strategy"] = yaml.safe_load((folder("conf") / "strategy" / f"{name}.yaml").read_text())
    plain["symbol"] = "BANKNIFTY"

    config = build(plain)

    assert config.strategy is REGISTRY[name]
    decoded = config.grid.block(0, 1).decoded(0)
    assert {p.path: p.read(p.codes(p.default)) for p in config.strategy.schema.params} == decoded
    assert set(_leaves(plain["strategy"], "strategy")) == {
        *(path for path in decoded if path.startswith("strategy.")),
        *("strategy.name", "strategy.parts.entry", "strategy.parts.legs"),
    }


def test_filters_are_checked_with_everything_else(plain: dict[str, Any], tmp_path: Path) -> None:
    """A range that nothing passes, a weekday that is none, and events where no table of them is."""
    shutil.copytree(folder("meta"), tmp_path / "meta", ignore=shutil.ignore_patterns("events.csv"))
    plain["paths"]["meta"] = str(tmp_path / "meta")
    plain["strategy"]["filters"] |= {"gap_min": 1, "gap_max": 0.5, "weekdays": ["monday"]}
    plain["axes"] = {"strategy.filters.event": ["budget", None]}

    with pytest.raises(ConfigError) as told:
        build(plain)

    for words in (
        "strategy.filters.gap_min 1 lies above strategy.filters.gap_max 0.5",
        "strategy.filters.weekdays must be a list of weekdays",
        "strategy.filters.event wants dated events, and",
    ):
        assert words in str(told.value)


def test_sets_of_weekdays_are_an_axis(plain: dict[str, Any]) -> None:
    plain["axes"] = {"strategy.filters.weekdays": [["mon"], ["tue", "thu"], None]}

    config = build(plain)

    rows = [config.grid.block(0, 3).decoded(row)["strategy.filters.weekdays"] for row in range(3)]
    assert rows == [["mon"], ["tue", "thu"], None]


def _leaves(branch: Any, prefix: str) -> Iterator[str]:
    for key, value in branch.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}"


def test_a_file_may_compose_parts_under_a_name_of_its_own(plain: dict[str, Any]) -> None:
    plain["strategy"] = {
        "name": "mine",
        "parts": {"entry": "opening", "legs": "calendar"},
        "entry": {"range_s": 600},
        "legs": {"stance": "front_long"},
    }

    config = build(plain)

    assert (config.strategy.name, config.study) == ("mine", "mine")
    decoded = config.grid.block(0, 1).decoded(0)
    assert (decoded["strategy.entry.range_s"], decoded["strategy.legs.stance"]) == (600, "front_long")
    assert decoded["strategy.entry.until"] == "11:00"


def test_unknown_parts_and_parameters_of_other_parts_are_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigError, match=r"parts\.entry must be one of clock, .*, got 'clok'(.|\n)*parts\.legs must be"
    ):
        build({**plain, "strategy": {"name": "mine", "parts": {"entry": "clok", "legs": "butterfli"}}})
    plain["strategy"] = {"name": "mine", "parts": {"entry": "clock", "legs": "pair"}, "legs": {"wing": 2, "side": "up"}}
    with pytest.raises(ConfigError, match=r"legs\.wing is not a parameter(.|\n)*legs\.side must be one of sell, buy"):
        build(plain)


def test_two_indices_start_from_the_first(plain: dict[str, Any]) -> None:
    plain["strategy"] = {"name": "dispersion"}
    with pytest.raises(ConfigError, match="dispersion trades symbol=BANKNIFTY with NIFTY, got symbol=NIFTY"):
        build(plain)


def test_the_real_holiday_feed_is_no_trading_day(plain: dict[str, Any]) -> None:
    assert shared("data", "nse").is_dir()
    plain["span"] = {"start": "2019-06-05", "end": "2019-06-05"}
    with pytest.raises(ConfigError, match="2019-06-05 was a holiday"):
        build(plain)


def test_an_interval_is_an_axis_of_steps(plain: dict[str, Any]) -> None:
    plain["axes"] = {"strategy.exit.stop_pct": ["interval(10,30)"], "strategy.exit.stop_pts": ["interval(0.5, 2.5)"]}

    config = build(plain)

    steps = config.strategy.schema.by_path
    assert (steps["strategy.exit.stop_pct"].step, steps["strategy.exit.stop_pts"].step) == (5, 1)
    assert config.axes == {
        "strategy.exit.stop_pct": [10, 15, 20, 25, 30],
        "strategy.exit.stop_pts": [0.5, 1.5, 2.5],
    }


@pytest.mark.parametrize("wrong", ["interval(20,10)", "interval(09:20,15:00)"])
def test_an_interval_that_has_no_steps_is_told(plain: dict[str, Any], wrong: str) -> None:
    plain["axes"] = {"strategy.entry.at" if ":" in wrong else "strategy.exit.stop_pct": [wrong]}
    with pytest.raises(ConfigError, match="interval"):
        build(plain)


def test_a_search_is_checked_with_everything_else(plain: dict[str, Any]) -> None:
    plain["search"] |= {"name": "nsga2", "constraints": ["luck>=1"]}
    plain["objective"] = "fame"
    with pytest.raises(ConfigError) as told:
        build(plain)
    for fault in (
        "search=nsga2 wants search.n_trials",
        "two search.objectives",
        "'luck>=1'",
        "objective must be one of",
    ):
        assert fault in str(told.value)
