"""The span of the few simulated days that tests of the application share."""

from __future__ import annotations

import datetime as dt
from typing import Final

FIRST: Final = dt.date(2024, 1, 1)
LAST: Final = dt.date(2024, 1, 8)
"""Six trading days."""
