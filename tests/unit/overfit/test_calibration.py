"""The statistics of luck on sweeps of a simulated market, small; the whole study is ``make calibration``."""

from __future__ import annotations

import numpy as np
import pytest

from tests.calibration.market import FAIR, Premium, option_worth
from tests.calibration.study import Found, gathered, rate, short_days, simulate

DAYS = 40


def study(sweeps: int, premium: Premium) -> Found:
    """Simulate sweeps of DAYS days."""
    return gathered(simulate(sweeps, short_days(DAYS), 5, premium))


def test_options_of_the_simulated_market_cost_what_they_are_worth() -> None:
    index, strikes = np.array([100.0, 130.0, 130.0]), np.array([100.0])
    worth = option_worth(index, strikes, np.array([20.0, 0.0, 20.0]))
    # At the money sigma / sqrt(2 pi) = 20 x 0.398942; at the end what is inside; else 30 N(1.5) + 20 n(1.5), where
    # N(1.5) = 0.933193 and n(1.5) = 0.129518; a call less its put is always index less strike.
    assert worth[0] == pytest.approx([7.97885, 30.0, 30.58614], abs=1e-4)
    assert worth[0] - worth[1] == pytest.approx([0.0, 30.0, 30.0])


@pytest.mark.slow
def test_luck_is_rarely_called_an_edge_and_an_edge_is_called_one() -> None:
    luck, edge = study(12, FAIR), study(6, Premium(rich_paise=3_000))
    # The mean of all days of all sweeps, in its standard errors: nothing, then a lot.
    assert (abs(luck.drift) < 4.0).all()
    assert (edge.drift > 4.0).any()
    for name in ("deflated", "deflated_correlated", "reality_check", "superior"):
        # Four or more of twelve have a probability of 0.2 % where one of twenty is called an edge.
        assert rate(luck, name)[0] <= 3 / 12, name
    for name in ("deflated_correlated", "reality_check", "superior"):
        assert rate(edge, name)[0] >= 5 / 6, name
    assert 0.3 < luck.known("overfitting").mean() < 0.75
    assert edge.known("loss").mean() < 0.1 < luck.known("loss").mean()
