"""What verification looks for: every rule by name, with what it means and how much it matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. An ``error`` is data that must not be used; a ``warning`` is data to be looked at first."""

    level: Level
    meaning: str


RULES: Final[Mapping[str, Rule]] = {
    "missing_file": Rule("error", "the manifest names a file that is not there"),
    "changed_file": Rule("error", "the content of a file is not what was packed"),
    "rows_differ": Rule("error", "a file has another number of rows than the manifest says"),
    "unreadable": Rule("error", "a file cannot be read as Parquet with the packed columns"),
    "unknown_file": Rule("warning", "a file that the manifest does not know; it may be of the old scripts"),
    "old_schema": Rule("warning", "a file was packed by rules that have changed since; pack it again"),
    "legacy_close": Rule("error", "an old script's option close that never moves: the vendor's previous close"),
    "unsorted": Rule("error", "rows that lie before the row above them in time"),
    "outside_session": Rule("error", "rows outside the trading hours of their day"),
    "closed_day": Rule("error", "rows of a day on which the exchange was closed"),
    "bar_inconsistent": Rule("error", "rows without low <= open, close <= high"),
    "negative": Rule("error", "rows with a negative price, volume, open interest or quote"),
    "replayed_day": Rule("error", "a day that repeats all prices of the day before"),
    "unlisted_contract": Rule("error", "contracts that the exchange's end-of-day file does not list on the day"),
    "volume_above": Rule("error", "contracts with more volume than the exchange reports for the day"),
    "volume_units": Rule("error", "volume of whole days is no match for the exchange's: lots taken for units, or back"),
    "oi_differs": Rule("warning", "open interest is less than half or more than twice the exchange's in the median"),
    "last_differs": Rule("warning", "last prices lie more than 1 % from the exchange's in the median of the contracts"),
    "off_tick": Rule("warning", "prices that are no multiple of five paise"),
    "crossed_quote": Rule("warning", "rows whose bid is above the ask"),
    "constant_price": Rule("warning", "a day whose price never moves"),
    "late_start": Rule("warning", "the first price comes more than ten minutes after the open"),
    "early_end": Rule("warning", "the last price comes more than ten minutes before the close"),
    "gap": Rule("warning", "more than five minutes without a row"),
    "missing_day": Rule("warning", "trading days between the first and the last one of which nothing is packed"),
    "missing_expiry": Rule(
        "warning", "expiries of the calendar between the first and the last day of which no option is packed"
    ),
    "parity_off": Rule("warning", "C - P + K lies more than 1 % from the index in the median of the day's minutes"),
    "parity_outlier": Rule("warning", "minutes in which a strike's C - P + K lies far from the day's median"),
    "bars_differ": Rule("warning", "one-minute closes differ from another vendor's bars by more than 0.1 %"),
}
"""In the order in which people read them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    ``where`` is a path below the data root, or what else it is about; ``count`` counts rows, minutes, days, contracts
    or files, whatever the rule is about.
    """

    rule: str
    where: str
    date: dt.date | None
    count: int
    text: str

    @property
    def level(self) -> Level:
        """How much it matters."""
        return RULES[self.rule].level

    def order(self) -> tuple[int, str, str]:
        """Sort key: rules as listed, then places and dates."""
        return list(RULES).index(self.rule), self.where, str(self.date or "")

    def __str__(self) -> str:
        """Give one line for people."""
        day = f" {self.date}" if self.date else ""
        return f"{self.level}: {self.rule}: {self.where}{day}: {self.text}"
