"""The group ``walkforward`` of the configuration, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nfops.errors import ConfigError
from nfops.walkforward import Scheme

LEAST: Final = {"train_days": 2, "test_days": 1, "step": 1, "purge": 0, "embargo": 0}
"""Lengths in trading days, and the least each may be."""


def read_scheme(plain: Mapping[str, Any], dates: Sequence[dt.date], faults: list[str]) -> Scheme | None:
    """Check the group, and that it cuts at least one window out of ``dates``; None, and ``faults``, otherwise."""
    said = {**plain, "step": plain["test_days"] if plain["step"] is None else plain["step"]}
    wrong = [
        f"walkforward.{name} must be a whole number of at least {least}, got {said[name]!r}"
        for name, least in LEAST.items()
        if not isinstance(said[name], int) or isinstance(said[name], bool) or said[name] < least
    ]
    if not isinstance(said["anchored"], bool):
        wrong.append(f"walkforward.anchored must be true or false, got {said['anchored']!r}")
    if not wrong and said["step"] < said["test_days"]:
        wrong.append(
            f"walkforward.step={said['step']} must be at least test_days={said['test_days']}: "
            "a day that two windows test would be earned twice"
        )
    if wrong:
        faults += wrong
        return None
    scheme = Scheme(**said)
    try:
        scheme.windows(dates)
    except ConfigError as fault:
        faults.append(str(fault))
        return None
    return scheme
