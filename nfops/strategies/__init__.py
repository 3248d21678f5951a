"""What may be traded: entries, leg rules and exit rules as declared parts, and the registry of strategies."""

from nfops.strategies.registry import REGISTRY, strategy
from nfops.strategies.spec import Part, Strategy

__all__ = ["REGISTRY", "Part", "Strategy", "strategy"]
