"""Real data sets, each packed once in a session, when the first test asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfops.market import Market
from nfops.packing import PackReport, pack
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


class Packed:
    """Gives the data root of a data set and a symbol, and what packing said of it; packs when first asked."""

    def __init__(self, base: Path) -> None:
        self._base, self._market = base, Market.load(META)
        self._reports: dict[tuple[str, str], list[PackReport]] = {}

    def __call__(self, dataset: str, symbol: str) -> Path:
        self.reports(dataset, symbol)
        return self._base / dataset

    def reports(self, dataset: str, symbol: str) -> list[PackReport]:
        """Give the report of each source, in order of packing."""
        if (dataset, symbol) not in self._reports:
            found = []
            for folder, layout in SOURCES[dataset]:
                source = shared("data", "nse", folder.format(symbol=symbol))
                found.append(pack([source], layout, symbol, self._base / dataset, self._market, workers=2))
                assert found[-1].balanced
            self._reports[dataset, symbol] = found
        return self._reports[dataset, symbol]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return Packed(tmp_path_factory.mktemp("real"))
