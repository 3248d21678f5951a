"""Black-76 on whole arrays: what :mod:`nfops.pricing.black76` and :mod:`nfops.pricing.greeks` do, number by number.

All arguments broadcast against each other like NumPy's. ``sign`` is 1 for calls and -1 for puts.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nfops.jit import jit
from nfops.pricing import black76
from nfops.pricing.greeks import Greeks, greeks
from nfops.types import FloatArray, Int64Array

Numbers: TypeAlias = npt.ArrayLike


def prices(forward: Numbers, strike: Numbers, years: Numbers, volatility: Numbers, sign: Numbers) -> FloatArray:
    """Undiscounted prices, float64 in the broadcast shape and the unit of ``forward``."""
    shape, (f, k, t, v), s = _flat(sign, forward, strike, years, volatility)
    out = np.empty(len(f))
    _prices(f, k, t, v, s, out)
    return out.reshape(shape)


def implied_volatilities(
    premium: Numbers, forward: Numbers, strike: Numbers, years: Numbers, sign: Numbers
) -> FloatArray:
    """Volatilities per square root of a year, float64; NaN at or below intrinsic value, or past expiry."""
    shape, (p, f, k, t), s = _flat(sign, premium, forward, strike, years)
    out = np.empty(len(f))
    _implied(p, f, k, t, s, out)
    return out.reshape(shape)


def all_greeks(
    forward: Numbers, strike: Numbers, years: Numbers, volatility: Numbers, sign: Numbers
) -> dict[str, FloatArray]:
    """Delta, gamma, vega and theta by name, float64 each; see :class:`nfops.pricing.greeks.Greeks` for the units."""
    shape, (f, k, t, v), s = _flat(sign, forward, strike, years, volatility)
    out = np.empty((len(Greeks._fields), len(f)))
    _greeks(f, k, t, v, s, out)
    return {name: row.reshape(shape) for name, row in zip(Greeks._fields, out, strict=True)}


def _flat(sign: Numbers, *numbers: Numbers) -> tuple[tuple[int, ...], list[FloatArray], Int64Array]:
    every = np.broadcast_arrays(*(np.asarray(number, np.float64) for number in numbers), np.asarray(sign, np.int64))
    floats: list[Any] = [np.ascontiguousarray(array).ravel() for array in every[:-1]]
    return every[0].shape, floats, np.ascontiguousarray(every[-1]).ravel()


@jit
def _prices(f: FloatArray, k: FloatArray, t: FloatArray, v: FloatArray, sign: Int64Array, out: FloatArray) -> None:
    for at in range(len(out)):
        out[at] = black76.price(f[at], k[at], t[at], v[at], sign[at])


@jit
def _implied(p: FloatArray, f: FloatArray, k: FloatArray, t: FloatArray, sign: Int64Array, out: FloatArray) -> None:
    for at in range(len(out)):
        out[at] = black76.implied_volatility(p[at], f[at], k[at], t[at], sign[at])


@jit
def _greeks(f: FloatArray, k: FloatArray, t: FloatArray, v: FloatArray, sign: Int64Array, out: FloatArray) -> None:
    for at in range(out.shape[1]):
        found = greeks(f[at], k[at], t[at], v[at], sign[at])
        out[0, at], out[1, at], out[2, at], out[3, at] = found.delta, found.gamma, found.vega, found.theta
