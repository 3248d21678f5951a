"""A day is out of sample until somebody looks at it and then changes the settings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from nfops.tries import Look, Looks, burnt_by

NOON = dt.datetime(2024, 2, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def look(settings: str, first: int, last: int) -> Look:
    """A look at days of January."""
    return Look(settings, dt.date(2024, 1, first), dt.date(2024, 1, last))


def runs(looks: Looks, wanted: Look) -> list[str]:
    return [one.run for one in burnt_by(wanted, looks.seen())]


def test_only_windows_that_share_a_day_under_other_settings_are_burnt(tmp_path: Path) -> None:
    looks = Looks(tmp_path, "NIFTY", "calm")
    looks.add("first", [look("a", 8, 12), look("a2", 15, 19)], NOON)

    assert runs(looks, look("b", 1, 7)) == []
    assert runs(looks, look("b", 13, 14)) == []
    assert runs(looks, look("b", 12, 14)) == ["first"]
    assert runs(looks, look("b", 1, 8)) == ["first"]
    assert runs(looks, look("b", 10, 11)) == ["first"]
    assert runs(looks, look("b", 12, 15)) == ["first", "first"]
    assert runs(Looks(tmp_path, "NIFTY", "other"), look("b", 10, 11)) == []
    assert runs(Looks(tmp_path, "BANKNIFTY", "calm"), look("b", 10, 11)) == []


def test_looking_again_burns_nothing_and_heals_nothing(tmp_path: Path) -> None:
    looks = Looks(tmp_path, "NIFTY", "calm")
    looks.add("first", [look("a", 8, 12)], NOON)
    looks.add("second", [look("b", 10, 14)], NOON + HOUR)
    looks.add("again", [look("a", 8, 12)], NOON + 2 * HOUR)

    assert runs(looks, look("a", 8, 12)) == []
    assert runs(looks, look("b", 10, 14)) == ["first"]
    assert runs(looks, look("c", 12, 12)) == ["first", "second"]
    assert [(one.run, one.look.settings) for one in looks.seen()] == [("first", "a"), ("second", "b")]
