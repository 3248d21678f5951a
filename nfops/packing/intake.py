"""The rows of many raw files as one stream: read, counted, told where they came from, and handed to the spool."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from nfops.errors import DataError, MetaError, NfopsError
from nfops.market import Market
from nfops.packing.account import Account
from nfops.packing.layouts.base import Layout, Segment, together
from nfops.packing.plan import Job
from nfops.packing.runs import Runs
from nfops.packing.sources import DAMAGED, RawFile
from nfops.packing.spool import Spool

READING: Final = (
    *DAMAGED,
    NfopsError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,  # a damaged Parquet can make Polars lose its head
    ValueError,
    ArithmeticError,
)
"""What a bad file can raise."""

TOGETHER: Final = 500_000
"""Rows that go to the spool as one frame: a thousand small files cost little more than a large one."""


@dataclass
class Intake:
    """Reads the files of a job; rows get the columns ``file`` (number), ``row`` in it, ``date`` and ``chunk``."""

    job: Job
    layout: Layout
    market: Market
    account: Account
    spool: Spool
    _waiting: dict[Segment, list[tuple[int, int, pl.DataFrame]]] = field(default_factory=dict)
    _rows: int = 0

    def read(self) -> None:
        """Read every file; a bad one is refused and stops nobody."""
        for number, file in enumerate(self.job.files):
            try:
                self._read(number, file)
            except READING as fault:
                self._drop(number)
                empty = isinstance(fault, DataError) and fault.reason == "empty_file"
                self.account.refuse(number, file, fault, 0 if empty else self._count(file))
        self._hand_on()

    def _read(self, number: int, file: RawFile) -> None:
        if not file.member and file.path.stat().st_size == 0:
            raise DataError("the file has no bytes", "empty_file")
        taken = 0
        for piece in self.layout.read(file, self.job.symbol, self.market):
            self.account.told(number, piece)
            rows = piece.frame.reverse() if self.layout.newest_first else piece.frame
            self._waiting.setdefault(piece.segment, []).append((number, taken, rows))
            taken += rows.height
            self._rows += rows.height
            if self._rows >= TOGETHER:
                self._hand_on()

    def _count(self, file: RawFile) -> int:
        try:
            return self.layout.count(file)
        except READING:
            return 0

    def _drop(self, number: int) -> None:
        """Forget rows of the latest file, which turned out bad; the spool may have some all the same."""
        for waiting in self._waiting.values():
            while waiting and waiting[-1][0] == number:
                waiting.pop()

    def _hand_on(self) -> None:
        for segment, waiting in self._waiting.items():
            if waiting:
                rows = pl.concat([rows for _, _, rows in waiting], how="diagonal").rechunk()
                heights = [rows.height for _, _, rows in waiting]
                numbers = np.array([number for number, _, _ in waiting], np.uint32)
                # The place of a row in its file: its place here, less where its piece begins, plus what went before.
                shifts = np.cumsum([0, *heights[:-1]]) - [taken for _, taken, _ in waiting]
                row = np.arange(rows.height, dtype=np.uint32) - np.repeat(shifts.astype(np.uint32), heights)
                rows = rows.with_columns(
                    pl.Series("file", np.repeat(numbers, heights)).set_sorted(),
                    pl.Series("row", row),
                    pl.col("stamp").dt.date().alias("date"),
                )
                self.account.take(rows)
                self.spool.add(segment, self._placed(segment, rows))
        self._waiting, self._rows = {}, 0

    def _placed(self, segment: Segment, rows: pl.DataFrame) -> pl.DataFrame:
        """Say of each row with which others it is cleaned."""
        if segment == "options" and self.layout.group is together and self.layout.kind != "snapshot":
            # One file may hold months of a whole chain. Polls stay whole: they are compared with each other.
            runs = Runs.of(rows, ["expiry", "strike"])
            names = runs.heads.select(pl.format("{} {}", "expiry", pl.col("strike").cast(pl.String).str.zfill(8)))
            return rows.with_columns(runs.told(names.to_series()).alias("chunk"))
        if segment == "options":
            return rows.with_columns(chunk="expiry")
        if segment != "futures":
            return rows.with_columns(pl.col("date").dt.month_start().alias("chunk"))
        runs = Runs.of(rows, ["date"])
        near = {day: self._near_month(day) for day in runs.heads["date"].unique().drop_nulls()}
        expiry = runs.told(runs.heads["date"].replace_strict(near, default=None, return_dtype=pl.Date))
        known = [pl.col("expiry")] if "expiry" in rows.columns else []
        return rows.with_columns(pl.coalesce(*known, expiry).alias("expiry")).with_columns(chunk="expiry")

    def _near_month(self, date: dt.date) -> dt.date | None:
        """Give the monthly expiry on or after a date, which rows of a future belong to when the reader knows none."""
        try:
            return self.market.expiry(self.job.symbol, date, "monthly")
        except MetaError:
            return None
