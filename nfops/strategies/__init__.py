"""What may be traded: entries, leg rules and exit rules as declared parts, and the registry of strategies."""

from nfops.strategies.entry import ENTRY_RULES
from nfops.strategies.legs import LEG_RULES
from nfops.strategies.registry import ALIASES, REGISTRY, compose, strategy
from nfops.strategies.spec import Strategy

__all__ = ["ALIASES", "ENTRY_RULES", "LEG_RULES", "REGISTRY", "Strategy", "compose", "strategy"]
