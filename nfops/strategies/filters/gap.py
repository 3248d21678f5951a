"""Only after an opening gap of some size."""

from __future__ import annotations

from typing import Final

from nfops.strategies.filters.base import MAX_AGE, Filter, bounds, first_known, inside
from nfops.strategies.legs import Codes
from nfops.strategies.signals import View
from nfops.types import MISSING

LEAST, MOST = bounds(
    "gap", "percent", "move of the index from the previous trading day's close to the first price", low=-100, high=100
)


def _judge(view: View, codes: Codes) -> str:
    """Exact: prices are whole paise, bounds hundredths of a percent."""
    earlier, opened = view.day.earlier, first_known(view)
    before = earlier.closes.get(codes[MAX_AGE], MISSING) if earlier else MISSING
    if before == MISSING:
        return "no_history"
    if opened == MISSING:
        return "no_reference"
    return "" if inside((opened - before) * 10_000, codes[LEAST.path], codes[MOST.path], before) else GAP.name


GAP: Final = Filter("filter_gap", "the opening gap is outside the range", (LEAST, MOST), (LEAST, MOST), by_day=_judge)
