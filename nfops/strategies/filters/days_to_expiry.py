"""Only so many trading days before the chosen expiry."""

from __future__ import annotations

from typing import Final

from nfops.strategies.filters.base import Filter, bounds, inside
from nfops.strategies.legs import Codes
from nfops.strategies.signals import View

LEAST, MOST = bounds("dte", "count", "trading days to the chosen expiry; 0 is its own day", high=250)


def _judge(view: View, codes: Codes) -> str:
    away = view.facts.trading_days_to[view.expires]
    return "" if inside(away, codes[LEAST.path], codes[MOST.path]) else DAYS_TO_EXPIRY.name


DAYS_TO_EXPIRY: Final = Filter(
    "filter_days_to_expiry",
    "the chosen expiry is too near or too far, in trading days",
    (LEAST, MOST),
    (LEAST, MOST),
    by_day=_judge,
)
