"""``make mutants``: make lines wrong one by one, run small tests against each, and print what no test noticed."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"
os.environ["POLARS_MAX_THREADS"] = "1"

import hypothesis  # noqa: F401  slow to import, so that it is there before the first mutant
import polars as pl  # noqa: F401
import scipy.special  # noqa: F401

from tests.mutation.in_place import checks_of, fate_of
from tests.mutation.mutants import Mutant, sample
from tests.mutation.plain import compile_nothing
from tests.mutation.trial import KILLED, SURVIVED, run_tests
from tests.mutation.twins import remember

COSTS = ("tests/unit/costs",)
ENGINE = ("tests/unit/engine/test_search.py", "tests/unit/engine/test_exactly_on_the_bar.py",
          "tests/unit/engine/test_trails_on_the_bar.py", "tests/unit/engine/test_signals_on_the_bar.py",
          "tests/contracts/test_short_days.py")  # fmt: skip
KERNELS = ("rules_kernels", "ending_kernels", "fill_kernels", "leg_kernels", "level_kernels", "search_kernels",
           "trail_kernels", "stray_kernels", "charging")  # fmt: skip
PARTS = {
    "costs": (sorted(Path("nfops/costs").glob("*.py")), COSTS),
    "engine": ([Path("nfops/engine", f"{name}.py") for name in KERNELS], ENGINE),
}


def say(line: str) -> None:
    """Print a line at once: a run takes long, and its survivors can be read meanwhile."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def check(part: str, count: int | None, seed: int, seconds: int, minutes: float) -> None:
    """Try the mutants of a part; print the survivors and the counts of each file."""
    files, tests = PARTS[part]
    fate = anew(tests, seconds) if part == "costs" else exchanged(tests, seconds)
    demand_sound(fate)
    fates, began = Counter[tuple[Path, str]](), time.monotonic()
    for mutant in sample(files, count, seed):
        if time.monotonic() - began > 60 * minutes:
            break
        found = fate(mutant)
        fates[mutant.file, found] += 1
        if found != KILLED:
            say(f"{found}: {mutant.change}")
    for (file, found), times in sorted(fates.items()):
        say(f"{file}: {times} {found}")
    say(f"{part}: {fates.total()} mutants in {time.monotonic() - began:.0f} s")
    demand_sound(fate)


def demand_sound(fate: Callable[[Mutant | None], str]) -> None:
    """Stop when a test fails without a mutant: before all others, or because one of them left something behind."""
    if fate(None) != SURVIVED:
        sys.exit("a test fails without a mutant; nothing can be learnt")


def anew(tests: tuple[str, ...], seconds: int) -> Callable[[Mutant | None], str]:
    """Each mutant imports all anew: parameters are made of what a mutant of the costs may change."""
    return lambda mutant: run_tests(mutant, tests, seconds)


def exchanged(tests: tuple[str, ...], seconds: int) -> Callable[[Mutant | None], str]:
    """Mutants of kernels are put in the place of what is imported; the first run, without one, asks the twin."""
    remember()
    checks = checks_of(tests)
    return lambda mutant: fate_of(mutant, checks, seconds)


def main() -> None:
    """Survivors are read by a person, so that they are no failure."""
    parser = argparse.ArgumentParser("make mutants", description=__doc__)
    parser.add_argument("parts", nargs="*", default=[*PARTS], help="costs, engine (default both)")
    parser.add_argument("--sample", type=int, default=150, help="mutants of the engine, of costs all (default 150)")
    parser.add_argument("--seed", type=int, default=1, help="which mutants are chosen (default 1)")
    parser.add_argument("--seconds", type=int, default=180, help="a mutant that takes longer is killed (default 180)")
    parser.add_argument("--minutes", type=float, default=60, help="begin no mutant of a part later (default 60)")
    asked = parser.parse_args()
    compile_nothing()
    for part in asked.parts:
        check(part, None if part == "costs" else asked.sample, asked.seed, asked.seconds, asked.minutes)


if __name__ == "__main__":
    main()
