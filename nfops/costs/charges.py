"""Charges on executed orders, exact to the paisa (SPEC 8).

Every item of an order is first an exact integer number of parts: turnover (price x units, paise) times a rate per
1,000,000,000. It is rounded half-up to the paisa once, per order and item. GST is taken on the unrounded parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from nfops.errors import ConfigError
from nfops.jit import jit
from nfops.market.facts import Rates
from nfops.market.tables import NANO
from nfops.types import Int64Array

ITEMS: Final = ("brokerage", "stt", "exchange_txn", "sebi_fee", "ipft", "stamp", "gst")

_GST_PARTS: Final = 10_000
"""GST is a whole number of hundredths of a percent, which keeps its products within 64 bits."""

_GST_NANO: Final = NANO * _GST_PARTS

PARTS: Final = np.array([NANO] * 6 + [_GST_NANO], np.int64)
"""Parts of a paisa in which each of ITEMS is exact."""

INDIA: Final = 0
ZERO: Final = 1
FLAT: Final = 2


@dataclass(frozen=True, slots=True)
class Tariff:
    """Rates and the trader's own choices: model (INDIA, ZERO, FLAT), IPFT in the GST base, flat paise per order."""

    rates: Rates
    model: int = INDIA
    ipft_in_gst: bool = True
    flat_paise: int = 2000

    @property
    def vector(self) -> Int64Array:
        """Flatten for the kernels; the order is that of the fields."""
        if self.rates.gst % (NANO // _GST_PARTS):
            raise ConfigError(f"GST must be a whole number of hundredths of a percent, got {self.rates.gst}/{NANO}")
        own = (self.model, self.ipft_in_gst, self.flat_paise)
        return np.array([*astuple(self.rates), *own], np.int64)


@jit
def order_parts(price: int, units: int, side: int, tariff: Int64Array, out: Int64Array) -> None:
    """Write the exact items of one order, in PARTS of a paisa, to ``out`` (7,) int64.

    ``price`` in paise, ``units`` = lot size x lots, ``side`` +1 bought, -1 sold; ``tariff`` from :attr:`Tariff.vector`.
    """
    out[:] = 0
    stt, _, _, exchange, sebi, ipft, stamp_buy, stamp_sell, gst, brokerage, cap, model, ipft_in_gst, flat = tariff
    if model == ZERO:
        return
    if model == FLAT:
        out[0] = flat * NANO
        return
    turnover = price * units
    out[0] = brokerage * NANO
    if cap > 0:
        out[0] = min(out[0], turnover * cap)
    out[1] = turnover * stt if side < 0 else 0
    out[2] = turnover * exchange
    out[3] = turnover * sebi
    out[4] = turnover * ipft
    out[5] = turnover * (stamp_buy if side > 0 else stamp_sell)
    taxed = out[0] + out[2] + out[3]
    if ipft_in_gst:
        taxed += out[4]
    out[6] = taxed * (gst // (NANO // _GST_PARTS))


@jit
def exercise_parts(intrinsic: int, settlement: int, units: int, long: int, tariff: Int64Array, out: Int64Array) -> None:
    """Write the exact items of a leg settled at expiry: STT on exercise, paid by the holder of an option in the money.

    ``intrinsic`` and ``settlement`` (the index) in paise; ``long`` is 1 for a leg that was held long.
    """
    out[:] = 0
    if tariff[11] == INDIA and long and intrinsic > 0:
        out[1] = (settlement if tariff[2] else intrinsic) * units * tariff[1]


@jit
def round_parts(parts: Int64Array, out: Int64Array) -> None:
    """Round exact items half-up to paise; ``parts`` and ``out`` (7,) int64."""
    # Whole numbers known to the compiler divide several times faster than those read from PARTS.
    for item in range(len(parts) - 1):
        out[item] = (parts[item] + NANO // 2) // NANO
    out[len(parts) - 1] = (parts[len(parts) - 1] + _GST_NANO // 2) // _GST_NANO


def contract_note(orders: Iterable[tuple[int, int, int]], tariff: Tariff) -> dict[str, Fraction]:
    """Sum the exact items of the orders of one contract note, in paise, before any rounding.

    ``orders`` are (price in paise, units, side). A note rounds each item once, so it can differ by a paisa from the
    sum of its orders rounded one by one.
    """
    total = [Fraction(0)] * len(ITEMS)
    parts = np.zeros(len(ITEMS), np.int64)
    for price, units, side in orders:
        order_parts(price, units, side, tariff.vector, parts)
        total = [t + Fraction(int(p), int(d)) for t, p, d in zip(total, parts, PARTS, strict=True)]
    return dict(zip(ITEMS, total, strict=True))
