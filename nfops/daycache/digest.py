"""A quick hash of a day's bytes, so that what a disk or a hand changed in the day cache is never traded.

It reads several times as fast as the hashes of the standard library, which would take longer to look at a day than the
engine takes to trade it. It is no defence against somebody who forges a day.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nfops.jit import jit

LANES: Final = 8
"""Words of 8 bytes that are mixed side by side; as many as stand in 64 bytes."""

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_LEFT: Final = np.uint64(29)
_RIGHT: Final = np.uint64(35)


def digest(block: memoryview | npt.NDArray[np.uint8]) -> str:
    """Name the bytes of ``block``. Any change within 8 bytes gives another name; others do but for 1 in 2**64."""
    content = np.frombuffer(block, np.uint8)
    whole = len(content) - len(content) % (8 * LANES)
    rest = np.zeros(8 * LANES, np.uint8)
    rest[: len(content) - whole] = content[whole:]
    lanes = np.arange(1, LANES + 1, dtype=np.uint64)
    for part in (content[:whole], rest):
        _mix(part.view(np.uint64), lanes)
    return hashlib.blake2b(lanes.tobytes() + len(content).to_bytes(8, "little"), digest_size=16).hexdigest()


@jit
def _mix(words: npt.NDArray[Any], lanes: npt.NDArray[Any]) -> None:
    """Mix words into the lanes; each step can be undone, so two contents that differ in one word stay apart."""
    for at in range(0, len(words), LANES):
        for lane in range(LANES):
            mixed = (lanes[lane] ^ words[at + lane]) * _FACTOR
            lanes[lane] = (mixed << _LEFT) | (mixed >> _RIGHT)
