"""Which parts of mapped files are wanted: said beforehand, they come several times as fast, and the others not at all.

Whoever follows prices through a mapped file makes the system read far around every page that it misses. Of days on a
disk that was all there is, while a sweep looks at a tenth of it.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nfops.daycache.chain import ChainDay
from nfops.types import Events


def parts_of(day: ChainDay) -> Iterator[npt.NDArray[Any]]:
    """Give all arrays of a day, its companion's included."""
    for array in (*day.arrays, *(day.spot or ())):
        yield from array if isinstance(array, Events) else (array,)
    if day.companion is not None:
        yield from parts_of(day.companion.day)


def fetch(arrays: Iterable[npt.NDArray[Any]]) -> None:
    """Ask the disk for these arrays, as far as they lie in mapped files, without waiting for it."""
    for array in arrays:
        _advise([array], mmap.MADV_WILLNEED)


def read_sparsely(day: ChainDay) -> None:
    """From now on read no more of a mapped day than the pages that are looked at, or fetched.

    The day is one block of a file; its companion, which lies in another, is told of by itself before they are joined.
    """
    _advise(parts_of(day), mmap.MADV_RANDOM)


def _advise(arrays: Iterable[npt.NDArray[Any]], advice: int) -> None:
    """Tell the system about the memory from the first to the last of those arrays that lie in a mapped file."""
    there = [(_address(array), array.nbytes, mapped) for array in arrays if (mapped := _mapped(array)) is not None]
    if not there:
        return
    mapped = there[0][2]
    base = _address(np.frombuffer(mapped, np.uint8))
    start, end = min(at for at, _, _ in there) - base, max(at + size for at, size, _ in there) - base
    start -= start % mmap.PAGESIZE
    if end > start:
        mapped.madvise(advice, start, end - start)


def _mapped(array: npt.NDArray[Any]) -> mmap.mmap | None:
    """File that an array is a view of, or None."""
    owner: Any = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    held = owner.obj if isinstance(owner, memoryview) else owner
    return held if isinstance(held, mmap.mmap) else None


def _address(array: npt.NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])
