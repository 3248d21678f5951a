"""The numbers of a block on their way to a worker: most columns are the same in all its sets, and travel once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

import numpy as np

from nfops.types import Int64Array
from sweeps.results import block_name
from sweeps.work import MOST_SETS


class Parcel(NamedTuple):
    """Numbers of N sets with K parameters, of which V differ."""

    name: str  # of all of them
    row: Int64Array  # (K,) of the first set
    places: Int64Array  # (V,) of the columns that differ
    columns: Int64Array  # (N, V)


_OPENED: Final[OrderedDict[str, Int64Array]] = OrderedDict()
"""Numbers that came to this process, by the names of their parcels."""


def packed(values: Int64Array) -> Parcel:
    """Pack the numbers ``(N, K)`` of a block of at least one set."""
    places = np.flatnonzero((values != values[:1]).any(axis=0))
    return Parcel(block_name(values), values[0].copy(), places, np.ascontiguousarray(values[:, places]))


def opened(parcel: Parcel) -> Int64Array:
    """Give what was packed, the same array each time a parcel comes: by that its block is known again."""
    name = parcel.name
    if name not in _OPENED:
        values = np.tile(parcel.row, (len(parcel.columns), 1))
        values[:, parcel.places] = parcel.columns
        _OPENED[name] = values
    _OPENED.move_to_end(name)
    while len(_OPENED) > 1 and sum(map(len, _OPENED.values())) > MOST_SETS:
        _OPENED.popitem(last=False)
    return _OPENED[name]
