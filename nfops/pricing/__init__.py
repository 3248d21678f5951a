"""Black-76 on the parity forward: prices, implied volatility, Greeks. Realised volatility and a volatility index."""

from nfops.pricing.arrays import all_greeks, implied_volatilities, prices
from nfops.pricing.black76 import delta, implied_volatility, price
from nfops.pricing.greeks import Greeks, greeks
from nfops.pricing.realised import close_to_close, garman_klass, parkinson
from nfops.pricing.vix import Strip, strip_variance, volatility_index

__all__ = [
    "Greeks",
    "Strip",
    "all_greeks",
    "close_to_close",
    "delta",
    "garman_klass",
    "greeks",
    "implied_volatilities",
    "implied_volatility",
    "parkinson",
    "price",
    "prices",
    "strip_variance",
    "volatility_index",
]
