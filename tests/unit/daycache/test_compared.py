"""A day that agreed with its digest is not read again by the next process, unless anything may have changed it."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from nfops.daycache import DayStore, compared, month
from nfops.daycache.digest import digest
from nfops.daycache.month import open_month
from nfops.errors import CacheError
from nfops.market import Market
from tests.packed_rows import frame, row, spot

DAYS = [dt.date(2024, 1, 30), dt.date(2024, 1, 31)]
A_DAY = 86_400


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DayStore:
    """Two cached days; their file counts as settled at once."""
    monkeypatch.setattr(compared, "SETTLED_S", -A_DAY)
    for date in DAYS:
        rows = frame([row(5, 100.0, date=date, strike=21500, expiry=dt.date(2024, 2, 1), oi=50)])
        for place, table in (("spot/NIFTY/202401", spot((0, 21500.0), date=date)), ("options/NIFTY/202402", rows)):
            path = tmp_path / f"packed/{place}/date={date}/ticks.parquet"
            path.parent.mkdir(parents=True)
            table.write_parquet(path, metadata={"nfops.layout": "nfopslab"})
    store = DayStore(tmp_path, "NIFTY", Market.load(Path(__file__).parents[3] / "meta"))
    assert store.build(DAYS) == {}
    return store


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of each day that was compared."""
    seen: list[int] = []
    monkeypatch.setattr(month, "digest", lambda block: seen.append(len(block)) or digest(block))
    return seen


def next_process(store: DayStore) -> Path:
    """Forget what this process knows; give the month's file."""
    month._map.cache_clear()
    return store.path("202401")


def spoil(path: Path) -> None:
    """Change a bit of the first day; of the file's times, set the one that can be set back to what it was."""
    stat, start = path.stat(), open_month(path).days[DAYS[0]].start
    with path.open("r+b") as file:
        file.seek(start)
        byte = file.read(1)[0]
        file.seek(start)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_the_next_process_does_not_read_a_day_again(store: DayStore, read: list[int]) -> None:
    first = [store.load(date).rows for date in DAYS]
    assert len(read) == 2
    next_process(store)
    assert [store.load(date).rows for date in DAYS] == first
    assert len(read) == 2


def test_a_file_that_was_written_to_is_read_again(store: DayStore) -> None:
    for date in DAYS:
        store.load(date)
    spoil(next_process(store))
    next_process(store)
    with pytest.raises(CacheError, match="2024-01-30 is damaged"):
        store.load(DAYS[0])
    assert store.load(DAYS[1]).rows == 2


@pytest.mark.parametrize(("later", "again"), [(A_DAY - 1, 0), (A_DAY, 1), (-1, 1)])
def test_disks_are_asked_every_day(
    store: DayStore, read: list[int], monkeypatch: pytest.MonkeyPatch, later: int, again: int
) -> None:
    now = float(int(time.time()))
    monkeypatch.setattr(compared.time, "time", lambda: now)
    store.load(DAYS[0])
    next_process(store)
    monkeypatch.setattr(compared.time, "time", lambda: now + later)
    store.load(DAYS[0])
    assert len(read) == 1 + again


def test_a_file_that_changed_a_moment_ago_is_not_trusted(
    store: DayStore, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared, "SETTLED_S", A_DAY)
    for _ in range(2):
        store.load(DAYS[0])
        next_process(store)
    assert len(read) == 2


@pytest.mark.parametrize("noted", ["", "2024-01-30 17", "never 1 2 3 4 5\n\xff\n", "2024-01-30 9e99 1 2 3 4\n"])
def test_notes_that_say_nothing_count_for_nothing(store: DayStore, read: list[int], noted: str) -> None:
    path = next_process(store)
    compared.notes_at(path).write_text(noted, encoding="latin-1")
    store.load(DAYS[0])
    assert len(read) == 1


def test_where_nothing_can_be_noted_days_are_read_again(store: DayStore, read: list[int]) -> None:
    for _ in range(2):
        path = next_process(store)
        compared.notes_at(path).mkdir(exist_ok=True)
        assert store.load(DAYS[0]).rows == 2
    assert len(read) == 2


def test_who_asks_for_all_days_to_be_mended_has_them_read(store: DayStore) -> None:
    path = next_process(store)
    spoil(path)
    notes = compared.notes_of(path, compared.state_of(path))
    for date in DAYS:
        notes.add(date)
    assert store.load(DAYS[0]).rows == 2  # what a forgetful disk, or a forged note, would do
    assert store.mend(DAYS) == [f"NIFTY 2024-01-30 is damaged in the day cache ({path}); building it writes it anew"]
    assert store.states(DAYS) == dict(zip(DAYS, ["missing", "ready"], strict=True))


def test_notes_go_with_their_file(store: DayStore) -> None:
    store.load(DAYS[0])
    path = next_process(store)
    assert compared.notes_at(path).exists()
    store.purge(DAYS)
    assert [file.name for file in path.parent.iterdir() if file.is_file()] == [".lock"]
