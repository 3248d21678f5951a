"""Rows come out of the spool as they went in, on disk or not."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from nfops.packing.spool import Spool


@pytest.mark.parametrize("limit", [1, 4, 1_000])
def test_rows_keep_their_order_within_a_chunk_and_segments_stay_apart(limit: int) -> None:
    april, may = dt.date(2019, 4, 25), dt.date(2019, 5, 30)
    pieces = [pl.DataFrame({"chunk": [april, may, april], "n": [n, n + 1, n + 2]}) for n in (0, 3, 6)]
    with Spool(limit) as spool:
        for piece in pieces:
            spool.add("options", piece)
        spool.add("spot", pl.DataFrame({"chunk": [None], "n": [99]}, schema={"chunk": pl.Date, "n": pl.Int64}))
        chunks = [frame["n"].to_list() for frame in spool.chunks("options")]
        assert chunks == [[0, 2, 3, 5, 6, 8], [1, 4, 7]]
        assert [frame["n"].to_list() for frame in spool.chunks("spot")] == [[99]]
