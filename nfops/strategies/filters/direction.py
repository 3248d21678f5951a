"""Only signals of one direction."""

from __future__ import annotations

from typing import Final

from nfops.strategies.filters.base import Filter, param, refused
from nfops.strategies.legs import Codes
from nfops.strategies.signals import Signals, View
from nfops.types import Int64Array

DIRECTION: Final = param(
    "direction",
    "choice",
    None,
    "way of the signals that are traded; one without a way is always",
    choices=("up", "down"),
    nullable=True,
)


def _judge(view: View, codes: Codes, signals: Signals) -> Int64Array:
    del view
    wrong = -1 if DIRECTION.choices[codes[DIRECTION.path]] == "up" else 1
    return refused(ONE_WAY.name, signals.direction != wrong)


ONE_WAY: Final = Filter(
    "filter_direction", "the signal points the other way", (DIRECTION,), (DIRECTION,), by_second=_judge
)
