"""Acceptance: every raw file of the shared real data is packed by its layout or refused with its reason.

Of every file rows in = packed + dropped. Where an independent implementation counted what is dropped, the counts agree:
test_shared.py and test_shared_layouts.py pack the very data sets that were counted, the chains of 2019 among them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.packing import pack
from nfops.packing.detect import SUFFIXES, sort_out
from nfops.packing.layouts.base import PASSED_OVER
from nfops.packing.ledger import SOURCES
from nfops.packing.manifest import read_counts
from nfops.packing.reasons import REASONS
from nfops.packing.sources import expand
from tests.shared import shared
from tests.unit.packing.raw import MARKET

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

INDICES: Final = ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX")

TREE: Final[dict[str, tuple[set[str], dict[str, int]]]] = {
    "kite_full_ticks": ({"kite_ticks_text"}, {}),
    "index_ticks_2021": ({"index_ticks_csv"}, {}),
    "nifty_spot_1s_2022": ({"spot_1s_csv"}, {}),
    "options_1min_kite_2021": ({"kite_bars_csv"}, {}),
    "options_1min_trademarkk_2024": ({"trademarkk_json"}, {}),
    "option_chain_5min_2026": ({"chain_5min_csv"}, {"stock_poll": 2}),
    "index_1min_2012_2021": ({"index_1min_csv"}, {}),
    "bhavcopy_udiff_fo": ({"udiff_bhavcopy"}, {}),
    "bhavcopy_legacy_fo": ({"legacy_bhavcopy"}, {}),
    "stock_fut_ticks_l5_2025": ({"breeze_l5_csv"}, {}),
    # Two files without a word on the index or the contract, two with a second column "volume" and no CE or PE.
    "optionvault_samples": ({"optionvault_csv"}, {"unknown_layout": 4}),
    "vendor_format_rows": ({"gdfl_1min_csv", "gdfl_tick_csv", "tickbytes_csv", "truedata_csv"}, {}),
    # Calendars, masters and a volatility index, which looks like Kite's bars and is none of our instruments.
    "reference": ({"kite_bars_csv"}, {"bad_ticker": 1, "unknown_layout": 10}),
}
"""Folder to the layouts of its files, and the files refused for each index."""


@pytest.mark.parametrize("folder", TREE)
def test_every_file_is_packed_by_its_layout_or_refused_with_its_reason(tmp_path: Path, folder: str) -> None:
    layouts, refused = TREE[folder]
    raw = shared("data", "nse", folder)
    before = {path: path.stat().st_mtime_ns for path in raw.rglob("*")}
    packed = 0
    for symbol in INDICES:
        report = pack([raw], "auto", symbol, tmp_path, MARKET)
        assert report.balanced
        assert report.total("refused") == refused
        assert len(report.findings) == sum(refused.values()) + len(report.refused_days)
        packed += report.packed
    sources = pl.read_parquet(tmp_path / SOURCES)
    assert set(sources["layout"]) == layouts
    counts = read_counts(tmp_path).filter(pl.col("effect").is_in(["packed", "dropped"]))
    assert counts["rows"].sum() == sources["rows_in"].sum()
    assert set(read_counts(tmp_path)["reason"]) <= {"", "own_spot", *PASSED_OVER, *REASONS}
    if folder in {"stock_fut_ticks_l5_2025", "reference"}:  # of stocks only, and no market data
        assert packed == sources["rows_in"].sum() == 0
    else:
        assert packed > 0
    assert before == {path: path.stat().st_mtime_ns for path in raw.rglob("*")}


def test_every_poll_of_2019_is_known_by_its_name_and_header() -> None:
    """They are packed in test_shared.py."""
    files = expand([shared("data", "nse", "option_chain_15min_2019")], SUFFIXES)
    parts, left = sort_out(files, "NIFTY", MARKET)
    assert ({name: len(mine) for name, mine in parts.items()}, left) == ({"nse_chain_csv": len(files)}, [])
    assert len(files) > 5000


def test_reasons_of_single_files_are_told(tmp_path: Path) -> None:
    samples = shared("data", "nse", "optionvault_samples")
    with pytest.raises(ConfigError) as fault:
        pack([samples / "market_depth"], "auto", "NIFTY", tmp_path, MARKET)
    told = Counter(line.split(": ")[1].split(";")[0] for line in str(fault.value).splitlines()[1:])
    assert told == {"no layout fits": 3}
    (extended,) = shared("data", "nse", "vendor_format_rows").glob("*_1min_extended_rows_1.csv")
    report = pack([extended], "auto", "BANKNIFTY", tmp_path, MARKET)
    assert (report.rows_in, report.total("dropped")) == (10, {"unknown_expiry": 10})  # of 2017 and early 2018
