"""Entries at a time of day."""

from __future__ import annotations

from typing import Final

from nfops.params import Param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import NOTHING, EntryRule, Signals, View, at_clock, is_open, outside

AT: Final = Param("strategy.entry.at", "clock", "11:00", "time of the decision to enter")


def _at(view: View, codes: Codes) -> Signals:
    return at_clock(view, codes[AT.path]) if is_open(view, codes[AT.path]) else outside()


def _on_expiry(view: View, codes: Codes) -> Signals:
    """Give a signal on the day on which the chosen expiry ends, else nothing."""
    return _at(view, codes) if view.to_expiry <= view.day.seconds else NOTHING


CLOCK: Final = EntryRule("clock", "at a time of day, once", (AT,), _at, timed=True, sees="expiry")
EXPIRY_DAY: Final = EntryRule(
    "expiry_day", "at a time of day, on the day the chosen expiry ends", (AT,), _on_expiry, sees="expiry"
)
