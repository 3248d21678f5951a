"""Days that were archived come back with the same bytes."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from nfops.daycache import DayStore
from nfops.daycache.month import open_month
from nfops.errors import CacheError
from sweeps.cli import app
from sweeps.options import market
from tests.packed_rows import frame, row, spot

SPAN = ("--symbol", "NIFTY", "--start", "2024-01-30", "--end", "2024-02-01")
DAYS = [dt.date(2024, 1, 30), dt.date(2024, 1, 31), dt.date(2024, 2, 1)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two cached days of a call with quotes and open interest and an index, and one without a usable price."""
    rows = [row(at, 100.0 + at, date=DAYS[0], bid=99.0, ask=101.5, oi=50 * at, expiry=DAYS[2]) for at in range(1, 40)]
    rows += [row(at, 90.0, date=DAYS[1], expiry=DAYS[2]) for at in range(5, 9)]
    rows += [row(5, None, date=DAYS[2], vol_delta=0, expiry=DAYS[2])]
    place = tmp_path / f"packed/options/NIFTY/202402/exp={DAYS[2]}/type=CE/strike=21000.parquet"
    places = {place: frame(rows)}
    for date in DAYS:
        places[tmp_path / f"packed/spot/NIFTY/{date:%Y%m}/date={date}/ticks.parquet"] = spot((0, 21500.0), date=date)
    for path, table in places.items():
        path.parent.mkdir(parents=True)
        table.write_parquet(path, metadata={"nfops.layout": "nfopslab"})
    assert set(DayStore(tmp_path, "NIFTY", market()).build(DAYS)) == {DAYS[2]}
    return tmp_path


def called(word: str, root: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["cache", word, *SPAN, "--data", str(root), *more])


def months(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / "cache/NIFTY").glob("*.days"))}


def test_a_deleted_cache_comes_back_byte_for_byte(root: Path) -> None:
    before = months(root)
    assert set(before) == {"202401.days", "202402.days"}
    assert "3 of 3 trading days are archived" in called("archive", root).output
    shutil.rmtree(root / "cache/NIFTY")
    (root / "cache/NIFTY").mkdir()
    assert "3 days are back in the cache" in called("restore", root).output
    assert months(root) == before


def test_days_that_are_cached_are_left_and_others_come_between_them(root: Path) -> None:
    before = months(root)
    called("archive", root, "--archive", str(root / "elsewhere"))
    DayStore(root, "NIFTY", market()).purge([DAYS[0]])
    assert months(root) != before
    assert "1 days are back" in called("restore", root, "--archive", str(root / "elsewhere")).output
    assert months(root) == before


def test_a_restored_day_is_ready_for_a_run(root: Path) -> None:
    store = DayStore(root, "NIFTY", market())
    prices = store.load(DAYS[0]).arrays.last.tolist()
    called("archive", root)
    store.purge(DAYS)
    assert not list((root / "cache/NIFTY").glob("*.days"))
    called("restore", root)
    assert store.states(DAYS) == {DAYS[0]: "ready", DAYS[1]: "ready", DAYS[2]: "missing"}
    assert store.load(DAYS[0]).arrays.last.tolist() == prices


def test_what_is_archived_is_parquet_and_smaller_than_the_arrays(root: Path) -> None:
    called("archive", root)
    path = root / f"archive/NIFTY/202401/{DAYS[0]}.parquet"
    names = pq.read_table(path)["name"].to_pylist()
    assert {"last", "strike", "trades.second", "bid.value", "spot.price"} <= set(names)
    entry = open_month(root / "cache/NIFTY/202401.days").days[DAYS[0]]
    assert path.stat().st_size < entry.bytes / 5


def test_archiving_again_writes_only_days_that_changed(root: Path) -> None:
    called("archive", root)
    path = root / f"archive/NIFTY/202401/{DAYS[0]}.parquet"
    before = path.stat().st_mtime_ns
    called("archive", root)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"damaged")
    called("archive", root)
    assert pq.read_table(path).num_rows > 10


def test_a_damaged_file_is_told_and_nothing_is_written(root: Path) -> None:
    called("archive", root)
    (root / f"archive/NIFTY/202401/{DAYS[0]}.parquet").write_bytes(b"damaged")
    DayStore(root, "NIFTY", market()).purge([DAYS[0], DAYS[1]])
    fault = called("restore", root).exception
    assert isinstance(fault, CacheError)
    assert f"{DAYS[0]}.parquet" in str(fault)
    assert list(months(root)) == ["202402.days"]


def test_an_archived_price_that_was_changed_is_noticed(root: Path) -> None:
    called("archive", root)
    path = root / f"archive/NIFTY/202401/{DAYS[0]}.parquet"
    table = pq.read_table(path)
    prices = [list(of) if of is not None else None for of in table["narrow"].to_pylist()]
    prices[table["name"].to_pylist().index("last")][-1] += 5
    pq.write_table(table.set_column(1, table.schema.field("narrow"), pa.array(prices, table["narrow"].type)), path)
    DayStore(root, "NIFTY", market()).purge([DAYS[0], DAYS[1]])
    assert "are not those that were archived" in str(called("restore", root).exception)
    assert list(months(root)) == ["202402.days"]


def test_a_month_that_cannot_be_read_holds_no_cached_day_and_is_written_anew(root: Path) -> None:
    before = months(root)
    called("archive", root)
    (root / "cache/NIFTY/202401.days").write_bytes(b"cut short")
    assert "1 of 3 trading days" in called("archive", root, "--archive", str(root / "elsewhere")).output
    assert "2 days are back" in called("restore", root).output
    assert months(root) == before


def test_a_day_that_is_not_cached_makes_the_exit_code_one(root: Path) -> None:
    DayStore(root, "NIFTY", market()).purge([DAYS[0]])
    done = called("archive", root)
    assert (done.exit_code, "2 of 3 trading days" in done.output) == (1, True)
    assert called("restore", root).exit_code == 0
