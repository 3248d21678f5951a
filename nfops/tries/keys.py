"""One number for one parameter set, the same whatever sweep it stands in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nfops.params import Param, ParamBlock, distinct
from nfops.types import Int64Array

Keys: TypeAlias = npt.NDArray[np.uint64]


def set_keys(symbol: str, strategy: str, block: ParamBlock) -> Keys:
    """Name each parameter set of a block by its content.

    A key is the sum of one 64-bit hash for the strategy on its symbol and one for each parameter that is not at its
    default. So neither the order of parameters nor which of them are axes matters, and a parameter that is declared
    later changes no key of before. Of a million sets two share a key with a probability of 3 in 100 million.

    Parameters
    ----------
    strategy
        Names of the strategy and its parts.
    block
        P parameter sets.

    Returns
    -------
    numpy.ndarray
        ``(P,)`` uint64.
    """
    keys = np.full(len(block), _hash(f"{symbol} {strategy}"), np.uint64)
    for param in block.schema.params:
        keys += _part(param, block.columns([param.path]))
    return keys


def _part(param: Param, codes: Int64Array) -> Keys:
    """Give the share of one parameter in every key; 0 where it is at its default."""
    usual = param.codes(param.default)
    if (codes == codes[:1]).all():
        return np.full(len(codes), _share(param.path, codes[0], usual) if len(codes) else 0, np.uint64)
    heads, places = distinct(codes)
    shares = np.array([_share(param.path, one, usual) for one in codes[heads]], np.uint64)
    return shares[places]


def _share(path: str, codes: Int64Array, usual: Sequence[int]) -> int:
    said = tuple(codes.tolist())
    return 0 if said == tuple(usual) else _hash(f"{path}={said}")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
