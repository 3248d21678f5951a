"""Days of a month's file that agreed with their digests not long ago, noted beside the file.

To compare six years of days a process reads all of them, which takes several times as long as to trade them. A note
stands for that for a day. It speaks of the file as it was: of its inode, its size, and the times of its last write and
change. The system alone sets the time of a change, so whatever is written into the file makes its notes void. What a
note cannot tell is a disk that forgets by itself; so disks are asked anew every day.
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

GOOD_S: Final = 86_400
"""So long a note stands for a look at the day."""

SETTLED_S: Final = 2
"""A file that changed so lately may change again and show the same times."""


class State(NamedTuple):
    """What makes a file the one that was opened."""

    inode: int
    size: int
    written: int  # ns
    changed: int  # ns


@dataclass(frozen=True, slots=True)
class Notes:
    """What was noted of a month's file in the state in which it was opened."""

    path: Path
    state: State
    times: dict[dt.date, float] = field(default_factory=dict)
    """When a day was compared, in seconds since 1970; only what may still count."""

    def hold(self, date: dt.date) -> bool:
        """Whether a day of the file agreed with its digest within the last day."""
        return date in self.times and 0 <= time.time() - self.times[date] < GOOD_S

    def add(self, date: dt.date) -> None:
        """Note that a day agrees; where nothing can be written, the next process compares it again."""
        now = time.time()
        if now - self.state.changed / 1e9 < SETTLED_S:
            return
        mode = "a" if self.times else "w"
        self.times[date] = now
        with suppress(OSError), self.path.open(mode, encoding="ascii") as out:
            out.write(" ".join(map(str, (date, int(now), *self.state))) + "\n")


def state_of(file: Path) -> State:
    """Look at a file."""
    stat = file.stat()
    return State(stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def notes_at(file: Path) -> Path:
    """Name the notes of a month's file."""
    return file.with_suffix(".compared")


def notes_of(file: Path, state: State) -> Notes:
    """Read the notes of a month's file; those of another state of it, and torn lines, count for nothing."""
    notes = Notes(notes_at(file), state)
    with suppress(OSError):
        for line in notes.path.read_text(encoding="ascii", errors="replace").splitlines():
            with suppress(ValueError):
                date, moment, *of = line.split()
                if tuple(map(int, of)) == state:
                    notes.times[dt.date.fromisoformat(date)] = float(moment)
    for old in [date for date in notes.times if not notes.hold(date)]:
        del notes.times[old]
    return notes
