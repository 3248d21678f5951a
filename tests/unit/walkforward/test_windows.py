"""Windows of a walk-forward, by hand: twenty days numbered 1 to 20."""

from __future__ import annotations

import datetime as dt

import pytest

from nfops.errors import ConfigError
from nfops.walkforward import Scheme

DATES = [dt.date(2024, 1, day) for day in range(1, 21)]


def cut(scheme: Scheme) -> list[tuple[list[int], list[int]]]:
    """Days of training and of test of each window."""
    found = scheme.windows(DATES)
    assert [window.number for window in found] == list(range(len(found)))
    return [([date.day for date in window.train], [date.day for date in window.test]) for window in found]


def test_a_rolling_window_moves_and_keeps_its_length() -> None:
    assert cut(Scheme(anchored=False, train_days=6, test_days=4, step=4)) == [
        ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10]),
        ([5, 6, 7, 8, 9, 10], [11, 12, 13, 14]),
        ([9, 10, 11, 12, 13, 14], [15, 16, 17, 18]),
    ]


def test_an_anchored_window_grows_from_the_first_day() -> None:
    assert cut(Scheme(anchored=True, train_days=6, test_days=4, step=5)) == [
        ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [12, 13, 14, 15]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [17, 18, 19, 20]),
    ]


def test_a_purge_leaves_out_the_days_before_a_test_and_an_embargo_those_after_it() -> None:
    # The first test is 8, 9, 10: 7 is purged, and 11, 12 are embargoed. The second is 11, 12, 13 and sees neither
    # 10 (its purge) nor days before 4; it embargoes 14, 15. The third would train on 7 ... 12, less 11 and 12. The
    # fourth would train on 10 ... 15, less 11, 12, 14 and 15. A fifth would need day 22.
    assert cut(Scheme(anchored=False, train_days=6, test_days=3, step=3, purge=1, embargo=2)) == [
        ([1, 2, 3, 4, 5, 6], [8, 9, 10]),
        ([4, 5, 6, 7, 8, 9], [11, 12, 13]),
        ([7, 8, 9, 10], [14, 15, 16]),
        ([10, 13], [17, 18, 19]),
    ]


def test_an_anchored_training_stays_without_every_embargo_before_it() -> None:
    # Tests are 6, 7 / 11, 12 / 16, 17; one day is purged before and one embargoed after each: 8, 13, 18.
    assert cut(Scheme(anchored=True, train_days=4, test_days=2, step=5, purge=1, embargo=1)) == [
        ([1, 2, 3, 4], [6, 7]),
        ([1, 2, 3, 4, 5, 6, 7, 9], [11, 12]),
        ([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14], [16, 17]),
    ]


@pytest.mark.parametrize("scheme", [Scheme(False, 6, 3, 3, 1, 0), Scheme(True, 2, 5, 7, 0, 3), Scheme(False, 9, 1, 1)])
def test_no_training_day_is_a_test_day_or_comes_after_it(scheme: Scheme) -> None:
    found = scheme.windows(DATES)
    assert len(found) >= 2
    assert all(max(window.train) < min(window.test) for window in found)
    tested = [date for window in found for date in window.test]
    assert len(tested) == len(set(tested))


def test_a_span_that_is_just_long_enough_has_one_window_and_a_shorter_one_none() -> None:
    scheme = Scheme(anchored=False, train_days=12, test_days=6, step=6, purge=2)
    assert scheme.needed == 20
    assert cut(scheme) == [(list(range(1, 13)), [15, 16, 17, 18, 19, 20])]
    with pytest.raises(ConfigError, match=r"wants 12 \+ 2 \+ 6 trading days .* the span has 19"):
        scheme.windows(DATES[:-1])


def test_an_embargo_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(ConfigError, match="embargo=6 leaves 0 days to train on before 2024-01-10"):
        Scheme(anchored=False, train_days=3, test_days=3, step=3, embargo=6).windows(DATES)
