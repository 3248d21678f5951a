"""``make searching``: how near searches that learn come to the best of a whole grid, and how long they think."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path

import numpy as np
from rich.console import Console

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
    given, screen = parser.parse_args(), Console()
    study = Study(given.data.resolve(), AXES, given.first, given.last)
    study.prepare()
    plain, trials = study.swept("grid", "search=grid")
    for name in given.searches:
        for goal in ("total", "sharpe"):
            configs = [asked(plain, goal, name, n_trials=given.trials, seed=seed) for seed in range(given.seeds)]
            shares = [best_found(config, trials) for config in configs]
            screen.print(
                f"{given.trials:,} of {len(trials):,} sets by {name} find {np.median(shares):.1%} of the best {goal} "
                f"(median of {', '.join(f'{one:.1%}' for one in shares)})"
            )
    clock = timed(study, "timed", "search=tpe", f"search.n_trials={given.trials}", "search.generation=960")
    thought = f"{clock.searching:.0f} of {clock.whole:.0f} s in ask and tell"
    screen.print(f"tpe in generations of 960: {thought}, {clock.overhead:.0%}")


if __name__ == "__main__":
    main()
