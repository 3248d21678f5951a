"""The vendor layouts nfops reads: a literal registry. A new vendor is one file here and one line below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nfops.packing.layouts import (
    breeze_l5_csv,
    chain_5min_csv,
    gdfl_1min_csv,
    gdfl_tick_csv,
    index_1min_csv,
    index_ticks_csv,
    kite_bars_csv,
    kite_ticks_text,
    legacy_bhavcopy,
    nfopslab,
    nse_chain_csv,
    optionvault_csv,
    packed_legacy,
    spot_1s_csv,
    tickbytes_csv,
    trademarkk_json,
    truedata_csv,
    udiff_bhavcopy,
)
from nfops.packing.layouts.base import Layout

LAYOUTS: Final[Mapping[str, Layout]] = {
    "nfopslab": nfopslab.LAYOUT,
    "nse_chain_csv": nse_chain_csv.LAYOUT,
    "index_1min_csv": index_1min_csv.LAYOUT,
    "kite_bars_csv": kite_bars_csv.LAYOUT,
    "trademarkk_json": trademarkk_json.LAYOUT,
    "index_ticks_csv": index_ticks_csv.LAYOUT,
    "spot_1s_csv": spot_1s_csv.LAYOUT,
    "chain_5min_csv": chain_5min_csv.LAYOUT,
    "kite_ticks_text": kite_ticks_text.LAYOUT,
    "breeze_l5_csv": breeze_l5_csv.LAYOUT,
    "gdfl_1min_csv": gdfl_1min_csv.LAYOUT,
    "gdfl_tick_csv": gdfl_tick_csv.LAYOUT,
    "optionvault_csv": optionvault_csv.LAYOUT,
    "tickbytes_csv": tickbytes_csv.LAYOUT,
    "truedata_csv": truedata_csv.LAYOUT,
    "udiff_bhavcopy": udiff_bhavcopy.LAYOUT,
    "legacy_bhavcopy": legacy_bhavcopy.LAYOUT,
    "packed_legacy": packed_legacy.LAYOUT,
}
