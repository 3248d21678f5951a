"""Packed files to days of dense arrays, kept on disk under a key of their content."""

from nfops.daycache.chain import ChainDay, DayArrays, Reference
from nfops.daycache.reference import is_incomplete, reference
from nfops.daycache.store import DayStore

__all__ = ["ChainDay", "DayArrays", "DayStore", "Reference", "is_incomplete", "reference"]
