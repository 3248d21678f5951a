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
    found: dict[str, list[ChargeRow]] = {item: [] for item in wanted}
    for row in rows:
        if row.segment == segment and row.item in found and row.start <= date <= row.end:
            found[row.item].append(row)
    wrong = [f"{segment} {item}: {len(known)} rates on {date}" for item, known in found.items() if len(known) != 1]
    if wrong:
        raise MetaError.collect(wrong, "charges.csv must have exactly one rate an item:")
    one = {item: known[0] for item, known in found.items()}
    exercise = one.get("stt_exercise")
    return Rates(
        stt_sell=one["stt_sell"].rate,
        stt_exercise=exercise.rate if exercise else 0,
        exercise_on_settlement=exercise is not None and exercise.unit == ON_SETTLEMENT,
        exchange_txn=one["exchange_txn"].rate,
        sebi_fee=one["sebi_fee"].rate,
        ipft=one["ipft"].rate,
        stamp_buy=one["stamp"].rate,
        stamp_sell=one["stamp"].rate if one["stamp"].side == "both" else 0,
        gst=one["gst"].rate,
        brokerage_paise=one["brokerage"].rate,
        brokerage_cap=_CAP if one["brokerage"].unit == CAPPED else 0,
    )
