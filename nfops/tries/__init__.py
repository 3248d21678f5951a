"""The memory of all searches: which parameter sets were ever tried, and which days out of sample were looked at."""

from nfops.tries.keys import set_keys
from nfops.tries.ledger import Ledger, Standing
from nfops.tries.looks import Look, Looks, Seen, burnt_by, first_look
from nfops.tries.shown import Shown, ShownDays, seen_by

__all__ = [
    "Ledger",
    "Look",
    "Looks",
    "Seen",
    "Shown",
    "ShownDays",
    "Standing",
    "burnt_by",
    "first_look",
    "seen_by",
    "set_keys",
]
