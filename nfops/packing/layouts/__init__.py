"""The vendor layouts nfops reads: a literal registry. A new vendor is one file here and one line below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nfops.packing.layouts import index_1min_csv, kite_bars_csv, nfopslab, nse_chain_csv, trademarkk_json
from nfops.packing.layouts.base import Layout

LAYOUTS: Final[Mapping[str, Layout]] = {
    "nfopslab": nfopslab.LAYOUT,
    "nse_chain_csv": nse_chain_csv.LAYOUT,
    "index_1min_csv": index_1min_csv.LAYOUT,
    "kite_bars_csv": kite_bars_csv.LAYOUT,
    "trademarkk_json": trademarkk_json.LAYOUT,
}
