"""Many sweeps of one grid, each over its own days, and how often the best of one would have been called an edge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nfops.engine import run_day
from nfops.market import DayFacts, Market
from nfops.overfit import Judgement, daily_sharpe, judge
from nfops.params import ParamBlock, Value
from nfops.strategies import strategy
from nfops.types import PAISE, YEAR_DAYS, FloatArray
from sweeps.home import folder
from tests.calibration.market import FAIR, Premium, shortened, simulated_day

SYMBOL = "NIFTY"
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2024, 12, 31)
STRADDLE = strategy("short_straddle")
AXES: dict[str, list[Value]] = {
    "strategy.entry.at": ["09:16", "09:25", "09:35", "09:45"],
    "strategy.exit.stop_pct": [10, 20, 40],
    "strategy.exit.target_pct": [10, 20, 40],
    "strategy.exit.exit_at": ["09:55", "10:04"],
}
"""72 sets that differ as those of a true search do: much at different times, little at neighbouring levels."""

LEVEL = 0.05
P_VALUES = "reality_check", "superior"
TESTS = "probabilistic", "deflated", "deflated_effective", "deflated_correlated", *P_VALUES
"""Statistics of a judgement that say whether the best is an edge: probabilities of one, and p-values of none."""

FREE: dict[str, Value] = {"costs": "zero", "fills.slippage_ticks": 0}


@dataclass(frozen=True)
class Found:
    """What the simulated sweeps came to."""

    net: FloatArray
    """(N, P, D) daily rupees of every set in every sweep."""
    judged: tuple[Judgement, ...]

    @property
    def sharpe(self) -> FloatArray:
        """Yearly Sharpe ratio (P,) of each set over all days of all sweeps: as near as one comes to the true one."""
        every = self.net.transpose(1, 0, 2).reshape(self.net.shape[1], -1)
        return daily_sharpe(every) * np.sqrt(YEAR_DAYS)

    @property
    def drift(self) -> FloatArray:
        """Mean result (P,) of each set in standard errors of it, days being independent."""
        sweeps, _, days = self.net.shape
        return self.sharpe * np.sqrt(sweeps * days / YEAR_DAYS)

    def known(self, name: str) -> FloatArray:
        """Numbers of one statistic over all sweeps that have it."""
        every = (getattr(one, name) for one in self.judged)
        return np.array([value for value in every if value is not None], np.float64)


def grid() -> ParamBlock:
    """Every set of AXES, without costs and slippage."""
    sets = STRADDLE.schema.grid(AXES, FREE)
    return sets.block(0, len(sets))


def short_days(count: int) -> list[DayFacts]:
    """Facts of the first ``count`` days of a year, each with a short session."""
    known = Market.load(folder("meta"))
    return [shortened(known.facts(SYMBOL, date)) for date in known.trading_days(FIRST, LAST)[:count]]


def sweep(block: ParamBlock, days: list[DayFacts], seed: tuple[int, ...], premium: Premium = FAIR) -> FloatArray:
    """Trade every set on every day by the real engine; daily rupees (P, D)."""
    results = [run_day(simulated_day(facts, seed, premium), STRADDLE, block, facts, fills=False) for facts in days]
    assert all((result.n_positions == 1).all() for result in results), "every set trades once a day"
    return np.stack([result.gross_paise - result.cost_paise for result in results], axis=1) / PAISE


def simulate(
    sweeps: int, days: list[DayFacts], seed: int, premium: Premium = FAIR
) -> Iterator[tuple[FloatArray, Judgement]]:
    """Yield the daily rupees (P, D) of each sweep and its judgement, that of its best by the Sharpe ratio."""
    block = grid()
    for number in range(sweeps):
        net = sweep(block, days, (seed, number), premium)
        yield net, judge(net, int(daily_sharpe(net).argmax()), seed=number)


def gathered(every: Iterator[tuple[FloatArray, Judgement]]) -> Found:
    """Collect simulated sweeps."""
    net, judged = zip(*every, strict=True)
    return Found(np.stack(net), tuple(judged))


def rate(found: Found, name: str) -> tuple[float, float]:
    """Share of the sweeps whose best a test calls an edge at LEVEL, and the standard error of that share."""
    values = found.known(name)
    called = values <= LEVEL if name in P_VALUES else values >= 1.0 - LEVEL
    share = float(called.mean())
    return share, float(np.sqrt(share * (1.0 - share) / len(values)))
