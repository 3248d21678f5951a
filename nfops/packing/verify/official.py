"""Packed contracts against the exchange's end-of-day file: names, last prices, volume and open interest.

The exchange counts volume in lots; an identity can only be asked of a contract whose packed volume is known from the
open on, and of last prices when rows go on until near the close.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from nfops.packing.verify.rules import Finding

CONTRACT: Final = ("expiry", "right", "strike")
LATE_S: Final = 600
"""Volume and last prices are compared of contracts with a row in the last ten minutes."""

OFF_LAST: Final = 0.01
OFF_VOLUME: Final = 0.9
"""Whole days with less than this share of the exchange's volume, in the median, count in other units."""

OFF_INTEREST: Final = 2.0
FEW: Final = 5
"""Fewer contracts say nothing."""


@dataclass(frozen=True, slots=True)
class Match:
    """How the contracts of one date match the exchange's; shares and ratios are None where nothing is comparable."""

    contracts: int
    unlisted: int
    last_equal: float | None
    """Share of the traded contracts whose last price is the exchange's."""
    last_off: float | None
    """Median distance of the last prices, as a share of the exchange's."""
    volume_above: int
    units_per_lot: float | None
    """Median of packed units to the exchange's lots, of contracts whose volume is known from the open on."""
    lot_size: int | None
    oi_ratio: float | None
    """Median of the packed to the exchange's open interest."""


def match(packed: pl.DataFrame, official: pl.DataFrame) -> Match:
    """Compare the contracts of one date.

    Parameters
    ----------
    packed
        ``expiry, right, strike, last, volume, oi, whole, end_s``; a row for each contract.
    official
        End-of-day contracts (``layouts.base.DAY_COLUMNS``).
    """
    theirs = official.filter(pl.col("opt_type").is_not_null()).select(
        "expiry", pl.col("opt_type").alias("right"), "strike", "volume_lots", "volume_units", "lot_size",
        pl.col("last").alias("official_last"), pl.col("oi").alias("official_oi"),
    )  # fmt: skip
    both = packed.join(theirs, on=CONTRACT)
    traded = both.filter(pl.col("volume_lots") > 0)
    late = traded.filter(pl.col("last").is_not_null() & (pl.col("end_s") <= LATE_S))
    whole = late.filter(pl.col("whole"))
    held = both.filter((pl.col("official_oi") > 0) & pl.col("oi").is_not_null())
    lots = traded["lot_size"].drop_nulls()
    return Match(
        contracts=packed.height,
        unlisted=packed.height - both.height,
        last_equal=_middle(late, (pl.col("last") == pl.col("official_last")).mean()),
        last_off=_middle(late, (pl.col("last") / pl.col("official_last") - 1).abs().median()),
        volume_above=traded.filter(pl.col("volume") > pl.col("volume_units")).height,
        units_per_lot=_middle(whole, (pl.col("volume") / pl.col("volume_lots")).median()),
        lot_size=int(lots[0]) if len(lots) else None,
        oi_ratio=_middle(held, (pl.col("oi") / pl.col("official_oi")).median()),
    )


def official_findings(found: Match, symbol: str, date: dt.date) -> Iterator[Finding]:
    """Say what of a date does not match."""

    def finding(rule: str, count: int, text: str) -> Finding:
        return Finding(rule, symbol, date, count, text)

    of_all = f"of {found.contracts:,} contracts"
    if found.unlisted:
        yield finding("unlisted_contract", found.unlisted, f"{found.unlisted:,} {of_all}")
    if found.volume_above:
        yield finding("volume_above", found.volume_above, f"{found.volume_above:,} {of_all}")
    if found.units_per_lot is not None and found.lot_size is not None:
        share = found.units_per_lot / found.lot_size
        if not OFF_VOLUME <= share <= 1 / OFF_VOLUME:
            text = f"{found.units_per_lot:,.2f} packed units to a lot of {found.lot_size} in the median"
            yield finding("volume_units", found.contracts, text)
    if found.last_off is not None and found.last_off > OFF_LAST:
        yield finding("last_differs", found.contracts, f"{found.last_off:.2%} in the median {of_all}")
    if found.oi_ratio is not None and not 1 / OFF_INTEREST <= found.oi_ratio <= OFF_INTEREST:
        text = f"{found.oi_ratio:,.3f} times the exchange's in the median {of_all}"
        yield finding("oi_differs", found.contracts, text)


def _middle(rows: pl.DataFrame, value: pl.Expr) -> float | None:
    return float(rows.select(value).item()) if rows.height >= FEW else None
