"""Entries at each of several times of day; a position leaves at the next one."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.params import Param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import UNBOUNDED, EntryRule, Signals, View, is_open, outside, signals

HOURLY: Final = ("10:00", "11:00", "12:00", "13:00", "14:00", "15:00")
TIMES: Final = Param("strategy.entry.anchors", "clocks", HOURLY, "times of day; one entry for each")


def windows(view: View, codes: Codes) -> list[tuple[int, int]]:
    """First second of each anchor in the session and the next anchor's, whether in the session or not."""
    clocks = codes[TIMES.path]
    after = [*(view.second(clock) for clock in clocks[1:]), UNBOUNDED]
    return [(view.second(clock), end) for clock, end in zip(clocks, after, strict=True) if is_open(view, clock)]


def _find(view: View, codes: Codes) -> Signals:
    """Give the anchors' seconds, and those after each in which a leaving position's last exit may fill."""
    found, wait = windows(view, codes), codes["fills.latency_s"]
    trading, seconds, slots, ends = view.day.session.next_trading, [], [], []
    for slot, (start, end) in enumerate(found):
        last = start
        # A position filled late leaves a second later, by another latency; breaks postpone fills.
        for _ in range(2):
            last = int(trading[min(last + wait + 1, view.day.seconds - 1)])
        window = np.arange(start, min(end, last + 1))
        window = window[trading[window] == window]
        seconds.append(window)
        slots.append(np.full(len(window), slot))
        ends.append(np.full(len(window), end))
    if not found:
        return outside(len(codes[TIMES.path]))
    signal = signals(np.concatenate(seconds), slot=np.concatenate(slots), until=np.concatenate(ends))
    return Signals(**{**vars(signal), "outside": len(codes[TIMES.path]) - len(found)})


ANCHORS: Final = EntryRule(
    "anchors",
    "at each anchor, or once the position of the anchor before has left",
    (TIMES,),
    _find,
    reads=("fills.latency_s",),
    entries=UNBOUNDED,
    timed=True,
    sees="expiry",
)
