"""From a day and a block of parameters to fills, costs and daily results."""

from nfops.engine.past import past_of
from nfops.engine.result import DayResult
from nfops.engine.run import allows_legacy, legacy_close, run_day
from nfops.engine.table import SCHEMA as BLOTTER
from nfops.engine.table import fill_table

__all__ = ["BLOTTER", "DayResult", "allows_legacy", "fill_table", "legacy_close", "past_of", "run_day"]
