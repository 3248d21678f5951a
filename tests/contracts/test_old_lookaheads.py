"""Three ways in which the old scripts looked ahead, each on a market made so that looking ahead pays.

They filled in the second of the signal itself; they filled a contract's first price backwards over the seconds before
it; and they took, for an anchor, the price within two seconds *on either side*. For each it is said what the old way
would have been paid, and asserted at which second and price nfops fills.
"""

from __future__ import annotations

from nfops.engine import run_day
from nfops.params import Value
from nfops.strategies import REGISTRY
from nfops.types import PAISE, Records
from tests.days import day, facts

ELEVEN, TEN = 6_300, 2_700
"""Seconds of 11:00:00 and 10:00:00."""
INDEX = [(0, 21_510.0), (2_650, 21_510.0), (6_250, 21_510.0), (22_499, 21_510.0)]
TICK = 0.05

Row = tuple[int, int, str, float | None]


def traded(name: str, rows: list[Row], **fixed: Value) -> tuple[Records, dict[str, int], int]:
    """Fills in order of execution, skips by reason, and gross paise of one parameter set."""
    strategy = REGISTRY[name]
    loose = {"strategy.exit.stop_pct": None, "strategy.exit.target_pct": None}
    paths = {path.replace("__", "."): value for path, value in fixed.items()}
    block = strategy.schema.grid({}, {**loose, **paths}).block(0, 1)
    result = run_day(day(rows, INDEX), strategy, block, facts())
    return result.fills, result.skipped(0), int(result.gross_paise[0])


def entries(fills: Records) -> list[tuple[int, int, float]]:
    """Decision, second and rupees of the fills that open the first position."""
    opening = [fill for fill in fills if fill["position"] == 0 and fill["kind"] == 0]
    return [(int(f["decision_s"]), int(f["fill_s"]), round(int(f["price_paise"]) / PAISE, 2)) for f in opening]


def test_a_signal_is_not_filled_at_the_price_of_its_own_second() -> None:
    # Sold at 11:00:00 the straddle brings 100 + 90; a second later only 95 + 85, and so it stays.
    rows: list[Row] = [
        (ELEVEN, 21_500, "CE", 100.0), (ELEVEN, 21_500, "PE", 90.0),
        (ELEVEN + 1, 21_500, "CE", 95.0), (ELEVEN + 1, 21_500, "PE", 85.0),
    ]  # fmt: skip

    fills, skips, gross = traded("short_straddle", rows)

    assert skips == {}
    assert entries(fills) == [(ELEVEN, ELEVEN + 1, 95.0 - TICK), (ELEVEN, ELEVEN + 1, 85.0 - TICK)]
    # The old way: sold at 99.95 and 89.95, 10 rupees better on 50 units. It has to be asked for in so many words.
    old, _, asked = traded("short_straddle", rows, fills__latency_s=0)
    assert entries(old) == [(ELEVEN, ELEVEN, 100.0 - TICK), (ELEVEN, ELEVEN, 90.0 - TICK)]
    assert asked - gross == 10 * 50 * PAISE


def test_a_contract_has_no_price_before_its_first_trade() -> None:
    # The put at the money trades first at 11:03:20, for 150, and falls to 60. Filled backwards, its 150 would have been
    # there at 11:00:00. Only 21,550 has both prices then.
    first = ELEVEN + 200
    rows: list[Row] = [
        (ELEVEN - 10, 21_500, "CE", 100.0), (ELEVEN - 10, 21_550, "CE", 80.0), (ELEVEN - 10, 21_550, "PE", 110.0),
        (first, 21_500, "PE", 150.0), (first + 60, 21_500, "PE", 60.0),
    ]  # fmt: skip

    fills, skips, gross = traded("short_straddle", rows)

    assert skips == {}
    assert entries(fills) == [(ELEVEN, ELEVEN + 1, 80.0 - TICK), (ELEVEN, ELEVEN + 1, 110.0 - TICK)]
    # The old way: 21,500 sold for 99.95 and 149.95, bought back for 100.05 and 60.05: 89.80 on 50 units.
    assert gross == -4 * 5 * 50
    assert gross < round(89.80 * 50 * PAISE)
    # Without another strike there is nothing to sell at all, and the day says so.
    alone, skips, _ = traded("short_straddle", [row for row in rows if row[1] == 21_500])
    assert (len(alone), skips) == (0, {"no_contract": 1})
    # Once it has traded it is sold: five minutes later, at what it costs by then.
    later, skips, _ = traded("short_straddle", rows, strategy__entry__at="11:05", fills__max_age_s=600)
    assert skips == {}
    assert entries(later) == [(ELEVEN + 300, ELEVEN + 301, 100.0 - TICK), (ELEVEN + 300, ELEVEN + 301, 60.0 - TICK)]


def test_an_anchor_takes_no_price_from_the_seconds_after_it() -> None:
    # The last prices before 10:00:00 are ten seconds old; the nearest within two seconds are those of 10:00:02, where
    # both options cost ten rupees less for a moment.
    rows: list[Row] = []
    for second, off in ((TEN - 10, 0.0), (TEN + 2, 10.0), (TEN + 5, 0.0)):
        rows += [(second, 21_500, "CE", 100.0 - off), (second, 21_500, "PE", 90.0 - off)]

    fills, skips, gross = traded(
        "gamma_scalp", rows, strategy__entry__anchors="10:00", strategy__hedge__hedge_s=None
    )  # fmt: skip

    assert skips == {}
    assert entries(fills) == [(TEN, TEN + 1, 100.0 + TICK), (TEN, TEN + 1, 90.0 + TICK)]
    assert [int(fill["age_s"]) for fill in fills[:2]] == [11, 11]
    # The old way: bought for 90.05 and 80.05, and sold at 99.95 and 89.95: 19.80 on 50 units instead of -0.20.
    assert gross == -4 * 5 * 50
    assert gross + 20 * 50 * PAISE == round(19.80 * 50 * PAISE)
