"""Rates, ratios and what they are held to, with made-up clocks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.bench import judge, report
from tests.bench.board import Board, Target
from tests.bench.timing import Contender, Rate, compared, race

BOARD = Board(
    "legs",
    "A grid",
    "day-backtests per second",
    {"NumPy": Rate(1e2, 1.0, 1.0, 1.0), "nfops, kept": Rate(1e3, 10.0, 8.0, 12.0), "floor": Rate(4e3, 40, 40, 40)},
    floor="floor",
    targets=(Target("kept, against NumPy", 64, 10.0), Target("seconds", 1.5, 1.2, at_most=True)),
    notes=("5 days",),
)  # fmt: skip


def test_ratios_are_taken_within_a_round_so_a_slow_round_does_not_move_them() -> None:
    # in the second round the machine does half as much of everything
    found = compared({"base": [10.0, 5.0, 10.0], "ours": [40.0, 20.0, 50.0]})
    assert found["base"] == Rate(10.0, 1.0, 1.0, 1.0)
    assert found["ours"] == Rate(40.0, 4.0, 4.0, 5.0)


def test_contenders_take_turns_and_neither_the_first_round_nor_preparing_counts() -> None:
    now, said = [0.0], []

    def takes(name: str, seconds: float) -> None:
        said.append(name)
        now[0] += seconds

    contenders = {
        "slow": Contender(8, lambda: takes("slow", 4.0)),
        "fast": Contender(8, lambda: takes("fast", 1.0), prepare=lambda: takes("prepare", 100.0)),
    }
    found = race(contenders, 2, lambda: now[0])
    assert said == ["slow", "prepare", "fast"] * 3
    assert (found["slow"].rate, found["fast"].rate, found["fast"].ratio) == (2.0, 8.0, 4.0)


def test_a_target_says_whether_it_is_met_and_how_far_off_it_is() -> None:
    missed, met = BOARD.targets
    assert (missed.met, met.met) == (False, True)
    assert missed.verdict == "missed  kept, against NumPy: 10, wanted at least 64 (6.4 x off)"
    assert met.verdict == "met     seconds: 1.2, wanted at most 1.5"


def test_the_floor_is_a_rate_of_the_same_run() -> None:
    assert BOARD.of_floor("nfops, kept") == pytest.approx(0.25)


def test_only_half_of_a_committed_ratio_is_too_little() -> None:
    committed = {"legs": {"nfops, kept": 20.0}}
    assert judge.ratios([BOARD]) == {"legs": {"nfops, kept": 10.0}}
    assert judge.shortfalls({"legs": {"nfops, kept": 10.0}}, committed) == []
    (fault,) = judge.shortfalls({"legs": {"nfops, kept": 9.9}}, committed)
    assert fault == "legs: nfops, kept has ratio 9.9, less than half of 20"


def test_a_committed_ratio_that_was_not_measured_is_a_fault() -> None:
    assert judge.shortfalls({}, {"legs": {"nfops, kept": 20.0}}) == ["legs: nfops, kept was not measured"]


def test_the_committed_ratios_are_of_several_boards() -> None:
    committed = judge.read()
    assert {"legs", "daycache", "compose", "sweep"} <= set(committed)
    assert all(ratio > 0 for of in committed.values() for ratio in of.values())


def test_a_run_is_kept_as_page_picture_and_numbers_named_by_processor_cores_and_date(tmp_path: Path) -> None:
    about = {**report.machine(), "cpu": "Intel(R) Xeon(R) Processor @ 2.50GHz", "cores": 2}
    page = report.write([BOARD], tmp_path, about, dt.date(2026, 11, 21))
    name = "intel-xeon-2.50ghz-2-cores-2026-11-21"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.md", f"{name}.png", f"{name}.json"}
    text = page.read_text()
    assert "| nfops, kept | 1,000 | 10 | 8 | 12 | 0.25 |" in text
    assert "- missed  kept, against NumPy: 10, wanted at least 64 (6.4 x off)" in text
    kept = json.loads((tmp_path / f"{name}.json").read_text())
    assert kept["boards"][0]["rates"]["nfops, kept"] == {"rate": 1000.0, "ratio": 10.0, "low": 8.0, "high": 12.0}
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_machine_is_told_without_its_name() -> None:
    assert set(report.machine()) == {"cpu", "cores", "load", "python", *report.TOOLS}
