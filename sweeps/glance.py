"""A built day without its arrays: what it says of itself, and the name under which results on it are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nfops.daycache import Earlier, Head
from nfops.market import DayFacts
from nfops.types import FloatArray


@dataclass(frozen=True, slots=True)
class Beside:
    """The other index of a day."""

    head: Head
    facts: DayFacts
    past: Mapping[tuple[int, ...], FloatArray]
    """Of :class:`nfops.daycache.Companion`."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A day as a task would see it."""

    head: Head
    beside: Beside | None
    earlier: Earlier | None

    def name(self, facts: DayFacts) -> str:
        """Name it by all that a task sees of it: arrays, dated facts, those of its companion, and what was before."""
        parts = [self.head.data_hash, _text(facts)]
        if self.beside is not None:
            parts += [self.beside.head.data_hash, _text(self.beside.facts), *_numbers(self.beside.past)]
        if self.earlier is not None:
            parts += [repr(sorted(self.earlier.closes.items())), *_numbers(self.earlier.volatilities)]
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _numbers(known: Mapping[Any, FloatArray]) -> list[str]:
    return [f"{codes} {numbers.tobytes().hex()}" for codes, numbers in sorted(known.items())]


def _text(facts: DayFacts) -> str:
    return repr({name: _plain(getattr(facts, name)) for name in facts.__dataclass_fields__})


def _plain(value: Any) -> Any:
    """Turn mappings into sorted pairs, so that the order of insertion does not name anything."""
    return sorted(value.items()) if hasattr(value, "items") else value
