"""One process at a time works in the folder of a sweep, and says there how far it is."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nfops.errors import ConfigError
from nfops.files import claimed, is_claimed, replacing

LOCK: Final = ".lock"
PROGRESS: Final = "progress.json"
EVERY_S: Final = 1.0


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; ConfigError when another process does."""
    with claimed(folder / LOCK) as mine:
        if not mine:
            said = progress_of(folder)
            who = f"process {said['pid']} on {said['host']}" if said else "another process"
            raise ConfigError(f"{folder} is being written by {who}; wait for it, or end it with: nfops cancel {folder}")
        yield


def is_held(folder: Path) -> bool:
    """Whether some process of this machine works in the folder."""
    return is_claimed(folder / LOCK)


@dataclass
class Progress:
    """How far a sweep is, written every second to ``progress.json``."""

    folder: Path
    total: int
    """Days times blocks, those that were known before included."""
    known: int = 0
    done: int = 0
    failed: int = 0
    _began: float = field(default_factory=time.monotonic)
    _written: float = 0.0

    def saw(self, *, failed: bool) -> None:
        """Count an outcome."""
        self.done += not failed
        self.failed += failed
        if time.monotonic() - self._written > EVERY_S:
            self.write()

    def write(self) -> None:
        """Write the file."""
        self._written = time.monotonic()
        seconds, computed = self._written - self._began, self.done + self.failed
        left = self.total - self.known - computed
        state = {
            "total": self.total,
            "known": self.known,
            "done": self.done,
            "failed": self.failed,
            "seconds": round(seconds, 1),
            "eta_s": round(seconds / computed * left, 1) if computed else None,
            "updated": str(dt.datetime.now(dt.UTC)),
            "pid": os.getpid(),
            "host": socket.gethostname(),
        }
        with replacing(self.folder / PROGRESS) as part:
            part.write_text(json.dumps(state) + "\n", encoding="utf-8")


def progress_of(folder: Path) -> dict[str, Any] | None:
    """Read how far the sweep in ``folder`` is, or was; None when nothing was computed yet."""
    try:
        read: dict[str, Any] = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return read
