"""The group walkforward: everything that is wrong is told at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from nfops.walkforward import Scheme
from sweeps.home import folder
from sweeps.walk_scheme import read_scheme

DATES = [dt.date(2024, 1, 1) + dt.timedelta(at) for at in range(120)]


def group(choice: str, **said: Any) -> dict[str, Any]:
    """A shipped choice with some values changed."""
    shipped = yaml.safe_load((folder("conf") / "walkforward" / f"{choice}.yaml").read_text())
    return {**shipped, **said}


def test_the_shipped_choices_differ_in_the_anchor_alone() -> None:
    faults: list[str] = []
    assert read_scheme(group("rolling"), DATES, faults) == Scheme(False, 60, 20, 20, 0, 0)
    assert read_scheme(group("anchored"), DATES, faults) == Scheme(True, 60, 20, 20, 0, 0)
    assert faults == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"train_days": 1}, ["train_days must be a whole number of at least 2, got 1"]),
        ({"test_days": "x", "purge": -1}, ["test_days must be", "step must be", "purge must be a whole number of at"]),
        ({"embargo": True}, ["embargo must be a whole number of at least 0, got True"]),
        ({"anchored": 1}, ["anchored must be true or false, got 1"]),
        ({"step": 19}, ["step=19 must be at least test_days=20"]),
        ({"train_days": 101}, [r"the span has 120"]),
        ({"train_days": 5, "test_days": 5, "embargo": 20}, ["embargo=20 leaves 0 days"]),
    ],
)
def test_what_is_wrong_is_told(said: dict[str, Any], told: list[str]) -> None:
    faults: list[str] = []
    assert read_scheme(group("rolling", **said), DATES, faults) is None
    assert len(faults) == len(told)
    assert all(part in fault for part, fault in zip(told, faults, strict=True))
