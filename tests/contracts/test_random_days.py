"""The engine against the naive twin on days drawn at random: any date, any hours, either index, any data.

``NFOPS_TWIN_DAYS=200 NFOPS_TWIN_SETS=50`` makes a night's work.
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

from nfops.engine import run_day
from nfops.params import ParamBlock
from nfops.strategies import REGISTRY
from nfops.types import sealed
from tests.contracts.test_naive_twin import beside_twin, compared, drawn, market
from tests.naive.markets import random_scene

DAYS = int(os.environ.get("NFOPS_TWIN_DAYS", "4"))
SETS = int(os.environ.get("NFOPS_TWIN_SETS", "4"))
TOGETHER = 10
"""Days of one test."""


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, DAYS, TOGETHER))
def test_engine_and_twin_agree_on_random_days(first: int) -> None:
    positions: Counter[str] = Counter()
    for day in range(first, min(first + TOGETHER, DAYS)):
        scene = random_scene(np.random.default_rng([77, day]), day)
        for name in REGISTRY:
            for at, trial in enumerate(compared(scene, name, SETS)):
                assert trial.engine == trial.twin, f"{scene}, {name}, trial {at}: {trial.params}"
                positions[name] += trial.twin.n_positions
        market.cache_clear()
    assert positions.keys() == REGISTRY.keys()
    assert min(positions.values()) >= 1, positions


@pytest.mark.slow
def test_orders_of_the_hedge_that_wait_for_the_end_of_a_break_fill_in_the_order_of_their_decisions() -> None:
    scene = random_scene(np.random.default_rng([77, 29]), 29)
    trial = compared(scene, "gamma_scalp", 3)[2]
    assert trial.engine == trial.twin
    waited = [row["decision_s"] for row in trial.twin.fills if row["fill_s"] == 2_400]
    assert waited == sorted(waited)
    assert len(waited) == 4


@pytest.mark.slow
def test_a_wing_comes_back_beside_the_strike_that_its_partner_had_not_one_that_it_was_refused() -> None:
    scene = random_scene(np.random.default_rng([77, 171]), 171)
    block, here = drawn(scene, "protective_put", 50), market(scene, paired=False)
    one = ParamBlock(block.schema, sealed(block.values[11:12]))
    (trial,) = beside_twin(
        run_day(here.today, REGISTRY["protective_put"], one, here.facts), here, one, "protective_put"
    )
    assert trial.engine == trial.twin
    # The call of the three may not come back; the put beside it had 45,500, and the wing is one strike further out.
    back = [(row["leg"], row["right"], row["strike"]) for row in trial.twin.fills if row["reason"] == "reentry"]
    assert trial.twin.skips == {"stale": 1}
    assert back == [(1, "PE", 45_500), (2, "PE", 45_400)]
