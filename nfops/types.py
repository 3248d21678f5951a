"""Units, sentinels and record types that every layer shares (SPEC: paise, seconds after the open, lots)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Int8Array: TypeAlias = npt.NDArray[np.int8]
Int32Array: TypeAlias = npt.NDArray[np.int32]
Int64Array: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Records: TypeAlias = npt.NDArray[Any]

MISSING: Final = -1
"""No price, quote or open interest is known; prices are positive, so it can never be one."""

OFF: Final = -(2**31)
"""A parameter that is switched off (``null`` in configuration)."""

YEAR_DAYS: Final = 252
"""Trading days by which ratios and volatilities are made yearly."""

PAISE: Final = 100
"""Paise per rupee."""

TICK_PAISE: Final = 5
"""Smallest price step of index options and futures, and the least price a fill can have."""

CALL: Final = 0
PUT: Final = 1
FUTURE: Final = 2
SPOT: Final = 3
RIGHTS: Final = ("CE", "PE", "FUT", "SPOT")

REASONS: Final = (
    "entry",
    "reentry",
    "leg_stop",
    "leg_target",
    "stop",
    "target",
    "trail",
    "signal",
    "time",
    "hedge",
    "day_stop",
    "day_target",
    "close",
    "settlement",
)
"""Why a fill was made; a fill stores the position in this tuple."""

KINDS: Final = ("entry", "exit", "hedge")

SKIPS: Final = (
    "outside_session",
    "position_open",
    "no_reference",
    "stale_ref",
    "no_contract",
    "no_iv",
    "no_rv",
    "no_history",
    "filter_weekday",
    "filter_days_to_expiry",
    "filter_event",
    "filter_gap",
    "filter_iv_rank",
    "filter_volatility",
    "filter_trend",
    "filter_move",
    "filter_direction",
    "too_late",
    "no_price",
    "stale",
    "coarse_data",
    "no_hedge",
)
"""Why an entry, or a hedge, was not made; of entries in the order in which the rules are asked."""

FALLBACK: Final = 1
"""Fill flag: a quote was wanted and none was usable, so the last price was taken."""

STALE_EXIT: Final = 2
"""Fill flag: an exit was filled on a last price older than ``max_age_s``."""

FILL: Final = np.dtype(
    [
        ("trial", "i4"),  # row of the parameter block
        ("position", "i4"),  # 0-based within the day
        ("leg", "i4"),  # 0-based within the position
        ("contract", "i4"),  # row of the ChainDay's contract axis
        ("side", "i4"),  # +1 bought, -1 sold
        ("lots", "i4"),  # lots x ratio, always positive
        ("decision_s", "i4"),
        ("fill_s", "i4"),
        ("price_paise", "i4"),
        ("age_s", "i4"),  # age of the last price at the fill
        ("reason", "i4"),  # index into REASONS
        ("kind", "i4"),  # index into KINDS
        ("flags", "i4"),  # FALLBACK | STALE_EXIT
    ]
)


class Events(NamedTuple):
    """Values that arrive now and then on many contracts, stored only where they arrive (compressed rows).

    Contract ``c`` owns ``second[start[c]:start[c + 1]]`` (strictly ascending) and the values beside them.
    """

    start: Int64Array  # (C + 1,)
    second: Int32Array  # (N,) seconds after the open
    value: Int32Array  # (N,)


def sealed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``array`` as contiguous memory that refuses to be written."""
    frozen = np.ascontiguousarray(array)
    frozen.flags.writeable = False
    return frozen
