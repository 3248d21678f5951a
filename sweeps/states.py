"""What became of each day of a sweep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from nfops.daycache import Head
from nfops.errors import DataError
from sweeps import files
from sweeps.ports import Outcome

LEGACY: Final = (
    "legacy_close",
    "option prices are of the old scripts; the run allowed it, though a close may be yesterday's",
)
"""What the status says of a day that was computed all the same (SPEC 2.8)."""


class States:
    """Seconds, errors and traces of days, gathered as outcomes arrive."""

    def __init__(self, symbol: str, attempts: Mapping[dt.date, int]) -> None:
        self._symbol = symbol
        self._attempts = attempts
        """Earlier attempts of days that failed."""
        self._seconds: dict[dt.date, float] = {}
        self._errors: dict[dt.date, tuple[str, str]] = {}
        self.traces: dict[dt.date, str] = {}
        self._missing: dict[dt.date, str] = {}
        self.built = 0
        """Days that were not cached before."""

    @property
    def failed(self) -> int:
        """Number of failed days."""
        return len(self._errors)

    def add(self, outcome: Outcome) -> None:
        """Note an outcome."""
        date = outcome.date
        self._seconds[date] = self._seconds.get(date, 0.0) + outcome.seconds
        if outcome.rows is None:
            self._errors[date] = (outcome.error_type, outcome.error)
            self.traces[date] = outcome.trace

    def building(self, progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
        """Count the days that are built, while their number is shown."""

        def count(done: int, total: int) -> None:
            self.built += total if done == total else 0
            progress(done, total)

        return count

    def unusable(self, faults: Mapping[dt.date, DataError]) -> None:
        """Note days that were not even tried: missing ones, and those whose files must not be used."""
        for date, fault in faults.items():
            if fault.reason == "missing":
                self._missing[date] = str(fault)
            else:
                self._errors[date] = (fault.reason, str(fault))

    def table(
        self, dates: Sequence[dt.date], whole: set[dt.date], incomplete: set[dt.date], days: Mapping[dt.date, Head]
    ) -> pl.DataFrame:
        """Build the table of status (SPEC 10); ``days`` are those that count."""
        rows = []
        for date in dates:
            state, kind, text = self._state(date, whole, incomplete, days)
            day = days.get(date)
            rows.append(
                {
                    "symbol": self._symbol,
                    "date": date,
                    "ok": date in whole,
                    "state": state,
                    "error_type": kind or None,
                    "error": text or None,
                    "seconds": round(self._seconds.get(date, 0.0), 3),
                    "rows": day.rows if day else 0,
                    "data_hash": day.data_hash if day else None,
                    "attempt": self._attempts.get(date, 0) + 1,
                }
            )
        return pl.DataFrame(rows, schema=files.STATUS)

    def _state(
        self, date: dt.date, whole: set[dt.date], incomplete: set[dt.date], days: Mapping[dt.date, Head]
    ) -> tuple[str, str, str]:
        kind, text = self._errors.get(date, ("", ""))
        if date in whole:
            kind, text = LEGACY if days[date].legacy else (kind, text)
            return "incomplete" if date in incomplete else "ok", kind, text
        if date in self._missing:
            return "missing", "missing", self._missing[date]
        return "failed", kind or "interrupted", text or "the sweep was interrupted before this day"
