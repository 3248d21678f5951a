"""Kernels as plain Python, so that a mutant needs no compiling, with the whole numbers of compiled code."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from nfops import jit


class Wide(np.ndarray):
    """A view that gives single int32 numbers as int64: Numba computes with 64 bits where NumPy stays at 32."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return np.int64(found) if isinstance(found, np.int32) else found


_INSIDE: list[bool] = []
"""Not empty while a kernel runs."""

_COPIES: dict[int, tuple[Any, Any]] = {}
"""Arrays that nobody can write, by their place, with their numbers in 64 bits."""


def widened(value: Any) -> Any:
    """Give the arrays of an argument such numbers; named tuples are kernels' structures."""
    if isinstance(value, tuple):
        inside = [widened(part) for part in value]
        return type(value)(*inside) if hasattr(value, "_fields") else tuple(inside)
    if not isinstance(value, np.ndarray) or isinstance(value, np.recarray) or value.dtype != np.int32:
        return value
    if value.flags.writeable or (isinstance(value.base, np.ndarray) and value.base.flags.writeable):
        return value.view(Wide)
    # Plain arrays are read several times faster.
    if id(value) not in _COPIES:
        _COPIES[id(value)] = value, value.astype(np.int64)
    return _COPIES[id(value)][1]


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Stand in for the compiler; what one kernel gives to another is wide already."""

    @wraps(function)
    def door(*args: Any) -> Any:
        if _INSIDE:
            return function(*args)
        _INSIDE.append(True)
        try:
            return function(*map(widened, args))
        finally:
            _INSIDE.pop()

    return door


def compile_nothing() -> None:
    """Let kernels that are imported from now on be plain Python."""
    jit.jit = plain
    jit.inner = jit.single = lambda function: function
