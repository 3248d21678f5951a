"""The key of a day: its packed files' content, its session, the near future's expiry, and the code that builds it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from nfops.market import Market
from nfops.packing import PackedDays


def day_keys(packed: PackedDays, market: Market, dates: Iterable[dt.date]) -> dict[dt.date, str]:
    """Give the key of each of ``dates`` that has packed option rows."""
    keys = {}
    for date in dates:
        if inputs := packed.inputs(date):
            near = market.expiry(packed.symbol, date, "monthly")
            text = "\n".join([_builder(), f"{packed.symbol} {market.session(date)} {near}", *inputs])
            keys[date] = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return keys


@cache
def _builder() -> str:
    """Hash of the code that makes a day of packed rows, so that no day outlives a change of it."""
    digest = hashlib.blake2b(digest_size=8)
    for name in ("build.py", "chain.py", "fill_kernels.py", "payload.py", "piece.py", "refile.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()
