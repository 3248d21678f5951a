"""The stitched curve and the law of the drop, by hand."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from nfops.errors import DataError
from nfops.walkforward import DAILY, dropped, metrics_of, stitched


def days(window: int, first: int, *net_rupees: int, counted: bool = True) -> pl.DataFrame:
    """Days of January with a cost of ₹10 each and one position; capital of ₹1,000 a day."""
    rows = [
        {
            **dict.fromkeys(DAILY, 0),
            "window": window,
            "symbol": "NIFTY",
            "date": dt.date(2024, 1, first + at),
            "gross_paise": (net + 10) * 100,
            "cost_paise": 1_000,
            "net_paise": net * 100,
            "capital_paise": 100_000,
            "n_positions": 1,
            "counted": counted,
        }
        for at, net in enumerate(net_rupees)
    ]
    return pl.DataFrame(rows, schema=DAILY)


def test_windows_are_one_curve_in_order_of_date() -> None:
    found = stitched([days(1, 11, -40, 70), days(0, 8, 100, -50)])
    assert [date.day for date in found["date"]] == [8, 9, 11, 12]
    assert found["window"].to_list() == [0, 0, 1, 1]
    assert found["equity_paise"].to_list() == [10_000, 5_000, 1_000, 8_000]


def test_a_day_that_does_not_count_leaves_no_trace_in_curve_and_metrics() -> None:
    found = stitched([days(0, 8, 100, -50), days(1, 10, 900, counted=False), days(1, 11, 40)])
    assert found["equity_paise"].to_list() == [10_000, 5_000, 5_000, 9_000]

    known = metrics_of(found)
    # Net 100, -50, 40: mean 30, squared distances 4900 + 6400 + 100 = 11400, deviation sqrt(11400 / 2) = 75.4983...
    assert (known["total"], known["mean"], known["n_trades"]) == (90.0, 30.0, 3)
    assert known["sharpe"] == pytest.approx(30 / 5700**0.5 * 252**0.5)
    # The level is 100, 50, 90 after starting at 0.
    assert known["max_drawdown"] == 50.0
    assert known["cost_share"] == pytest.approx(30 / 120)


def test_nothing_walked_is_an_empty_curve() -> None:
    found = stitched([])
    assert found.height == 0
    assert found.columns == [*DAILY, "equity_paise"]
    assert metrics_of(found)["total"] == 0.0
    assert metrics_of(found)["sharpe"] is None


def test_a_day_of_two_windows_is_refused() -> None:
    with pytest.raises(DataError, match="2024-01-09 is a test day of two windows"):
        stitched([days(0, 8, 1, 2), days(1, 9, 3)])


@pytest.mark.parametrize(
    ("inside", "outside", "flag"),
    [
        (2.0, 1.61, False),
        (2.0, 1.59, True),
        (2.0, 3.0, False),
        (2.0, -1.0, True),
        (-1.0, -1.1, False),
        (-1.0, -1.3, True),
        (0.0, 0.0, False),
        (0.0, -0.1, True),
        (None, 1.0, None),
        (1.0, None, None),
    ],
)
def test_a_drop_of_more_than_a_fifth_is_flagged(inside: float | None, outside: float | None, flag: bool | None) -> None:
    assert dropped(inside, outside) is flag
