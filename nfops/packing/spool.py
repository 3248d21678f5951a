"""Rows on their way from readers to the cleaning rules, in bounded memory.

Rules concern one expiry (for the spot: one month) at a time. Rows are therefore kept by it, in the order in which they
came, and go to a temporary folder when they are too many.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import polars as pl

from nfops.packing.layouts.base import Segment

IN_MEMORY: Final = 8_000_000
"""Rows held at most, about one gigabyte."""

Chunk: TypeAlias = tuple[Segment, object]


class Spool:
    """Frames by segment and the value of their column ``chunk``; use it in a ``with`` block."""

    def __init__(self, limit: int = IN_MEMORY) -> None:
        self._limit = limit
        self._rows = 0
        self._held: dict[Chunk, list[pl.DataFrame]] = {}
        self._spilled: dict[Chunk, list[Path]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="nfops-pack-")

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Remove what was put on disk."""
        self._folder.cleanup()

    def add(self, segment: Segment, rows: pl.DataFrame) -> None:
        """Take rows in the order in which they are to come out."""
        for (name,), part in rows.partition_by("chunk", as_dict=True, maintain_order=True).items():
            self._held.setdefault((segment, name), []).append(part)
        self._rows += rows.height
        if self._rows > self._limit:
            self._spill()

    def chunks(self, segment: Segment) -> Iterator[pl.DataFrame]:
        """Yield the rows of a segment, one chunk after the other (dates ascend), and let go of them."""
        names = {name for name in (*self._held, *self._spilled) if name[0] == segment}
        for name in sorted(names, key=lambda name: str(name[1])):
            spilled = [pl.read_parquet(path, glob=False) for path in self._spilled.get(name, ())]
            yield pl.concat([*spilled, *self._held.pop(name, ())])

    def _spill(self) -> None:
        for name, frames in self._held.items():
            paths = self._spilled.setdefault(name, [])
            path = Path(self._folder.name) / f"{list(self._spilled).index(name)}-{len(paths)}.parquet"
            pl.concat(frames).write_parquet(path, compression="lz4")
            paths.append(path)
        self._held, self._rows = {}, 0
