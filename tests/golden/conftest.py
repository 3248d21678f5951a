"""Real data sets, each packed once in a session, when the first test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nfops.market import Market
from nfops.packing import pack
from tests.shared import shared

META = Path(__file__).parents[2] / "meta"
SOURCES = {
    "chain15_2019": [("option_chain_15min_2019/{symbol}", "nse_chain_csv"), ("index_1min_2012_2021", "index_1min_csv")],
    "kite1m_2021": [("options_1min_kite_2021", "kite_bars_csv")],
    "kite1m_tickspot_2021": [
        ("options_1min_kite_2021", "kite_bars_csv"),
        ("index_ticks_2021/51.11-June-2021", "index_ticks_csv"),
    ],
    "trademarkk_2024": [("options_1min_trademarkk_2024", "trademarkk_json")],
    "chain5_2026": [("option_chain_5min_2026", "chain_5min_csv")],
    "kite_ticks_2021": [("kite_full_ticks", "kite_ticks_text")],
}
"""Folders and layouts in the order of packing: bars after polls, so that the polls are looked at again."""

Packed = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """Give the data root of a data set and a symbol."""
    market, roots = Market.load(META), dict[tuple[str, str], Path]()

    def root_of(dataset: str, symbol: str) -> Path:
        if (dataset, symbol) not in roots:
            root = tmp_path_factory.getbasetemp() / dataset
            for folder, layout in SOURCES[dataset]:
                source = shared("data", "nse", folder.format(symbol=symbol))
                assert pack([source], layout, symbol, root, market, workers=2).balanced
            roots[dataset, symbol] = root
        return roots[dataset, symbol]

    return root_of
