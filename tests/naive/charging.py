"""SPEC 8: what an executed order costs, in exact fractions, rounded once for each item."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from nfops.market import DayFacts
from nfops.market.facts import Rates
from nfops.params import Value

ITEMS = ("brokerage", "stt", "exchange_txn", "sebi_fee", "ipft", "stamp", "gst")
FREE = dict.fromkeys(ITEMS, 0)


def charged(price: int, units: int, side: int, rates: Rates, params: dict[str, Value]) -> dict[str, int]:
    """Paise of each item of an order; price in paise, side +1 bought."""
    if params["costs"] == "zero":
        return FREE
    if params["costs"] == "flat":
        return {**FREE, "brokerage": _rounded(Fraction(str(params["costs.flat_rupees"])) * 100)}
    turnover = price * units
    most = turnover * _rate(rates, "brokerage_cap") if rates.brokerage_cap else Fraction(rates.brokerage_paise)
    items = {
        "brokerage": min(Fraction(rates.brokerage_paise), most),
        "stt": turnover * _rate(rates, "stt_sell") if side < 0 else Fraction(0),
        "exchange_txn": turnover * _rate(rates, "exchange_txn"),
        "sebi_fee": turnover * _rate(rates, "sebi_fee"),
        "ipft": turnover * _rate(rates, "ipft"),
        "stamp": turnover * _rate(rates, "stamp_buy" if side > 0 else "stamp_sell"),
    }
    taxed = items["brokerage"] + items["exchange_txn"] + items["sebi_fee"]
    if params["costs.ipft_in_gst"]:
        taxed += items["ipft"]
    items["gst"] = taxed * _rate(rates, "gst")
    return {item: _rounded(paise) for item, paise in items.items()}


def exercised(
    intrinsic: int, settled_at: int, units: int, *, long: bool, facts: DayFacts, params: dict[str, Value]
) -> dict[str, int]:
    """Paise of each item of a leg that is settled: the holder of an option in the money pays STT, nobody else."""
    if params["costs"] != "india" or not long or intrinsic == 0:
        return FREE
    value = settled_at if facts.options.exercise_on_settlement else intrinsic
    return {**FREE, "stt": _rounded(value * units * _rate(facts.options, "stt_exercise"))}


def _rate(rates: Rates, name: str) -> Fraction:
    return Fraction(getattr(rates, name), 1_000_000_000)


def _rounded(paise: Fraction) -> int:
    return floor(paise + Fraction(1, 2))
