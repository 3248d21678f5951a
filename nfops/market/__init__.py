"""Dated facts of the exchanges: sessions, expiries, contract terms, lots and charge rates, read from ``meta/``."""

from nfops.market.facts import DayFacts, Margins, Rates
from nfops.market.market import Market
from nfops.market.sessions import Session
from nfops.market.tickers import Ticker

__all__ = ["DayFacts", "Margins", "Market", "Rates", "Session", "Ticker"]
