"""The walk-forward that tests of the application share: twelve sets on six simulated days."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

from sweeps import run
from tests.simulated import FIRST, LAST

DATES = [dt.date(2024, 1, day) for day in (1, 2, 3, 4, 5, 8)]
ENTRIES, STOPS = ("10:30", "13:30", "14:00"), (5, 10, 20, 40)
AXES = (f"strategy.entry.at={','.join(ENTRIES)}", f"strategy.exit.stop_pct={','.join(map(str, STOPS))}")
"""Twelve sets; with three days of training and one of test there are three windows."""

WINDOWS = ("walkforward.train_days=3", "walkforward.test_days=1")
FILES = ("windows", "oos_daily")


def span(root: Path, into: Path, study: str) -> tuple[str, ...]:
    """Words that every run of these tests has."""
    days = (f"span.start={FIRST}", f"span.end={LAST}", "symbol=NIFTY", "executor=local", "record=none")
    return (*days, f"paths.data={root}", f"paths.sweep={into}", f"study={study}")


def walk(root: Path, into: Path, study: str, *words: str) -> int:
    """Run a walk-forward; return the exit code."""
    return run.walk(["-m", *span(root, into, study), *AXES, *WINDOWS, *words])


def wf(into: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((into / "wf.json").read_text())
    return found


def digests(into: Path) -> list[str]:
    return [hashlib.sha256((into / f"{name}.parquet").read_bytes()).hexdigest() for name in FILES]
