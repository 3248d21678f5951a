"""Only on some days of the week."""

from __future__ import annotations

from typing import Final

from nfops.strategies.filters.base import Filter, param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import View

DAYS: Final = param("weekdays", "weekdays", None, "days of the week on which it may enter", nullable=True)


def _judge(view: View, codes: Codes) -> str:
    return "" if codes[DAYS.path] >> view.day.date.weekday() & 1 else WEEKDAY.name


WEEKDAY: Final = Filter(
    "filter_weekday", "the day of the week is none of those wanted", (DAYS,), (DAYS,), by_day=_judge
)
