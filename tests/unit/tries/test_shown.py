"""Days whose results a plain sweep has shown are no longer out of sample for a walk-forward that comes later."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from nfops.tries import Shown, ShownDays, seen_by

NOON = dt.datetime(2024, 2, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def january(*days: int) -> list[dt.date]:
    return [dt.date(2024, 1, day) for day in days]


def seen(shown: ShownDays, *days: int, before: str | None = None) -> list[tuple[str, list[int]]]:
    """Runs that have shown some of the days, and which."""
    found = seen_by(january(*days), shown.shown(), before)
    return [(one.run, sorted(date.day for date in one.days)) for one in found]


def test_sweeps_spoil_the_days_they_computed_of_their_strategy_and_symbol(tmp_path: Path) -> None:
    shown = ShownDays(tmp_path, "NIFTY", "short_straddle")
    shown.add("late", january(3, 4), NOON + HOUR)
    shown.add("early", january(1, 2, 3), NOON)

    assert seen(shown, 3, 4, 5) == [("early", [3]), ("late", [3, 4])]
    assert seen(shown, 5, 8) == []
    assert seen(ShownDays(tmp_path, "BANKNIFTY", "short_straddle"), 3) == []
    assert seen(ShownDays(tmp_path, "NIFTY", "short_strangle"), 3) == []


def test_what_is_shown_after_the_first_look_at_a_window_does_not_spoil_it(tmp_path: Path) -> None:
    shown = ShownDays(tmp_path, "NIFTY", "short_straddle")
    shown.add("early", january(3), NOON)
    shown.add("late", january(3), NOON + 2 * HOUR)

    assert seen(shown, 3, before=(NOON + HOUR).isoformat()) == [("early", [3])]
    assert seen(shown, 3, before=(NOON - HOUR).isoformat()) == []


def test_a_sweep_that_went_on_is_one_sweep_from_its_first_time_on(tmp_path: Path) -> None:
    shown = ShownDays(tmp_path, "NIFTY", "short_straddle")
    shown.add("a", january(1, 2), NOON)
    shown.add("a", january(1, 2), NOON + HOUR)
    shown.add("a", january(1, 2, 3), NOON + 2 * HOUR)

    assert [one.days for one in shown.shown()] == [frozenset(january(1, 2)), frozenset(january(3))]
    assert seen_by(january(2, 3), shown.shown(), None) == [Shown("a", NOON.isoformat(), frozenset(january(2, 3)))]


def test_what_a_sweep_leaves_behind_is_small(tmp_path: Path) -> None:
    shown = ShownDays(tmp_path, "NIFTY", "short_straddle")
    days = [dt.date(2020, 1, 1) + dt.timedelta(at) for at in range(1500)]
    shown.add("first", days, NOON)

    (part,) = (tmp_path / "ledger" / "shown" / "NIFTY" / "short_straddle").iterdir()
    assert part.stat().st_size < 8_000  # so hundreds of them are read in a moment
