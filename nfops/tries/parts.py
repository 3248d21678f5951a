"""Append-only records: every run adds a part of its own, and no part is ever changed.

A part is a small Parquet file that appears whole or not at all and is named by the hash of its bytes. So two processes
that write at once lose nothing, and a damaged part is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow.parquet as pq

from nfops.files import replacing

KEY: Final = b"nfops.tries"


@dataclass(frozen=True, eq=False)
class Part:
    """What one run recorded."""

    said: Mapping[str, Any]
    """About the whole part; ``when``, an ISO time of the universal clock, is always there."""
    table: pl.DataFrame


@dataclass(frozen=True, eq=False)
class Parts:
    """Everything recorded under a folder, the earliest first."""

    whole: tuple[Part, ...]
    damaged: tuple[Path, ...]
    """Files whose bytes are not those that were written; they are left where they are."""


def write_part(folder: Path, said: Mapping[str, Any], table: pl.DataFrame) -> Path:
    """Add a part to ``folder``; return its file."""
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    stream = BytesIO()
    told = {**(arrow.schema.metadata or {}), KEY: json.dumps(dict(said), sort_keys=True, default=str)}
    pq.write_table(arrow.replace_schema_metadata(told), stream, compression="zstd")
    content = stream.getvalue()
    path = folder / f"{_hash(content)}.parquet"
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)
    return path


def read_parts(folder: Path) -> Parts:
    """Read all parts in ``folder``; there are none where it does not exist."""
    whole, damaged = [], []
    for path in sorted(folder.glob("*.parquet")):
        content = path.read_bytes()
        if _hash(content) != path.stem:
            damaged.append(path)
            continue
        table = pq.read_table(BytesIO(content))
        whole.append(Part(json.loads(table.schema.metadata[KEY]), pl.DataFrame(pl.from_arrow(table))))
    return Parts(tuple(sorted(whole, key=lambda part: str(part.said["when"]))), tuple(damaged))


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
