from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.neighbours import Surroundings, neighbour_table, robustness
from tests.sweep_folder import make_sweep

STOPS, CLOCKS = (10, 20, 30, None), ("10:00", "11:00", "13:00")
AXES: dict[str, list[Any]] = {
    "fills": ["last", "quote"],
    "strategy.exit.stop_pct": list(STOPS),
    "strategy.entry.at": list(CLOCKS),
}
# Of fills=last by stop (down) and clock (across); everything of fills=quote is 0, and so is the median.
SHARPE = ((0.0, 7.0, 8.0), (0.0, 8.0, 9.0), (0.0, 7.5, 6.8), (10.0, 0.0, 0.0))


def surroundings(path: Path, sharpe: tuple[tuple[float, ...], ...] = SHARPE) -> Surroundings:
    """Lay out 24 trials with these objectives; trials are in grid order, the last axis fastest."""
    folder = make_sweep(path, axes=AXES, days=6, status="ok")
    values = [*np.array(sharpe).ravel(), *[0.0] * 12]
    trials = pl.read_parquet(folder / "trials.parquet").with_columns(sharpe=pl.Series(values))
    trials.write_parquet(folder / "trials.parquet")
    return Surroundings(SweepFolder.read(folder))


def trial_of(around: Surroundings, row: int) -> int:
    return int(around.folder.ranked["trial_id"][row])


def test_neighbours_are_one_step_away_on_one_axis(tmp_path: Path) -> None:
    around = surroundings(tmp_path / "sweep")
    row = around.folder.ranked["trial_id"].to_list().index(4)  # last, stop 20, 11:00
    assert around.stepped == ("strategy.exit.stop_pct", "strategy.entry.at")
    found = [(axis, trial_of(around, at)) for axis, at in around.of(row)]
    stop, clock = around.stepped
    assert found == [(stop, 1), (stop, 7), (clock, 3), (clock, 5)]
    edge = around.folder.ranked["trial_id"].to_list().index(9)  # last, off, 10:00: nothing after off or before 10:00
    assert [trial_of(around, at) for _, at in around.of(edge)] == [6, 10]


def test_the_plateau_is_where_all_neighbours_are_as_good(tmp_path: Path) -> None:
    # The best has 10 and the median 0, so 7.5 and more is as good.
    around = surroundings(tmp_path / "sweep")
    good = {trial_of(around, int(row)) for row in np.flatnonzero(around.as_good)}
    assert good == {9, 5, 2, 4, 7}
    assert not around.plateau.any()  # each of them has a neighbour that is worse
    wide = surroundings(tmp_path / "wide", ((9.0, 9.0, 9.0), (9.0, 10.0, 9.0), (9.0, 9.0, 9.0), (0.0, 0.0, 0.0)))
    flat = {trial_of(wide, int(row)) for row in np.flatnonzero(wide.plateau)}
    assert flat == {0, 1, 2, 3, 4, 5}  # the third row stands beside zeros
    assert robustness(wide)[0].startswith(
        "The best stands on a plateau: of the 4 sets one step away on one axis, 4 are"
    )


def test_a_lone_best_is_told_and_a_steadier_set_is_named(tmp_path: Path) -> None:
    around = surroundings(tmp_path / "sweep")
    (said,) = robustness(around)
    assert said.startswith("The best stands alone: of the 2 sets one step away on one axis, none is as good")
    # Trial 5 has 9 and beside it 8, 6.8 and 8; trial 2 has 8 and beside it 7 and 9, so its worst is best.
    assert "The set whose worst neighbour is best is trial 2, with a Sharpe ratio of 8.00." in said
    rows = neighbour_table(around).rows
    assert [row[:3] for row in rows] == [
        ("the best itself", "9", "as good"),
        ("exit.stop_pct 30", "6", "worse"),
        ("entry.at 11:00", "10", "worse"),
    ]


def test_what_is_minimised_is_judged_the_other_way_round(tmp_path: Path) -> None:
    around = surroundings(tmp_path / "sweep")
    falls = around.folder.trials.with_columns(max_drawdown=10.0 - pl.col("sharpe"))
    summary = {**around.folder.summary, "objective": "max_drawdown"}
    folder = SweepFolder(
        around.folder.path, summary, falls, around.folder.daily, around.folder.fills, around.folder.status
    )
    turned = Surroundings(folder)
    assert turned.as_good.tolist() == around.as_good.tolist()
    assert trial_of(turned, turned.steadiest) == 2


def test_sets_that_were_not_tried_are_no_neighbours(tmp_path: Path) -> None:
    around = surroundings(tmp_path / "sweep")
    few = around.folder.trials.filter(pl.col("trial_id").is_in([0, 4, 8]))  # on a diagonal
    folder = SweepFolder(
        around.folder.path, around.folder.summary, few, around.folder.daily, around.folder.fills, around.folder.status
    )
    lone = Surroundings(folder)
    assert lone.beside.size == 12
    assert (lone.beside == -1).all()
    assert lone.steadiest == 0
    assert robustness(lone) == [
        "No set one step away from the best was tried, so whether it stands on a plateau cannot be said."
    ]


def test_a_space_too_large_for_machine_numbers_is_still_exact(tmp_path: Path) -> None:
    names = [f"strategy.axis_{at}" for at in range(16)]
    rng = np.random.default_rng(3)
    values = rng.integers(0, 40, (60, 16))
    values[30:] = values[:30]
    values[30:, 5] += 1  # each of the first thirty has a neighbour here, where the next value occurs at all
    path = make_sweep(tmp_path / "sweep", axes={"strategy.x": list(range(60))}, days=4, status="ok")
    trials = pl.read_parquet(path / "trials.parquet")
    columns = [pl.Series(name, values[:, at]) for at, name in enumerate(names)]
    wide = trials.select("trial_id", *columns, pl.exclude("trial_id", "strategy.x"))
    wide.write_parquet(path / "trials.parquet")
    around = Surroundings(SweepFolder.read(path))
    assert np.prod([float(len(axis)) for axis in around.values.values()]) > 2.0**64
    ranked = around.folder.ranked["trial_id"].to_list()
    place = {trial: row for row, trial in enumerate(ranked)}
    for trial in range(30):
        assert place[trial + 30] in {at for _, at in around.of(place[trial])}


@pytest.mark.parametrize(
    ("values", "stepped"),
    [([1.5, None, 2.0], True), (["09:20", "10:00:30"], True), (["mon", "tue"], False), ([True, False], False)],
)
def test_only_numbers_and_times_have_steps(tmp_path: Path, values: list[Any], stepped: bool) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", axes={"strategy.x": values}, days=4))
    assert Surroundings(folder).stepped == (("strategy.x",) if stepped else ())
