"""What a search learned: figures of it, and none for a grid."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nfops.report import SweepFolder, write_report
from nfops.report.learned import front, learned
from tests.sweep_folder import make_sweep

SHARES = {
    "sharpe": {"strategy.entry.at": 0.7, "strategy.exit.stop_pct": 0.2, "strategy.exit.target_pct": 0.1},
    "max_drawdown": {"strategy.entry.at": 0.1, "strategy.exit.stop_pct": 0.6, "strategy.exit.target_pct": 0.3},
}


FIGURES = ["importances", "slices", "contours", "front"]


def searched(path: Path, **said: object) -> Path:
    """Write a sweep whose search was not the grid."""
    summary = path / "sweep.json"
    content = json.loads((make_sweep(path) / "sweep.json").read_text())
    content["config"]["search"] = {"name": "nsga2", "objectives": ["sharpe", "max_drawdown"], **said}
    content["importances"] = SHARES
    summary.write_text(json.dumps(content))
    return path


def test_points_that_nothing_beats_in_both_are_the_front() -> None:
    points = np.array(
        [
            [1.0, 9.0],  # best up
            [5.0, 5.0],
            [5.0, 5.0],  # its equal
            [5.0, 4.0],  # no worse across, but beaten
            [4.0, 4.0],  # beaten in both
            [9.0, 1.0],  # best across
            [9.0, np.nan],  # unknown
        ]
    )
    assert front(points).tolist() == [True, True, True, False, False, True, False]


def test_a_grid_learned_nothing_that_its_plateau_does_not_show(tmp_path: Path) -> None:
    assert learned(SweepFolder.read(make_sweep(tmp_path / "plain"))) == []
    assert learned(SweepFolder.read(searched(tmp_path / "grid", name="grid"))) == []


def test_a_search_shows_importances_slices_and_front(tmp_path: Path) -> None:
    importances, slices, levels, trade_off = learned(SweepFolder.read(searched(tmp_path / "a")))

    assert [one.name for one in (importances, slices, levels, trade_off)] == FIGURES
    for words in ("70 %", "60 %", "entry.at", "Sharpe ratio", "maximum drawdown"):
        assert words in importances.svg, words
    for words in ("entry.at", "exit.stop_pct", "exit.target_pct", "13:00", "off"):
        assert words in slices.svg, words
    for words in ("entry.at", "exit.stop_pct", "exit.target_pct", "13:00", "off", "Sharpe ratio"):
        assert words in levels.svg, words
    assert "maximum drawdown" in trade_off.svg


def test_one_objective_has_no_front(tmp_path: Path) -> None:
    found = learned(SweepFolder.read(searched(tmp_path / "a", name="tpe", objectives=None)))
    assert [one.name for one in found] == FIGURES[:3]


def test_the_page_of_a_search_has_a_section_on_it(tmp_path: Path) -> None:
    page = write_report(searched(tmp_path / "a"))
    text = page.read_text(encoding="utf-8")
    assert text.count('id="learned"') == 1
    assert '<a href="#learned">' in text
    for name in FIGURES:
        assert (page.parent / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n")
