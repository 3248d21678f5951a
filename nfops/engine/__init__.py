"""From a day and a block of parameters to fills, costs and daily results."""

from nfops.engine.nearby import NEARBY, nearby, reach_of
from nfops.engine.past import LOOKING_BACK, Noted, days_back, noted, past_of
from nfops.engine.result import DayResult
from nfops.engine.run import allows_legacy, legacy_close, run_day
from nfops.engine.scope import SCOPE, scoped
from nfops.engine.table import SCHEMA as BLOTTER
from nfops.engine.table import blotter, described, fill_table

__all__ = [
    "BLOTTER",
    "LOOKING_BACK",
    "NEARBY",
    "SCOPE",
    "DayResult",
    "Noted",
    "allows_legacy",
    "blotter",
    "days_back",
    "described",
    "fill_table",
    "legacy_close",
    "nearby",
    "noted",
    "past_of",
    "reach_of",
    "run_day",
    "scoped",
]
