"""A future's file of years is packed in bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.unit.packing.raw import HOME, MARKET, at

GIB = 2**30
DAYS, DAILY, DOUBLES = 360, 25_000, 40
DEPTH = [f"{side}{what}{level}" for side in "bs" for what in "qpo" for level in range(5)]

PACKING = """
import sys
from pathlib import Path
from nfops.market import Market
from nfops.packing import pack
raw, root = sys.argv[1:]
report = pack([Path(raw)], "nfopslab", "BANKNIFTY", Path(root), Market.load(Path("meta")))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(report.rows_in, report.packed, report.total("dropped")["duplicate"], int(peak.split()[1]) * 1024)
"""


def future(path: Path) -> None:
    """A day of ticks after the other, 50 columns and one row group; the last rows of each day stand there twice."""
    days = [day for day in MARKET.trading_days(at("2019-04-01").date(), at("2025-06-30").date())
            if MARKET.session(day).seconds == 22_500][:DAYS]  # fmt: skip
    number = np.append(np.arange(DAILY), np.arange(DAILY - DOUBLES, DAILY))
    second = pl.Series(9 * 3600 + 15 * 60 + number * 22_400 // DAILY).cast(pl.Int64)
    columns = dict.fromkeys(("price", "avgPrice", "open", "high", "low", "close", "changeper"), 100.05)
    columns |= dict.fromkeys(("qty", "bQty", "sQty", "oi", "oiHigh", "oiLow", *DEPTH), 75.0)
    day = pl.DataFrame({"price": 30_000 + (number * 7919 % 1000) * 0.05, "volume": number * 15, "volactual": number})
    day = day.with_columns(pl.lit(value).alias(name) for name, value in columns.items() if name != "price")
    blocks = []
    for date in days:
        stamp = pl.lit(date).cast(pl.Datetime("us")) + pl.duration(seconds=second)
        blocks.append(day.with_columns(stamp.alias(name) for name in ("timestamp", "ts", "lastTradeTime")))
    with pq.ParquetWriter(path, blocks[0].to_arrow().schema, compression="lz4") as writer:
        for start in range(0, DAYS, 20):
            writer.write_table(pl.concat(blocks[start : start + 20]).to_arrow())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_nine_million_rows_of_a_future_are_packed_within_two_gib(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    future(tmp_path / "raw" / "banknifty_futures.parquet")
    words = [sys.executable, "-c", PACKING, str(tmp_path / "raw"), str(tmp_path / "root")]
    told = subprocess.run(words, cwd=HOME, env={"PYTHONPATH": str(HOME)}, capture_output=True, text=True, check=True)
    rows, packed, doubles, peak = map(int, told.stdout.split())
    assert (rows, packed, doubles) == (DAYS * (DAILY + DOUBLES), DAYS * DAILY, DAYS * DOUBLES)
    assert peak < 2 * GIB, peak
    assert list((tmp_path / "root" / "meta").glob(".spool-*")) == []
