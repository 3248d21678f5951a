"""What a position blocks, from docs/margin.md, in exact fractions; the fractions by date are written out here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from math import floor

FRAMEWORK, EXPIRY_RULE, NO_BENEFIT = dt.date(2020, 6, 1), dt.date(2024, 11, 20), dt.date(2025, 2, 10)


@dataclass(frozen=True)
class Held:
    """A leg as it was opened: prices and strike in paise, units negative when sold."""

    index: int
    expiry: dt.date
    right: str
    strike: int
    units: int
    price: int


def blocked(legs: list[Held], refs: list[int], date: dt.date, span_pct: float | None) -> int:
    """Paise that a position blocks."""
    span = Fraction("0.093") if date >= FRAMEWORK else Fraction("0.07")
    if span_pct is not None:
        span = Fraction(str(span_pct)) / 100
    total = Fraction(max(0, sum(leg.units * leg.price for leg in legs)))
    for index, ref in enumerate(refs):
        total += _risk([leg for leg in legs if leg.index == index], ref, date, span)
    return floor(total + Fraction(1, 2))


def _risk(legs: list[Held], ref: int, date: dt.date, span: Fraction) -> Fraction:
    exposure = Fraction(2 if date >= FRAMEWORK else 3, 100)
    extra = Fraction(2, 100) if date >= EXPIRY_RULE else Fraction(0)
    flat = sum(
        (-leg.units * ref * (exposure + (extra if leg.expiry == date else 0)) for leg in legs if leg.units < 0),
        Fraction(0),
    )
    expiries = {leg.expiry for leg in legs}
    apart = sum((_worst([leg for leg in legs if leg.expiry == expiry], ref, span) for expiry in expiries), Fraction(0))
    if len(expiries) < 2 or (date in expiries and date >= NO_BENEFIT):
        return flat + apart
    pairs = []
    for right in ("CE", "PE"):
        nets = [sum(leg.units for leg in legs if (leg.expiry, leg.right) == (expiry, right)) for expiry in expiries]
        pairs.append(min(sum(net for net in nets if net > 0), -sum(net for net in nets if net < 0)))
    return flat + min(apart, _worst(legs, ref, span) + max(pairs) * ref * Fraction("0.0175"))


def _worst(legs: list[Held], ref: int, span: Fraction) -> Fraction:
    """Greatest loss by intrinsic value at either end of the move, or at a strike between."""
    ends = ref * (1 - span), ref * (1 + span)
    levels = [*ends, *(Fraction(leg.strike) for leg in legs if ends[0] < leg.strike < ends[1])]
    return max(Fraction(0), *(-sum(leg.units * _intrinsic(leg, level) for leg in legs) for level in levels))


def _intrinsic(leg: Held, level: Fraction) -> Fraction:
    return max(Fraction(0), level - leg.strike if leg.right == "CE" else leg.strike - level)
