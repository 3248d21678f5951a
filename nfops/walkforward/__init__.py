"""Walk-forward analysis: choose on some days, try on the next ones, move on."""

from nfops.walkforward.curve import DAILY, LAW, dropped, metrics_of, stitched
from nfops.walkforward.windows import Scheme, Window

__all__ = ["DAILY", "LAW", "Scheme", "Window", "dropped", "metrics_of", "stitched"]
