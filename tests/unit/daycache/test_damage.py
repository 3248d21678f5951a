"""What a disk changed is noticed: in the cache by the digest of a day, in packed files by the hash of the manifest."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.daycache import DayStore, month
from nfops.daycache.digest import digest
from nfops.daycache.month import open_month
from nfops.errors import CacheError
from nfops.market import Market
from nfops.packing import PackedDays
from tests.packed_rows import frame, row, spot

DAYS = [dt.date(2024, 1, 29), dt.date(2024, 1, 30), dt.date(2024, 1, 31)]
EXPIRY = dt.date(2024, 2, 1)
BLOCK = np.random.default_rng(7).integers(0, 256, 1_000, dtype=np.uint8)


def plain_digest(content: bytes) -> str:
    """The same in plain words: eight lanes, each mixes every eighth word and turns by 29 bits."""
    padded = content + bytes(-len(content) % 64)
    if len(content) % 64 == 0:
        padded += bytes(64)
    lanes = list(range(1, 9))
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        mixed = (lanes[at // 8 % 8] ^ word) * 0x9E3779B97F4A7C15 % 2**64
        lanes[at // 8 % 8] = (mixed << 29 | mixed >> 35) % 2**64
    end = b"".join(lane.to_bytes(8, "little") for lane in lanes) + len(content).to_bytes(8, "little")
    return hashlib.blake2b(end, digest_size=16).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 128, 1_000])
def test_the_digest_is_that_of_its_description(size: int) -> None:
    assert digest(BLOCK[:size]) == plain_digest(BLOCK[:size].tobytes())


def test_every_changed_bit_gives_another_digest() -> None:
    seen = {digest(BLOCK)}
    for at in range(0, 8 * len(BLOCK), 37):
        changed = BLOCK.copy()
        changed[at // 8] ^= 1 << at % 8
        seen.add(digest(changed))
    assert len(seen) == 1 + len(range(0, 8 * len(BLOCK), 37))


@pytest.mark.parametrize("other", [BLOCK[:-1], BLOCK[64:], np.roll(BLOCK, 64), np.append(BLOCK, np.uint8(0))])
def test_bytes_that_are_lost_moved_or_added_give_another_digest(other: np.ndarray) -> None:
    assert digest(other) != digest(BLOCK)


@pytest.fixture
def store(tmp_path: Path) -> DayStore:
    """Three days of an index, a call with rows on the first and the last of them, and a call of its own each day."""
    for date in DAYS:
        write(tmp_path / f"packed/spot/NIFTY/202401/date={date}/ticks.parquet", spot((0, 21500.0), date=date))
        call(tmp_path, 21000 + 50 * date.day, [date])
    call(tmp_path, 21500, [DAYS[0], DAYS[2]])
    PackedDays.open(tmp_path, "NIFTY")  # files are as they were first seen
    return DayStore(tmp_path, "NIFTY", Market.load(Path(__file__).parents[3] / "meta"))


def write(path: Path, rows: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(path, metadata={"nfops.layout": "nfopslab"})


def call(root: Path, strike: int, dates: list[dt.date]) -> None:
    rows = frame(row(5, 100.0, date=date, strike=strike, expiry=EXPIRY, oi=50) for date in dates)
    write(root / f"packed/options/NIFTY/202402/exp={EXPIRY}/type=CE/strike={strike}.parquet", rows)


def rot(path: Path, *, noticed: bool = False) -> None:
    """Spoil a file; unless ``noticed``, its time stamp does not tell."""
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + noticed))


def test_a_damaged_day_is_refused_described_and_mended(store: DayStore) -> None:
    assert store.build(DAYS) == {}
    path = store.path("202401")
    entry = open_month(path).days[DAYS[1]]
    content = bytearray(path.read_bytes())
    content[entry.start + entry.bytes // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(
        CacheError, match=r"NIFTY 2024-01-30 is damaged in the day cache .*; building it writes it anew"
    ):
        store.load(DAYS[1])
    assert store.load(DAYS[1], compare=False).rows == 2
    assert store.load(DAYS[2]).rows == 3
    assert store.mend(DAYS) == [f"NIFTY 2024-01-30 is damaged in the day cache ({path}); building it writes it anew"]
    assert store.states(DAYS) == dict(zip(DAYS, ["ready", "missing", "ready"], strict=True))
    assert store.build(DAYS) == {}
    assert store.load(DAYS[1]).rows == 2
    assert store.mend(DAYS) == []


@pytest.mark.parametrize("noticed", [False, True], ids=["silently", "with a new time stamp"])
def test_days_of_a_spoiled_file_are_not_built_and_others_are(store: DayStore, noticed: bool) -> None:
    spoiled = f"packed/options/NIFTY/202402/exp={EXPIRY}/type=CE/strike={21000 + 50 * 30}.parquet"
    rot(store.root / spoiled, noticed=noticed)

    unusable = store.build(DAYS)

    assert {date: fault.reason for date, fault in unusable.items()} == {DAYS[1]: "changed_file"}
    assert f"2024-01-30: {store.root / spoiled} is not as it was packed" in str(unusable[DAYS[1]])
    assert [store.load(date).rows for date in (DAYS[0], DAYS[2])] == [3, 3]


def test_a_day_that_is_built_is_not_touched_by_what_becomes_of_its_files(store: DayStore) -> None:
    store.build(DAYS)
    rot(store.root / f"packed/spot/NIFTY/202401/date={DAYS[1]}/ticks.parquet")

    assert store.build(DAYS) == {}
    assert store.load(DAYS[1]).rows == 2


def test_a_file_that_cannot_be_read_any_more_keeps_its_dates_until_it_is_restored(store: DayStore) -> None:
    place = store.root / f"packed/options/NIFTY/202402/exp={EXPIRY}/type=CE/strike=21500.parquet"
    whole = place.read_bytes()
    rot(place, noticed=True)
    for _ in range(2):  # what is known of it does not fade
        assert sorted(store.build(DAYS)) == [DAYS[0], DAYS[2]]
    assert PackedDays.open(store.root, "NIFTY").dates() == tuple(DAYS)

    place.write_bytes(whole)
    assert store.build(DAYS) == {}
    assert store.load(DAYS[0]).rows == 3


def test_a_day_is_compared_once_however_many_months_are_open(
    store: DayStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.build(DAYS)
    months = [tmp_path / f"{number}.days" for number in range(160)]  # six and a half years of two indices
    for path in months:
        path.write_bytes(store.path("202401").read_bytes())
    compared: list[int] = []
    monkeypatch.setattr(month, "digest", lambda block: compared.append(len(block)) or digest(block))

    for _ in range(2):
        assert all(open_month(path).is_whole(DAYS[0]) for path in months)
    assert len(compared) == len(months)
