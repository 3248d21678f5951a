"""Of a mapped day the disk is asked for what will be read; arrays that lie in no file are left alone."""

from __future__ import annotations

import mmap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nfops.daycache import ChainDay, Companion, fetch, narrowed, parts_of, read_sparsely
from nfops.daycache.payload import day_of, header_of, to_payload
from tests.days import facts, full_day, market_rows

FIRST = 3 * mmap.PAGESIZE + 64
"""Where the day begins in its file."""


class Told(mmap.mmap):
    """A mapped file that keeps what it was told."""

    said: list[tuple[int, int, int]]

    def madvise(self, *advice: int) -> None:
        self.said.append(advice)  # type: ignore[arg-type]
        super().madvise(*advice)


@pytest.fixture
def mapped(tmp_path: Path) -> tuple[ChainDay, Told]:
    """A day of a mapped file, and the file."""
    day = full_day(*market_rows(1), future=True)
    content = bytes(FIRST) + to_payload(day)["block"].tobytes() + bytes(mmap.PAGESIZE)
    (tmp_path / "days").write_bytes(content)
    with (tmp_path / "days").open("rb") as stream:
        told = Told(stream.fileno(), 0, access=mmap.ACCESS_READ)
    told.said = []
    return day_of(header_of(day), memoryview(told)[FIRST : len(content) - mmap.PAGESIZE]), told


def test_a_day_is_read_sparsely_from_its_first_byte_to_its_last(mapped: tuple[ChainDay, Told]) -> None:
    day, told = mapped
    read_sparsely(day)
    ((advice, start, length),) = told.said
    assert (advice, start) == (mmap.MADV_RANDOM, 3 * mmap.PAGESIZE)
    assert start + length <= FIRST + header_of(day)["bytes"] < start + length + 64


def test_a_narrow_day_is_fetched_without_the_rest(mapped: tuple[ChainDay, Told]) -> None:
    whole, told = mapped
    day = narrowed(whole, [whole.expiries[1]])
    fetch([day.arrays.last])
    ((advice, start, length),) = told.said
    before = int(np.frombuffer(told, np.uint8).__array_interface__["data"][0])
    exact = int(day.arrays.last.__array_interface__["data"][0]) - before
    assert advice == mmap.MADV_WILLNEED
    assert start % mmap.PAGESIZE == 0
    assert 0 <= exact - start < mmap.PAGESIZE
    assert start + length == exact + day.arrays.last.nbytes
    assert day.arrays.last.nbytes < whole.arrays.last.nbytes / 2


def test_what_lies_in_no_file_is_left_alone(mapped: tuple[ChainDay, Told]) -> None:
    _, told = mapped
    day = full_day(*market_rows(1))
    read_sparsely(day)
    fetch([*parts_of(day), np.zeros(0, np.int32)])
    assert told.said == []


def test_all_parts_of_a_day_are_named_and_its_companions(mapped: tuple[ChainDay, Told]) -> None:
    day, _ = mapped
    held = sum(np.dtype(kind).itemsize * int(np.prod(shape)) for kind, shape, _ in header_of(day)["arrays"].values())
    assert sum(part.nbytes for part in parts_of(day)) == held
    both = replace(day, companion=Companion(day, facts(day.date), {}))
    assert sum(part.nbytes for part in parts_of(both)) == 2 * held
