"""Dated facts of the exchanges: sessions, expiries, contract terms, lots and charge rates, read from ``meta/``."""
