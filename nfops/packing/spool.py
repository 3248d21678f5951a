"""Rows on their way from readers to the cleaning rules, in bounded memory.

Rules concern one instrument at a time (of polls one expiry). Rows are therefore kept by chunks that hold it whole, in
the order in which they came, and go to a temporary folder when they are too many: as they lie in memory, some hundred
bytes a row, because compressing them would cost more than reading them from the raw files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import polars as pl

from nfops.packing.layouts.base import Segment

IN_MEMORY: Final = 3_000_000
"""Rows held at most, about 400 MB."""
SPOOLS: Final = ".spool-"
"""How temporary folders are called."""
TOGETHER: Final = 1_000_000
"""Small chunks are handed out together up to this many rows."""

Chunk: TypeAlias = tuple[Segment, object]


class Spool:
    """Frames by segment and the value of their column ``chunk``; use it in a ``with`` block."""

    def __init__(self, limit: int = IN_MEMORY, together: int = TOGETHER, folder: Path | None = None) -> None:
        self._limit, self._together, self._home = limit, together, folder
        self._rows = 0
        self._sizes: dict[Chunk, int] = {}
        self._held: dict[Chunk, list[pl.DataFrame]] = {}
        self._spilled: dict[Chunk, list[Path]] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Remove what was put on disk."""
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, segment: Segment, rows: pl.DataFrame) -> None:
        """Take rows in the order in which they are to come out."""
        for name, part in _parts(rows):
            key = segment, name
            self._held.setdefault(key, []).append(part)
            self._sizes[key] = self._sizes.get(key, 0) + part.height
        self._rows += rows.height
        if self._rows > self._limit:
            self._spill()

    def chunks(self, segment: Segment) -> Iterator[pl.DataFrame]:
        """Yield the rows of a segment, whole chunks in ascending order, and let go of them."""
        names = sorted((key for key in self._sizes if key[0] == segment), key=lambda key: str(key[1]))
        together: list[Chunk] = []
        for name in names:
            if together and sum(self._sizes[key] for key in (*together, name)) > self._together:
                yield self._take(together)
                together = []
            together.append(name)
        if together:
            yield self._take(together)

    def _take(self, names: list[Chunk]) -> pl.DataFrame:
        frames = []
        for name in names:
            frames += [pl.scan_ipc(path, glob=False).collect() for path in self._spilled.pop(name, ())]
            frames += self._held.pop(name, ())
        return pl.concat(frames, how="diagonal").rechunk()

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(dir=self._home, prefix=SPOOLS)
        for name, frames in self._held.items():
            paths = self._spilled.setdefault(name, [])
            path = Path(self._folder.name) / f"{list(self._spilled).index(name)}-{len(paths)}.arrow"
            pl.concat(frames, how="diagonal").write_ipc(path)
            paths.append(path)
        self._held, self._rows = {}, 0


def _parts(rows: pl.DataFrame) -> list[tuple[object, pl.DataFrame]]:
    """Part rows by chunk; most frames are of one, and need not be copied."""
    chunk = rows["chunk"]
    if rows.height and not chunk.has_nulls() and (chunk == chunk[0]).all():
        return [(chunk[0], rows)]
    return [(name, part) for (name,), part in rows.partition_by("chunk", as_dict=True, maintain_order=True).items()]
