"""Rows come out of the spool as they went in, on disk or not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from nfops.packing.spool import Spool


@pytest.mark.parametrize("limit", [1, 4, 1_000])
def test_rows_keep_their_order_within_a_chunk_and_segments_stay_apart(limit: int) -> None:
    april, may = dt.date(2019, 4, 25), dt.date(2019, 5, 30)
    pieces = [pl.DataFrame({"chunk": [april, may, april], "n": [n, n + 1, n + 2]}) for n in (0, 3, 6)]
    with Spool(limit, together=1) as spool:
        for piece in pieces:
            spool.add("options", piece)
        spool.add("spot", pl.DataFrame({"chunk": [None], "n": [99]}, schema={"chunk": pl.Date, "n": pl.Int64}))
        chunks = [frame["n"].to_list() for frame in spool.chunks("options")]
        assert chunks == [[0, 2, 3, 5, 6, 8], [1, 4, 7]]
        assert [frame["n"].to_list() for frame in spool.chunks("spot")] == [[99]]


def test_small_chunks_come_out_together_and_whole(tmp_path: Path) -> None:
    days = [dt.date(2019, 4, day) for day in (4, 11, 18, 25)]
    with Spool(limit=3, together=4, folder=tmp_path) as spool:
        for n, day in enumerate([days[1], days[0], days[3], days[2], days[1], days[2]]):
            spool.add("options", pl.DataFrame({"chunk": [day, day], "n": [2 * n, 2 * n + 1]}))
        assert list(tmp_path.glob(".spool-*/*"))
        # 2 rows of the 4th and 4 of the 11th are too many together, so are 4 of the 18th and 2 of the 25th.
        assert [frame["n"].to_list() for frame in spool.chunks("options")] == [
            [2, 3], [0, 1, 8, 9], [6, 7, 10, 11], [4, 5],
        ]  # fmt: skip
    assert not list(tmp_path.iterdir())
