"""One set on one day: the terminal shows its trades, the folder its chart."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweeps import run
from tests import legacy_files as old

DAY = "2023-11-06"
FIXED = ("symbol=NIFTY", f"span.start={DAY}", f"span.end={DAY}", "record=none", "executor=local")

pytestmark = pytest.mark.slow


@pytest.fixture
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out a day whose premiums fall by a rupee a minute; give the folder for a sweep."""
    monkeypatch.setenv("COLUMNS", "80")
    clocks = [f"{DAY} {(555 + minute) // 60:02d}:{(555 + minute) % 60:02d}:00" for minute in range(375)]
    for right in ("CE", "PE"):
        rows = [(clock, 500.0 - minute, 50) for minute, clock in enumerate(clocks)]
        old.option(tmp_path, "NIFTY", "2023-11-09", right, 19400, rows)
    old.spot(tmp_path, "NIFTY", DAY, [(clock, 19400.0) for clock in clocks])
    return tmp_path / "sweep"


def where(into: Path) -> tuple[str, ...]:
    return f"paths.data={into.parent}", f"paths.sweep={into}", "data.allow_legacy_close=true"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        # Sold for 395 at 11:00:01, 105 minutes in; a tenth less than 790 is reached when each costs 355 (11:40).
        ((), ("All 4 fills", "11:00:01 entry sell 19400 CE 09Nov 1 ₹394.95", "target buy 19400 PE 09Nov 1 ₹355.05")),
        (("strategy.entry.at=08:00",), ("nothing was traded; skipped: outside_session (1)",)),
    ],
)
def test_the_trades_of_one_day_are_printed_and_drawn(
    into: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    assert run.main([*FIXED, *where(into), *words]) == run.DONE
    shown = " ".join(capfd.readouterr().out.split())
    for line in lines:
        assert line in shown
    assert "chart: " in shown
    assert (into / "day.html").is_file()
    assert (into / "figures" / "day.png").is_file()


def test_several_sets_or_days_have_no_such_page(into: Path) -> None:
    assert run.main(["-m", *FIXED, *where(into), "strategy.exit.stop_pct=10,20"]) == run.DONE
    assert not (into / "day.html").exists()
