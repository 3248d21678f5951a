"""Implied volatilities of a chain, against the packages people use for them (``uv sync --group bench``)."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np

from nfops.pricing import implied_volatilities, prices
from tests.bench.board import Board
from tests.bench.timing import Contender, race

FORWARD, YEARS = 21_480.0, 5 / 365


def bench(rounds: int) -> Board:
    """Implied volatilities per CPU second of each contender that is installed."""
    strike = np.linspace(20_500.0, 22_500.0, 20_000)
    sign = np.where(strike >= FORWARD, 1, -1)
    premium = prices(FORWARD, strike, YEARS, 0.09 + 0.06 * np.abs(strike / FORWARD - 1) * 20, sign)
    quotes = list(zip(premium[::40].tolist(), strike[::40].tolist(), sign[::40].tolist(), strict=True))
    contenders: dict[str, Contender] = {}
    if found := _installed("py_lets_be_rational"):
        one = found.implied_volatility_from_a_transformed_rational_guess
        contenders["py_lets_be_rational"] = Contender(
            len(quotes), lambda: [one(p, FORWARD, k, YEARS, float(q)) for p, k, q in quotes]
        )
    if found := _installed("vollib.black.implied_volatility"):
        of = found.implied_volatility_of_undiscounted_option_price
        contenders["vollib"] = Contender(
            len(quotes), lambda: [of(p, FORWARD, k, YEARS, "c" if q > 0 else "p") for p, k, q in quotes]
        )
    contenders["nfops"] = Contender(len(strike), lambda: implied_volatilities(premium, FORWARD, strike, YEARS, sign))
    return Board("implied", "Implied volatilities", "volatilities per second of CPU", race(contenders, rounds))


def _installed(name: str) -> Any:
    return importlib.import_module(name) if importlib.util.find_spec(name.split(".", maxsplit=1)[0]) else None
