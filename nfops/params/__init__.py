"""Parameters, declared once and read by configuration, grids, searches, kernels and documentation.

A user writes ``stop_pct=12.5`` or ``at=10:30``; kernels see integers (1250 hundredths of a percent, 37,800 seconds
of the day). The two forms meet only here, through exact decimal arithmetic.
"""

from nfops.params.param import MOST_CLOCKS, SCALE, UNIT, WEEKDAYS, Kind, Param, Value
from nfops.params.rows import distinct
from nfops.params.schema import ParamBlock, ParamGrid, ParamSchema

__all__ = [
    "MOST_CLOCKS",
    "SCALE",
    "UNIT",
    "WEEKDAYS",
    "Kind",
    "Param",
    "ParamBlock",
    "ParamGrid",
    "ParamSchema",
    "Value",
    "distinct",
]
