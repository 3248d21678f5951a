"""Entry rules: when a strategy decides to open a position (SPEC 7)."""

from __future__ import annotations

from typing import Final

from nfops.params import Param
from nfops.strategies.spec import Part

AT: Final = "strategy.entry.at"

CLOCK: Final = Part("clock", "at a time of day, once", (Param(AT, "clock", "11:00", "time of the decision to enter"),))
