"""Prices, implied volatility and Greeks under Black-76 on the parity forward."""

from nfops.pricing.black76 import delta, implied_volatility, price

__all__ = ["delta", "implied_volatility", "price"]
