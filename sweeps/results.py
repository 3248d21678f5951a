"""Daily results on disk under the name of what they were computed from: what exists is never computed again.

A result is known by the run (symbol, strategy and the code that decides), the block (its numbers) and the day (its
arrays and its dated facts). Parts hold the results of a few seconds of work. A part is named by the hash of its bytes,
so a damaged one is noticed and its days are computed anew; parts are only ever added, and may all be deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from nfops.files import replacing
from nfops.jit import code_name
from nfops.strategies import Strategy
from nfops.types import Int64Array
from sweeps.ports import Rows

KEY: Final = b"nfops.results"
RESULTS: Final = Path("cache") / "results"
"""Below the data root."""


@dataclass(frozen=True)
class Found:
    """Where the results of one block on one day lie."""

    part: Path
    group: int
    """Row group of the part."""
    first: int
    """Its row of the first trial."""


class ResultStore:
    """Results of one run, under ``root``; ``run`` names symbol, strategy and code."""

    def __init__(self, root: Path, run: str) -> None:
        self._folder = root / RESULTS / run
        self._found: dict[tuple[str, str], Found] = {}
        self.damaged = 0
        """Parts that were dropped, because their bytes are not those that were written."""
        for part in sorted(self._folder.glob("*.parquet")):
            self._list(part)

    def __contains__(self, place: object) -> bool:
        """Whether the results of ``(block, day)``, by their names, are known."""
        return place in self._found

    def add(self, results: Iterable[tuple[str, Sequence[tuple[str, Rows]], int]]) -> None:
        """Write a part: for each block its name, its days by name with their rows, and its number of trials."""
        tables: list[dict[str, npt.NDArray[Any]]] = []
        index: list[dict[str, Any]] = []
        for block, days, count in results:
            tables.append(_stacked([rows for _, rows in days], count))
            index.append({"block": block, "days": [day for day, _ in days], "trials": count})
        if not tables:
            return
        columns = {name: np.result_type(*(t[name].dtype for t in tables if name in t)) for t in tables for name in t}
        kinds = dict(sorted(columns.items()))
        schema = pa.schema([(name, pa.from_numpy_dtype(kind)) for name, kind in kinds.items()])
        stream = BytesIO()
        with pq.ParquetWriter(stream, schema, compression="zstd", compression_level=1) as writer:
            for table, entry in zip(tables, index, strict=True):
                rows = len(entry["days"]) * entry["trials"]
                arrays = {name: table.get(name, np.zeros(rows, kind)).astype(kind) for name, kind in kinds.items()}
                # Not by pa.table, which looks for pandas first: a quarter of a second.
                writer.write_table(pl.DataFrame(arrays).to_arrow(), row_group_size=max(rows, 1))
            writer.add_key_value_metadata({KEY: json.dumps(index)})
        content = stream.getvalue()
        part = self._folder / f"{_hash(content)}.parquet"
        with replacing(part) as unfinished:
            unfinished.write_bytes(content)
        self._note(part, index)

    def read(self, block: str, days: Sequence[str], trials: int, names: Collection[str]) -> dict[str, Int64Array]:
        """Give those of the columns ``(days, trials)`` int64 of a block that are not all 0; all days are known."""
        columns: dict[str, Int64Array] = {}
        places: dict[Path, dict[int, list[tuple[int, int]]]] = {}
        for at, day in enumerate(days):
            found = self._found[block, day]
            places.setdefault(found.part, {}).setdefault(found.group, []).append((at, found.first))
        for part, groups in places.items():
            with pq.ParquetFile(part) as file:
                there = [name for name in file.schema_arrow.names if name in names]
                for group, wanted in groups.items():
                    table = file.read_row_group(group, columns=there)
                    for name in there:
                        if name not in columns:
                            columns[name] = np.zeros((len(days), trials), np.int64)
                        values = table[name].to_numpy()
                        for at, first in wanted:
                            columns[name][at] = values[first : first + trials]
        return {name: column for name, column in columns.items() if column.any()}

    def _list(self, part: Path) -> None:
        """Note what a part holds; drop it when its bytes changed."""
        content = part.read_bytes()
        if _hash(content) != part.stem:
            part.unlink(missing_ok=True)
            self.damaged += 1
            return
        self._note(part, json.loads(pq.read_metadata(BytesIO(content)).metadata[KEY]))

    def _note(self, part: Path, index: Sequence[dict[str, Any]]) -> None:
        for group, entry in enumerate(index):
            for at, day in enumerate(entry["days"]):
                self._found[entry["block"], day] = Found(part, group, at * entry["trials"])


def run_name(symbol: str, strategy: Strategy) -> str:
    """Name what all results of a strategy on an index have in common: its parts, its parameters, and the code."""
    parts = (strategy.name, *strategy.parts)
    text = f"{symbol} {parts} {strategy.version} {strategy.schema.paths} {code_name()}"
    return f"{symbol}-{strategy.name}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


def block_name(values: Int64Array) -> str:
    """Name a block by its numbers."""
    return _hash(f"{values.shape}".encode() + np.ascontiguousarray(values).tobytes())


def _stacked(days: Sequence[Rows], trials: int) -> dict[str, npt.NDArray[Any]]:
    """Put the rows of days below one another."""
    names = {name for rows in days for name in rows}
    nothing = np.zeros(trials, np.uint8)
    return {name: np.concatenate([rows.get(name, nothing) for rows in days]) for name in names}


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
