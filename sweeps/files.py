"""The files of a sweep (SPEC 10), each written whole or not at all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from nfops.files import content_hash, replacing
from nfops.jit import code_name

SUMMARY: Final = "sweep.json"
WALK: Final = "wf.json"
"""What stands in the place of ``sweep.json`` in the folder of a walk-forward."""

GROUP_ROWS: Final = 500_000
"""Rows of a row group of a table that is written in pieces."""

STATUS = {
    "symbol": pl.String,
    "date": pl.Date,
    "ok": pl.Boolean,
    "state": pl.String,
    "error_type": pl.String,
    "error": pl.String,
    "seconds": pl.Float64,
    "rows": pl.Int64,
    "data_hash": pl.String,
    "attempt": pl.Int64,
}


def write_table(folder: Path, name: str, table: pl.DataFrame) -> None:
    """Write ``{name}.parquet``."""
    with replacing(folder / f"{name}.parquet") as part:
        table.write_parquet(part, compression="zstd", compression_level=3, statistics=True)


def write_pieces(folder: Path, name: str, pieces: Iterator[pl.DataFrame]) -> None:
    """Write ``{name}.parquet`` of at least one piece, never all in memory; how it is cut does not show in the bytes."""
    first = next(pieces)
    source = register_io_source(lambda *_: chain([first], pieces), schema=first.schema)
    with replacing(folder / f"{name}.parquet") as part:
        source.sink_parquet(part, compression="zstd", compression_level=3, row_group_size=GROUP_ROWS)


def write_summary(folder: Path, summary: Mapping[str, Any], name: str = SUMMARY) -> None:
    """Write ``sweep.json``, or the summary of a walk-forward."""
    with replacing(folder / name) as part:
        part.write_text(json.dumps(summary, indent=2, default=str) + "\n", encoding="utf-8")


def write_log(folder: Path, name: str, text: str) -> None:
    """Write the log of a failed task."""
    with replacing(folder / "logs" / f"{name}.log") as part:
        part.write_text(text, encoding="utf-8")


def code_identity() -> dict[str, Any]:
    """Version of nfops, and commit and state of the checkout where there is one."""
    root = Path(__file__).parents[1]
    try:
        release = version("nfops")
    except PackageNotFoundError:
        release = "unknown"
    lock = root / "uv.lock"
    return {
        "version": release,
        "name": code_name(),
        "git_commit": _git(root, "rev-parse", "HEAD"),
        "git_dirty": bool(_git(root, "status", "--porcelain", "--untracked-files=no")),
        "lock_hash": content_hash(lock) if lock.exists() else None,
    }


def _git(root: Path, *words: str) -> str | None:
    """Answer of git, or None where there is no git or no checkout."""
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
