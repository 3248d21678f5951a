"""``make calibration``: judge simulated sweeps with and without an edge, and say how often each statistic sees one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from nfops.overfit import Judgement
from nfops.types import FloatArray
from tests.calibration.market import Premium
from tests.calibration.study import TESTS, Found, gathered, rate, short_days, simulate

SHARES = "overfitting", "loss"
QUARTERS = 0.05, 0.25, 0.5, 0.75, 0.95
ENDS = 0.0, 0.5, 1.0


def main() -> None:
    """Print what a market without an edge and each planted edge come to."""
    parser = argparse.ArgumentParser("make calibration", description=__doc__)
    parser.add_argument("--sweeps", type=int, default=200, help="simulated sweeps of each kind (default 200)")
    parser.add_argument("--days", type=int, default=80, help="days of a sweep (default 80, at most a year's)")
    parser.add_argument("--seed", type=int, default=1, help="another one is another market (default 1)")
    parser.add_argument(
        "--rich", type=float, nargs="*", default=[0.0],
        help="paise by which every option is dearer than its worth at the open, one study each (default 0: fair)",
    )  # fmt: skip
    asked = parser.parse_args()
    days = short_days(asked.days)
    for rich in asked.rich:
        every = simulate(asked.sweeps, days, asked.seed, Premium(rich))
        title = f"{asked.sweeps} sweeps of {asked.days} days, options {rich:g} paise rich"
        _show(title, gathered(_watched(every, asked.sweeps)))


def _watched(every: Iterator[tuple[FloatArray, Judgement]], count: int) -> Iterator[tuple[FloatArray, Judgement]]:
    yield from track(every, "simulated sweeps", count, console=Console(stderr=True), transient=True)


def _show(title: str, found: Found) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("statistic", "what", "value"):
        table.add_column(name, justify="right" if name == "value" else "left")
    table.add_row("Sharpe ratio of a set", "yearly, all days: least, middle, greatest", _spread(found.sharpe, ENDS))
    table.add_row("mean of a set", "in standard errors: least, middle, greatest", _spread(found.drift, ENDS))
    table.add_row("Sharpe ratio of the best", "yearly, mean of the sweeps", f"{found.known('sharpe').mean():.2f}")
    table.add_row("different ideas", "of 5, 25, 50, 75, 95 % of the sweeps", _spread(found.known("effective_trials")))
    alike = _spread(found.known("independent_trials"))
    table.add_row("independent trials", "of 5, 25, 50, 75, 95 % of the sweeps", alike)
    for name in TESTS:
        share, error = rate(found, name)
        table.add_row(name, "called significant at 5 %", f"{share:.1%} ± {error:.1%}")
    for name in SHARES:
        values = found.known(name)
        table.add_row(name, "mean", f"{values.mean():.2f}")
        table.add_row(name, "of 5, 25, 50, 75, 95 % of the sweeps", _spread(values))
    Console(width=110).print(table)


def _spread(values: FloatArray, shares: tuple[float, ...] = QUARTERS) -> str:
    return ", ".join(f"{value:.2f}" for value in np.quantile(values, shares))


if __name__ == "__main__":
    main()
