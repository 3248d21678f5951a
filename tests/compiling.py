"""``python -m tests.compiling`` compiles the kernels, before several processes of tests all compile the same ones."""

from __future__ import annotations

from nfops.engine import run_day
from nfops.strategies import REGISTRY
from tests.contracts.test_naive_twin import QUICK, drawn, market


def main() -> None:
    """Trade a short day by each strategy, by first passages and walked, with fills and without."""
    for name, strategy in REGISTRY.items():
        here = market(QUICK[0], strategy.in_money)
        block = drawn(QUICK[0], name, 4)
        for walk in (False, True):
            for fills in (False, True):
                run_day(here.today, strategy, block, here.facts, fills=fills, walk=walk)


if __name__ == "__main__":
    main()
