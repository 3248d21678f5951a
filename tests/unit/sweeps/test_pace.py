"""Tasks have as many days as make them worth sending, and no more than they can carry."""

from __future__ import annotations

import datetime as dt

import pytest

from sweeps.plan import MOST_DAYS, SENDING_S, Pace
from sweeps.ports import Outcome

DATE = dt.date(2024, 1, 1)


def after(*seen: tuple[float, float]) -> Pace:
    """Give the pace after days that took so many seconds and weighed so much."""
    pace = Pace()
    for seconds, weight in seen:
        pace.saw(Outcome(DATE, 0, {}, seconds, weight=weight))
    return pace


@pytest.mark.parametrize(
    ("seen", "days"),
    [
        ([], 1),  # nothing is known yet
        ([(0.1, 0.0)], 5),  # half a second
        ([(0.1, 0.0), (0.4, 0.0)], 2),
        ([(2.0, 0.0)], 1),
        ([(0.0, 0.0)], MOST_DAYS),
        ([(0.1, 0.25)], 4),  # no more are carried at once
        ([(0.1, 0.3)], 3),
        ([(0.0, 0.25), (0.0, 0.5), (0.0, 0.25)], 2),  # the heaviest counts: such a day may come again
        ([(0.0, 2.4)], 1),
        ([(0.1, 0.01)], 5),
    ],
)
def test_a_task_has_days_for_half_a_second_that_it_can_carry(seen: list[tuple[float, float]], days: int) -> None:
    assert after(*seen).days == days


@pytest.mark.parametrize(("share", "quick"), [(0.9, True), (1.1, False)])
def test_days_are_quick_when_they_are_traded_sooner_than_sent(share: float, quick: bool) -> None:
    assert not Pace().is_quick
    assert after((share * SENDING_S, 0.0)).is_quick == quick
