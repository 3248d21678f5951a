"""Margin fractions by trade date, from the rows of ``margins.csv``; estimates, as the table says of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields

from nfops.errors import MetaError
from nfops.market.facts import Margins
from nfops.market.tables import MarginRow


def margins(rows: Sequence[MarginRow], date: dt.date) -> Margins:
    """Collect the fractions of a trade date; MetaError names every item without exactly one."""
    items = [field.name for field in fields(Margins)]
    found = {item: [row.rate for row in rows if row.item == item and row.start <= date <= row.end] for item in items}
    wrong = [f"{item}: {len(rates)} rates on {date}" for item, rates in found.items() if len(rates) != 1]
    if wrong:
        raise MetaError.collect(wrong, "margins.csv must have exactly one rate an item:")
    return Margins(**{item: rates[0] for item, rates in found.items()})
