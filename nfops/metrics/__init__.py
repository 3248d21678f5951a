"""From daily results to the numbers by which trials are compared."""

from nfops.metrics.daily import METRICS, DailyResults, metrics
from nfops.metrics.objectives import OBJECTIVES, Objective, objective
from nfops.metrics.statistics import statistics

__all__ = ["METRICS", "OBJECTIVES", "DailyResults", "Objective", "metrics", "objective", "statistics"]
