"""Stopping a sweep so that nothing is lost: by Ctrl-C, by a signal, or by ``nfops cancel`` from anywhere."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

CANCEL: Final = "cancel"
"""A file of this name in the folder of a sweep asks it to stop."""

EVERY_S: Final = 0.5


class Stop:
    """Set by the first Ctrl-C, or by the file ``cancel``: what is under way is finished and written."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / CANCEL
        self._asked = False
        self._looked = 0.0

    @property
    def asked(self) -> bool:
        """Whether somebody asked to stop."""
        if not self._asked and time.monotonic() - self._looked > EVERY_S:
            self._looked = time.monotonic()
            self._asked = self._file.exists()
        return self._asked

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Ask to stop; a second signal ends the process at once."""
        del frame
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        signal.signal(number, self)


@contextmanager
def stoppable(folder: Path) -> Iterator[Stop]:
    """Let signals, and the file ``cancel`` in ``folder``, ask to stop while the block runs."""
    (folder / CANCEL).unlink(missing_ok=True)  # it was meant for an earlier run
    stop = Stop(folder)
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
