"""Packed files to days of dense arrays, kept on disk under a key of their content."""

from nfops.daycache.build import build_day
from nfops.daycache.chain import UNKNOWN_AGE, ChainDay, Companion, DayArrays, Earlier, Reference
from nfops.daycache.month import Head
from nfops.daycache.narrow import narrowed
from nfops.daycache.paging import fetch, parts_of, read_sparsely
from nfops.daycache.payload import Payload, from_payload, to_payload
from nfops.daycache.piece import DayRows, day_rows
from nfops.daycache.reference import is_incomplete, reference
from nfops.daycache.store import DayStore

__all__ = [
    "UNKNOWN_AGE",
    "ChainDay",
    "Companion",
    "DayArrays",
    "DayRows",
    "DayStore",
    "Earlier",
    "Head",
    "Payload",
    "Reference",
    "build_day",
    "day_rows",
    "fetch",
    "from_payload",
    "is_incomplete",
    "narrowed",
    "parts_of",
    "read_sparsely",
    "reference",
    "to_payload",
]
