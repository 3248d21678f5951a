"""``make searching``: how near searches that learn come to the best of a whole grid, and how long they think."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from tests.searching.study import AXES, Study, asked, best_found, timed


def main() -> None:
    """Print the share of the grid's best that each search finds, and the share of the time it needs."""
    parser = argparse.ArgumentParser("make searching", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for simulated days and sweeps")
    parser.add_argument("--first", type=dt.date.fromisoformat, default=dt.date(2024, 1, 1))
    parser.add_argument("--last", type=dt.date.fromisoformat, default=dt.date(2024, 12, 31))
    parser.add_argument("--trials", type=int, default=2000, help="of each search (default 2000)")
    parser.add_argument("--seeds", type=int, default=5, help="searches of each kind (default 5)")
    parser.add_argument("--searches", nargs="*", default=["tpe", "cmaes"])
    given = parser.parse_args()
    study = Study(given.data.resolve(), AXES, given.first, given.last)
    study.prepare()
    plain, trials = study.swept("grid", "search=grid")
    table = Table(title=f"{given.trials:,} of {len(trials):,} sets, {given.seeds} seeds", title_justify="left")
    for name in ("search", "objective", "median share of the grid's best", "least"):
        table.add_column(name)
    for name in given.searches:
        for goal in ("total", "sharpe"):
            shares = [
                best_found(asked(plain, goal, name, n_trials=given.trials, seed=seed), trials)
                for seed in range(given.seeds)
            ]
            table.add_row(name, goal, f"{np.median(shares):.1%}", f"{min(shares):.1%}")
    clock = timed(study, "timed", "search=tpe", f"search.n_trials={given.trials}", "search.generation=960")
    screen = Console(width=110)
    screen.print(table)
    screen.print(
        f"tpe in generations of 960: {clock.searching:.0f} of {clock.whole:.0f} s in ask and tell, {clock.overhead:.0%}"
    )


if __name__ == "__main__":
    main()
