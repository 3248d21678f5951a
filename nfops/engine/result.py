"""What a day of a block of trials came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nfops.types import BoolArray, Int64Array, Records


@dataclass(frozen=True, eq=False)
class DayResult:
    """Results of P trials on one day; ``(P,)`` int64 unless said otherwise, money in paise."""

    symbol: str
    date: dt.date
    gross_paise: Int64Array
    cost_paise: Int64Array
    n_positions: Int64Array
    capital_paise: Int64Array
    """The most that a position of the day blocked, by the margin estimate, or the fixed sum; MISSING if
    the fractions are not known."""
    n_fills: Int64Array
    worst_mtm_paise: Int64Array
    """Least mark-to-market per unit from the first entry on; 0 without a position."""
    best_mtm_paise: Int64Array
    n_fallback: Int64Array
    n_stale_exit: Int64Array
    skips: Mapping[str, Int64Array]
    """Entries not made, by reason, ``(P,)`` each; a reason that is absent never occurred."""
    incomplete: BoolArray
    """(P,): the reference was silent before the close, so the metrics leave the day out."""
    fills: Records
    """(N,) of FILL, by trial and in order of execution."""
    charges: Int64Array
    """(N, 7) paise, columns costs.ITEMS."""

    @property
    def net_paise(self) -> Int64Array:
        """Gross less cost."""
        return self.gross_paise - self.cost_paise

    def skipped(self, trial: int) -> dict[str, int]:
        """Count the entries that one trial did not make, by reason."""
        return {reason: int(counts[trial]) for reason, counts in self.skips.items() if counts[trial]}
