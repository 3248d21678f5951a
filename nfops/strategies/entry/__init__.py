"""Entry rules (SPEC 7). A new one is a file here and a line in this registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nfops.strategies.entry.anchors import ANCHORS
from nfops.strategies.entry.burst import BURST
from nfops.strategies.entry.clock import CLOCK, EXPIRY_DAY
from nfops.strategies.entry.flow import FLOW
from nfops.strategies.entry.momentum import MOMENTUM
from nfops.strategies.entry.opening import OPENING
from nfops.strategies.entry.spike import SPIKE
from nfops.strategies.entry.spread import SPREAD
from nfops.strategies.entry.volatility import VOLATILITY
from nfops.strategies.entry.vwap import VWAP
from nfops.strategies.signals import EntryRule

ENTRY_RULES: Final[Mapping[str, EntryRule]] = {
    rule.name: rule
    for rule in (CLOCK, EXPIRY_DAY, ANCHORS, VOLATILITY, OPENING, VWAP, FLOW, BURST, MOMENTUM, SPIKE, SPREAD)
}
"""Every entry rule by its name."""
