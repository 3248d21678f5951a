"""The capital that a position blocks: an estimate from dated fractions, not the exchange's SPAN (docs/margin.md).

Everything is exact in ten-thousandths of a paisa and rounded half-up to the paisa once, for the whole position.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.jit import inner, jit
from nfops.market.facts import Margins
from nfops.market.tables import MARGIN_PARTS
from nfops.params import Param
from nfops.types import CALL, PUT, Int64Array

MODELS: Final = ("estimate", "fixed")
ESTIMATE, FIXED = range(2)

PARAMS: Final = (
    Param("margin", "choice", "estimate", "capital by an estimate of the margin, or a fixed sum", choices=MODELS),
    Param("margin.span_pct", "percent", None, "move of the index in the estimate; null: by date", high=100,
          nullable=True),
    Param("margin.fixed_rupees", "points", 500_000, "capital of the fixed model", low=1, high=1_000_000_000),
)  # fmt: skip
MODEL, SPAN_PCT, FIXED_RUPEES = (param.path for param in PARAMS)

MARKET, EXPIRY, TODAY, RIGHT, STRIKE, UNITS, PRICE = range(7)
"""Columns of the legs of a position: index, expiry, whether it expires today, right, strike in paise, units (negative
for sold ones), price paid or received in paise."""

ALL: Final = -1

SPAN, EXPOSURE, CALENDAR, CALENDAR_TODAY, EXTRA = range(5)


def margin_vector(margins: Margins) -> Int64Array:
    """Flatten the fractions of a date for the kernels; columns above."""
    return np.array(
        [margins.span, margins.exposure, margins.calendar, margins.calendar_expiry_day, margins.expiry_day], np.int64
    )


@inner
def loss_at(legs: Int64Array, market: int, expiry: int, level: int) -> int:
    """Loss by intrinsic value at an index of ``level`` (ten-thousandths of a paisa); ALL: of every expiry."""
    loss = 0
    for leg in range(len(legs)):
        wanted = expiry == ALL or expiry == legs[leg, EXPIRY]
        if legs[leg, MARKET] == market and wanted:
            out = level - legs[leg, STRIKE] * MARGIN_PARTS
            loss -= legs[leg, UNITS] * max(out if legs[leg, RIGHT] == CALL else -out, 0)
    return loss


@inner
def scanned(legs: Int64Array, market: int, expiry: int, ref: int, span: int) -> int:
    """Greatest loss while the index moves by at most ``span``: a loss bends only at strikes, so no other is greater."""
    low, high = ref * (MARGIN_PARTS - span), ref * (MARGIN_PARTS + span)
    worst = max(0, loss_at(legs, market, expiry, low), loss_at(legs, market, expiry, high))
    for leg in range(len(legs)):
        level = legs[leg, STRIKE] * MARGIN_PARTS
        if low < level < high:
            worst = max(worst, loss_at(legs, market, expiry, level))
    return worst


@inner
def paired_units(legs: Int64Array, market: int) -> int:
    """Units that one expiry holds against another, of the right of which there are more."""
    most = 0
    for right in (CALL, PUT):
        bought = sold = 0
        for leg in range(len(legs)):
            net, first = 0, True
            for other in range(len(legs)):
                same = legs[other, MARKET] == market and legs[other, EXPIRY] == legs[leg, EXPIRY]
                if same and legs[other, RIGHT] == right:
                    first = first and other >= leg
                    net += legs[other, UNITS]
            # Each expiry is counted at the first of its legs of this right.
            if first and legs[leg, MARKET] == market and legs[leg, RIGHT] == right:
                bought, sold = bought + max(net, 0), sold + max(-net, 0)
        most = max(most, min(bought, sold))
    return most


@jit
def capital_of(legs: Int64Array, refs: Int64Array, fractions: Int64Array) -> int:
    """Capital that a position blocks, in paise.

    Parameters
    ----------
    legs
        ``(L, 7)``, columns above.
    refs
        ``(M,)``: price of each index at the decision, in paise.
    fractions
        ``(5,)`` from :func:`margin_vector`.
    """
    blocked = premium = 0
    for market in range(len(refs)):
        alone, today = 0, False
        for leg in range(len(legs)):
            if legs[leg, MARKET] != market:
                continue
            premium += legs[leg, UNITS] * legs[leg, PRICE]
            today = today or legs[leg, TODAY] == 1
            extra = fractions[EXPOSURE] + (fractions[EXTRA] if legs[leg, TODAY] == 1 else 0)
            blocked += max(-legs[leg, UNITS], 0) * refs[market] * extra
            first = True
            for before in range(leg):
                first = first and (legs[before, MARKET] != market or legs[before, EXPIRY] != legs[leg, EXPIRY])
            if first:
                alone += scanned(legs, market, legs[leg, EXPIRY], refs[market], fractions[SPAN])
        charge = fractions[CALENDAR_TODAY] if today else fractions[CALENDAR]
        together = scanned(legs, market, ALL, refs[market], fractions[SPAN])
        together += paired_units(legs, market) * refs[market] * charge
        blocked += min(alone, together)
    blocked += max(premium, 0) * MARGIN_PARTS
    return (2 * blocked + MARGIN_PARTS) // (2 * MARGIN_PARTS)
