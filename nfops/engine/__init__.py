"""From a day and a block of parameters to fills, costs and daily results."""

from nfops.engine.result import DayResult
from nfops.engine.run import run_day

__all__ = ["DayResult", "run_day"]
