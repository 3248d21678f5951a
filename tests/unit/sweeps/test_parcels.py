"""Numbers of a block arrive as they were sent, and a parcel that comes again is known."""

from __future__ import annotations

import numpy as np
import pytest

from sweeps.adapters import parcels
from sweeps.adapters.parcels import opened, packed

VALUES = np.array([[7, 1, 5, -3], [7, 2, 5, -3], [7, 1, 6, -3]])


@pytest.fixture(autouse=True)
def nothing_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "_OPENED", type(parcels._OPENED)())


def test_only_what_differs_travels_once_for_each_set() -> None:
    parcel = packed(VALUES)
    assert parcel.row.tolist() == [7, 1, 5, -3]
    assert parcel.places.tolist() == [1, 2]
    assert parcel.columns.tolist() == [[1, 5], [2, 5], [1, 6]]


@pytest.mark.parametrize("values", [VALUES, VALUES[:1], np.random.default_rng(3).integers(-9, 9, (500, 40))])
def test_what_is_opened_is_what_was_packed(values: np.ndarray) -> None:
    assert np.array_equal(opened(packed(values)), values)


def test_a_parcel_that_comes_again_is_the_same_array() -> None:
    first = opened(packed(VALUES))
    assert opened(packed(VALUES + 1)) is not first
    assert opened(packed(VALUES.copy())) is first


def test_parcels_that_nobody_asked_for_lately_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MOST_SETS", 6)
    first, second = (opened(packed(VALUES + more)) for more in (0, 1))
    assert opened(packed(VALUES)) is first
    opened(packed(VALUES + 2))  # one of nine sets too many goes: the second, which was asked for before the first
    assert opened(packed(VALUES)) is first
    assert opened(packed(VALUES + 1)) is not second
