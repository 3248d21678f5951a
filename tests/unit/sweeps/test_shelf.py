"""Days that lie in an object store already are not put there again, and only as many stay as there is room for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from nfops.daycache import ChainDay
from sweeps.adapters.flights import size
from sweeps.adapters.shelf import Shelf
from tests.days import day

DAY = day([(1, 21_500, "CE", 100.0)], [(0, 21_500.0)])


def of(number: int) -> ChainDay:
    """The same day, as many days later."""
    return replace(DAY, session=replace(DAY.session, date=DAY.date + dt.timedelta(days=number)))


class Store:
    """Counts what is put."""

    def __init__(self) -> None:
        self.put: list[dt.date] = []

    def __call__(self, day: ChainDay) -> str:
        self.put.append(day.date)
        return f"{day.date}"


def passes(room: float, numbers: list[int], busy: set[int] | None = None) -> list[int]:
    """Ask for days in this order; say which were put."""
    store = Store()
    shelf = Shelf(store, int(room * size(DAY)))
    using = {of(number).date for number in busy or ()}
    for number in numbers:
        assert shelf.reference(of(number), using) == f"{of(number).date}"
    return [(date - DAY.date).days for date in store.put]


@pytest.mark.parametrize(
    ("room", "put"),
    [
        (3, [0, 1, 2]),  # all fit: the second pass finds them
        (2, [0, 1, 2, 1, 2]),  # the first stays, and the last place changes hands
        (0, [0, 1, 2, 0, 1, 2]),
    ],
)
def test_a_second_pass_finds_the_days_that_came_first(room: float, put: list[int]) -> None:
    assert passes(room, [0, 1, 2, 0, 1, 2]) == put


def test_days_in_use_stay_whatever_room_they_take() -> None:
    assert passes(0, [0, 1, 0, 1], busy={0, 1}) == [0, 1]
    assert passes(1, [0, 1, 2, 1, 0], busy={1}) == [0, 1, 2, 0]
