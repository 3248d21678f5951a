"""Backtesters that people use, on the straddle grid with one stop; who is not installed does not race.

Both know one instrument, so the pair is one: the sum of its prices. What is decided in a second is filled in the next
one, and each leg pays a tick at each fill. Like the peers they give the gross profit in paise per unit.
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd

from tests.bench.peers import TICK, Prices

COLUMNS: Final = 12
"""Sets that vectorbt simulates at a time: with more, its columns do not stay in the processor's cache."""

NEARLY: Final = 1e-11
"""A level that is reached exactly counts as reached, though floats may miss it."""


def by_vectorbt(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """Simulate a column a set."""
    sets = list(product(stops, targets, exits))
    found: list[Prices] = []
    for (call, put), first in zip(pairs, opened, strict=True):
        cost = call + put
        paid = np.append(cost[1:], cost[-1]) + 2 * TICK
        paid[first - 1] = cost[first] - 2 * TICK
        found += [_columns(cost, paid, first - 1, sets[at : at + COLUMNS]) for at in range(0, len(sets), COLUMNS)]
    return np.concatenate(found)


def _columns(cost: Prices, paid: Prices, enter: int, sets: list[tuple[int, int, int]]) -> Prices:
    """Sell in row ``enter`` at what ``paid`` (S,) says, and leave at a level of ``cost`` (S,) or in the last row."""
    import vectorbt  # noqa: PLC0415 - it may not be there

    stops, targets, leave = (np.array(of) for of in zip(*sets, strict=True))
    columns, enters = np.arange(len(sets)), np.zeros((len(cost), len(sets)), bool)
    leaves = enters.copy()
    enters[enter], leaves[leave, columns] = True, True
    prices = np.repeat(cost[:, None].astype(float), len(sets), axis=1)
    done = vectorbt.Portfolio.from_signals(
        prices,
        short_entries=enters,
        short_exits=leaves,
        price=paid[:, None].astype(float),
        open=prices,
        high=prices,
        low=prices,
        size=1.0,
        init_cash=1e12,
        sl_stop=stops[None, :] / 10_000 - NEARLY,
        tp_stop=targets[None, :] / 10_000 - NEARLY,
        stop_entry_price="fillprice",
        stop_exit_price="price",
        freq="1s",
    )
    orders = done.orders.records_arr
    assert len(orders) == 2 * len(sets)
    turns = orders["price"][np.lexsort((orders["idx"], orders["col"]))].reshape(-1, 2)
    return (turns[:, 0] - turns[:, 1]).round().astype(np.int64)


def by_backtesting(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """Run backtesting.py once a set: its orders fill at the next row's open."""
    sets = product(zip(pairs, opened, strict=True), stops, targets, exits)
    return np.array([_run(call + put, first, *levels) for ((call, put), first), *levels in sets])


def _run(cost: Prices, first: int, stop: int, target: int, leave: int) -> int:
    from backtesting import Backtest, Strategy, backtesting  # noqa: PLC0415 - it may not be there

    backtesting._tqdm = lambda rows, **_: rows  # its bar would be the slowest part

    class Straddle(Strategy):
        def init(self) -> None:
            self.sold = 0.0

        def next(self) -> None:
            at, now = len(self.data) - 1, self.data.Close[-1]
            if at == first - 1:
                self.sell(size=1)
            elif self.position:
                self.sold = self.sold or self.trades[0].entry_price - 2 * TICK
                won = (self.sold - now) * 10_000
                if at > first and (won <= -self.sold * stop or won >= self.sold * target or at == leave):
                    self.position.close()

    index = pd.date_range("2024-01-01 09:15", periods=len(cost), freq="s")
    frame = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), cost.astype(float)), index)
    (trade,) = Backtest(frame.iloc[: leave + 2], Straddle, cash=1e12).run()._trades.itertuples()
    return round(trade.EntryPrice - trade.ExitPrice) - 4 * TICK


RIVALS: Final[dict[str, tuple[str, Any]]] = {
    "vectorbt, 12 sets a call": ("vectorbt", by_vectorbt),
    "backtesting.py": ("backtesting", by_backtesting),
}


def installed() -> dict[str, Any]:
    """Those that are there, by what the table calls them."""
    return {name: call for name, (package, call) in RIVALS.items() if find_spec(package)}
