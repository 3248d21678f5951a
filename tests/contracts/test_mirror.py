"""The mirror law: in a market turned upside down, calls do what puts did.

The index and the strikes are reflected around a level, calls and puts change places. A straddle, a strangle or a condor
must then trade the reflected contracts at the same prices in the same seconds, with its legs swapped.

Only some rules know up from down and are kept out of the way. Of two strikes equally near to the index the lower one is
at the money: index prices end in 2 or 98 paise here, so they never lie half-way between strikes. The mean index of
the settlement is rounded half-up: no such mean of these markets ends in exactly half a paisa (the law would fail). And
two measures are no mirrors of themselves: a percentage of a smaller number is less, and Black-76 lives on
logarithms; the legs are chosen by offset, by distance or by premium, whose ties go outwards on either side. A leg stop
that takes all legs along and a leg target of another leg in the same second depend on the order of the legs: sets with
both are drawn without the target, and a hedge, which lives on deltas, is left out, and so are filters, which live on
shares of prices. The law is not for strategies whose signal knows up from down: by shares of the index (vwap_mr), by
its logarithms (iv_rv, dispersion), by the order in which contracts are looked through (the burst); nor for structures
that are not their own mirror image. What leans up leans down in the mirror. A collar's put hangs on the strike of its
call, so a call that comes back at another strike leaves it.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from nfops.engine import DayResult, fill_table, run_day
from nfops.params import ParamBlock
from nfops.strategies import REGISTRY, Strategy
from nfops.strategies.filters import FILTERS
from nfops.types import CALL, OFF, sealed
from tests.days import EXPIRY_DAY, LEVEL, facts, full_day, market_rows
from tests.naive.drawing import draw

KNOWING = {"iv_rv", "dispersion", "vwap_mr", "atm_volume_burst"}
LOPSIDED = {"covered_call", "protective_put", "jade_lizard"}
MIRRORED = [name for name in REGISTRY if name not in KNOWING | LOPSIDED]
LEAN = "strategy.legs.lean"
COUNT = 150
TOTALS = (
    "gross_paise", "cost_paise", "n_positions", "n_fills", "n_fallback", "n_stale_exit", "worst_mtm_paise",
    "best_mtm_paise", "incomplete",
)  # fmt: skip


def mirrored(block: ParamBlock) -> ParamBlock:
    """The block whose ATM offset and lean point the other way."""
    values = block.values.copy()
    if LEAN in block.schema.by_path:
        up, down = (block.schema.by_path[LEAN].encode(way) for way in ("up", "down"))
        values[:, block.schema.paths.index(LEAN)] = up + down - values[:, block.schema.paths.index(LEAN)]
    values[:, block.schema.paths.index("strategy.legs.offset")] *= -1
    return ParamBlock(block.schema, sealed(values))


def symmetric(strategy: Strategy, seed: int) -> ParamBlock:
    """Random parameter sets without the measures and the rule that know up from down."""
    block = draw(strategy, facts(EXPIRY_DAY).session, [seed, *strategy.name.encode()], COUNT)
    values, paths = block.values.copy(), block.schema.paths
    switches = (param.path for known in FILTERS.values() for param in known.switches)
    for path in ("strategy.legs.pct", "strategy.legs.delta", "strategy.hedge.hedge_s", *switches):
        if path in paths:
            values[:, paths.index(path)] = OFF
    if LEAN in paths:
        signal, up = (block.schema.by_path[LEAN].encode(way) for way in ("signal", "up"))
        values[values[:, paths.index(LEAN)] == signal, paths.index(LEAN)] = up
    if strategy.legs.name == "collar":
        again = values[:, paths.index("strategy.exit.reentry")]
        again[again == block.schema.by_path["strategy.exit.reentry"].encode("asap")] = 0
    takes_all = values[:, paths.index("strategy.exit.on_leg_stop")] == 1
    values[takes_all, paths.index("strategy.exit.leg_target_pct")] = OFF
    return ParamBlock(block.schema, sealed(values))


def in_pairs(strategy: Strategy) -> bool:
    """Whether calls and puts stand beside each other, so that a mirror swaps legs; else the right follows the way."""
    return strategy.legs.legs[0].right == CALL


@pytest.mark.parametrize("name", MIRRORED)
@pytest.mark.parametrize("seed", [31, 32])
def test_a_mirrored_market_mirrors_the_trades(name: str, seed: int) -> None:
    strategy = REGISTRY[name]
    rows, index = market_rows(seed)
    swapped = {"CE": "PE", "PE": "CE"}
    upright = run(strategy, symmetric(strategy, seed), rows, [(s, round(price + 0.02, 2)) for s, price in index])
    turned = run(
        strategy,
        mirrored(symmetric(strategy, seed)),
        [(s, 2 * LEVEL - strike, swapped[right], price) for s, strike, right, price in rows],
        [(s, round(2 * LEVEL - price - 0.02, 2)) for s, price in index],
    )

    assert [upright[0].skipped(at) for at in range(COUNT)] == [turned[0].skipped(at) for at in range(COUNT)]
    for total in TOTALS:
        assert np.array_equal(getattr(upright[0], total), getattr(turned[0], total)), total
    expected = (
        upright[1]
        .with_columns(
            *([pl.col("leg").replace_strict({0: 1, 1: 0, 2: 3, 3: 2})] if in_pairs(strategy) else []),
            pl.col("right").replace_strict(swapped),
            (2 * LEVEL - pl.col("strike")).alias("strike"),
        )
        .sort("trial_id", "position", "fill_s", "leg", maintain_order=True)
    )
    assert expected.equals(turned[1])
    assert upright[0].n_positions.sum() >= COUNT // 5
    assert {"stop", "close"} <= set(expected["reason"])
    assert expected["reason"].n_unique() >= 8


def run(strategy: Strategy, block: ParamBlock, rows: list, index: list) -> tuple[DayResult, pl.DataFrame]:
    today, known = full_day(rows, index), facts(EXPIRY_DAY)
    result = run_day(today, strategy, block, known)
    return result, fill_table(result, today, known, np.arange(len(block)))
