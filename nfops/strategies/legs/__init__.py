"""Leg rules: what a signal is turned into (SPEC 5 and 7). A new one is an entry of a file here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nfops.strategies.legs.base import CHOICES, WING, Codes, Leg, LegRule
from nfops.strategies.legs.covered import COVERED
from nfops.strategies.legs.pairs import PAIRS
from nfops.strategies.legs.singles import SINGLES
from nfops.strategies.legs.spreads import SPREADS

__all__ = ["CHOICES", "LEG_RULES", "WING", "Codes", "Leg", "LegRule"]

LEG_RULES: Final[Mapping[str, LegRule]] = {rule.name: rule for rule in (*PAIRS, *SINGLES, *SPREADS, *COVERED)}
"""Every leg rule by its name."""
