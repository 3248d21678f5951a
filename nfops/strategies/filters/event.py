"""Only, or never, around dated events (``meta/events.csv``)."""

from __future__ import annotations

from typing import Final

from nfops.market.tables import EVENT_KINDS
from nfops.strategies.filters.base import Filter, param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import View

ANY: Final = "any"
EVENT: Final = param(
    "event", "choice", None, "kind of the dated events it looks at", choices=(*EVENT_KINDS, ANY), nullable=True
)
WINDOW: Final = param(
    "event_window", "choice", "only", "enter only, or never, in the events' windows", choices=("only", "never")
)
BEFORE: Final = param("event_before", "count", 0, "trading days before an event that belong to its window", high=10)
AFTER: Final = param("event_after", "count", 0, "trading days after an event that belong to its window", high=10)
NEVER: Final = 1
"""Code of ``event_window: never``."""


def _judge(view: View, codes: Codes) -> str:
    wanted = EVENT.choices[codes[EVENT.path]]
    within = any(
        -codes[AFTER.path] <= away <= codes[BEFORE.path] for kind, away in view.facts.events if wanted in {kind, ANY}
    )
    return "" if within != (codes[WINDOW.path] == NEVER) else AROUND_EVENTS.name


AROUND_EVENTS: Final = Filter(
    "filter_event",
    "the day lies outside, or within, the window of an event",
    (EVENT, WINDOW, BEFORE, AFTER),
    (EVENT,),
    by_day=_judge,
)
