"""Prices, implied volatility and Greeks under Black-76 on the parity forward."""
