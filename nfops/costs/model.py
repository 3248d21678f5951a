"""The cost parameters of a run and the tariff they mean on a day."""

from __future__ import annotations

from typing import Final

from nfops.costs.charges import Tariff
from nfops.market.facts import Rates
from nfops.params import Param

MODELS: Final = ("india", "zero", "flat")
"""By the position of charges.INDIA, ZERO and FLAT."""

PARAMS: Final = (
    Param("costs", "choice", "india", "charges by date, none, or a flat sum per order", choices=MODELS),
    Param("costs.ipft_in_gst", "flag", True, "GST is also taken on the IPFT contribution"),
    Param("costs.flat_rupees", "points", 20, "rupees per order of the flat model", low=0, high=1000),
)


def tariff(rates: Rates, model: int, ipft_in_gst: int, flat_paise: int) -> Tariff:
    """Build the tariff of a parameter row from its integer codes."""
    return Tariff(rates, model, bool(ipft_in_gst), flat_paise)
