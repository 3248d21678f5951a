"""From daily results to the numbers by which trials are compared."""

from nfops.metrics.daily import METRICS, cost_share, daily_metrics, max_drawdown, ranking

__all__ = ["METRICS", "cost_share", "daily_metrics", "max_drawdown", "ranking"]
