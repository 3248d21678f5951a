"""What a vendor layout says of its files: form, clock, volume, names. Data only; readers use it and people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import polars as pl

Form: TypeAlias = Literal["csv", "headerless csv", "json", "lines", "parquet"]
"""``csv`` has a header; ``lines`` is text with a row a line."""

Label: TypeAlias = Literal["moment", "start", "end", "last", "minute", "day"]
Order: TypeAlias = Literal["oldest first", "newest first", "any"]
Grammar: TypeAlias = Literal["exchange", "gdfl", "truedata", "breeze", "columns", "none"]

_LABELS: Final[Mapping[Label, str]] = {
    "moment": "the row's own moment",
    "start": "start of the bar; packed at its last second",
    "end": "end of the bar; packed one second before",
    "last": "last second of the bar",
    "minute": "minute of the poll; packed at its second 59",
    "day": "trade date",
}

GRAMMARS: Final[Mapping[Grammar, str]] = {
    "exchange": "the exchange's and Kite's, NIFTY2361317900PE, BANKNIFTY24JAN48000CE",
    "gdfl": "Global Datafeeds', NIFTY06JAN2217200CE.NFO, NIFTY-I.NFO, NIFTY 50.NSE_IDX",
    "truedata": "TrueData's, BANKNIFTY20030512500CE (year, month, day), NIFTY-I",
    "breeze": "Breeze's stock codes, CNXBAN for BANKNIFTY",
    "columns": "no ticker: expiry, strike and right have columns or fields of their own",
    "none": "of an index alone",
}
"""How contracts are named. The grammars collide, so each layout has one and none is ever guessed from a name."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time stamps stand, in which zone, and what they mean; a bar is ``seconds`` long."""

    column: str
    label: Label
    seconds: int = 60
    zone: str = "Asia/Kolkata"

    def final(self, moment: pl.Expr) -> pl.Expr:
        """Give the packed time stamp (SPEC 2.2): a bar's end minus one second, a minute's last second."""
        shift = {"start": self.seconds - 1, "minute": 59, "end": -1}.get(self.label, 0)
        return (moment + pl.duration(seconds=shift)).alias("stamp")

    def __str__(self) -> str:
        return f"{self.column} ({self.zone}): {_LABELS[self.label]}"


@dataclass(frozen=True, slots=True)
class Volume:
    """Which column counts what was traded, since when, and in what."""

    column: str
    counts: Literal["since the open", "of the row", "of the day"]
    unit: Literal["units", "lots"] = "units"

    def __str__(self) -> str:
        return f"{self.column}: {self.unit} {self.counts}"


@dataclass(frozen=True, slots=True)
class Names:
    """How instruments are named, and where the name stands."""

    grammar: Grammar
    place: str

    def __str__(self) -> str:
        return f"{GRAMMARS[self.grammar]}; in {self.place}"
