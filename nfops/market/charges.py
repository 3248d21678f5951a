"""Charge rates by trade date, from the rows of ``charges.csv``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from nfops.errors import MetaError
from nfops.market.facts import Rates
from nfops.market.tables import CAPPED, NANO, ON_SETTLEMENT, ChargeRow

_CAP: Final = 3 * NANO // 10_000
"""0.03 % of turnover, the other half of that unit."""


def rates(rows: Sequence[ChargeRow], segment: str, date: dt.date) -> Rates:
    """Collect the rates of a segment on a trade date.

    Raises
    ------
    MetaError
        Naming every item without exactly one rate. An unknown rate is never taken for zero.
    """
    wanted = ["stt_sell", "exchange_txn", "sebi_fee", "ipft", "stamp", "gst", "brokerage"]
    if segment.endswith("OPTIDX"):
        wanted.append("stt_exercise")
    found = {
        item: [row for row in rows if (row.segment, row.item) == (segment, item) and row.start <= date <= row.end]
        for item in wanted
    }
    wrong = [f"{segment} {item}: {len(rows)} rates on {date}" for item, rows in found.items() if len(rows) != 1]
    if wrong:
        raise MetaError.collect(wrong, "charges.csv must have exactly one rate an item:")
    row = {item: rows[0] for item, rows in found.items()}
    exercise = row.get("stt_exercise")
    return Rates(
        stt_sell=row["stt_sell"].rate,
        stt_exercise=exercise.rate if exercise else 0,
        exercise_on_settlement=exercise is not None and exercise.unit == ON_SETTLEMENT,
        exchange_txn=row["exchange_txn"].rate,
        sebi_fee=row["sebi_fee"].rate,
        ipft=row["ipft"].rate,
        stamp_buy=row["stamp"].rate,
        stamp_sell=row["stamp"].rate if row["stamp"].side == "both" else 0,
        gst=row["gst"].rate,
        brokerage_paise=row["brokerage"].rate,
        brokerage_cap=_CAP if row["brokerage"].unit == CAPPED else 0,
    )
