"""Text tables: a row that cannot be read is set aside and counted, and costs no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfops.errors import DataError
from nfops.packing import LAYOUTS, pack
from nfops.packing.layouts.text import headerless, of_mine, sound, table
from nfops.packing.sources import RawFile
from tests.unit.packing.raw import MARKET
from tests.unit.packing.samples import PRICE_CELL, SAMPLES, text

COLUMNS = ("time", "price", "volume")
FORMS = {"time": ["%Y-%m-%d %H:%M:%S"]}


def written(folder: Path, content: str | bytes) -> RawFile:
    path = folder / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return RawFile(path)


def test_a_row_with_a_cell_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    rows = [
        "2021-06-11 10:00:00,100.5,75",
        "2021-06-11 10:00:01, 100.6 ,75.0",  # spaces, and a whole number written with a point
        "2021-06-11 10:00:02,,",  # none
        "2021-06-11 10:00:03,nan,75",
        "2021-06-11 10:00:04,inf,75",
        "2021-06-11 10:00:05,1e16,75",
        "2021-06-11 10:00:06,100.7,75.5",
        "2021-06-11T10:00:07,100.7,75",
        "2500-06-11 10:00:08,100.7,75",  # would wrap around to 1915 in nanoseconds
        "2021-06-31 10:00:09,100.7,75",
    ]
    lines, broken = table(written(tmp_path, "\n".join([",".join(COLUMNS), *rows, ""])), COLUMNS)
    good, unread = sound(lines, ("price",), ("volume",), FORMS)
    assert good.select("price", "volume").rows() == [(100.5, 75), (100.6, 75), (None, None)]
    assert good["row_hash"].n_unique() == 3
    assert (broken, unread) == ({}, {"bad_value": 7})


@pytest.mark.parametrize(
    ("content", "kept", "lost"),
    [
        ("a,b\n1,2\n3,4", 2, {}),  # no line end is no cut
        ("a,b\n1,2\n3,4\n5", 2, {"cut_row": 1}),
        ("a,b\n1,2\n3\n5,6\n", 2, {"ragged_row": 1}),
        ("a,b\n1,2\n3,4,5\n6,7\n8", 2, {"cut_row": 1, "ragged_row": 1}),
        ("\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n", 2, {}),
        ('a,b\n"1,0","2"\n3,4\n', 2, {}),
    ],
)
def test_lines_with_too_few_or_too_many_cells_are_counted(
    tmp_path: Path, content: str, kept: int, lost: dict[str, int]
) -> None:
    rows, broken = table(written(tmp_path, content), ("a", "b"))
    assert (rows.height, broken) == (kept, lost)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty_file"),
        ("\n \n", "empty_file"),
        ("a,b\n", "empty_file"),
        ("a,c\n1,2\n", "bad_columns"),
        ("a,,b\n1,2\n3,4\n", "bad_columns"),  # every row would stand under the wrong names
        ("a,,b\n1,2\n3,4\n5,,6\n", "bad_columns"),
        ('a,b\n"1,2\n3,4\n5",6\n7,8\n', "open_quote"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(DataError) as fault:
        table(written(tmp_path, content), ("a", "b"))
    assert fault.value.reason == reason


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        ("1,2,x\n3,4,y\n", {}),  # more columns than are named
        ("1,2\n3,4\n5", {"cut_row": 1}),
        ("1,2\n17,000.5,2\n3,4\n", {"ragged_row": 1}),  # a comma within a number is no price of 17
        ("17,000.5,2\n1,2\n3,4\n", {"ragged_row": 1}),
        ("1,2\n9\n3,4\n5", {"cut_row": 1, "ragged_row": 1}),
    ],
)
def test_a_table_without_a_header_is_as_wide_as_most_lines(tmp_path: Path, content: str, lost: dict[str, int]) -> None:
    rows, broken = headerless(written(tmp_path, content), ("a", "b"))
    assert rows.select("a", "b").rows() == [("1", "2"), ("3", "4")]
    assert broken == lost


@pytest.mark.parametrize("layout", PRICE_CELL)
def test_a_price_that_is_no_number_costs_its_line_and_no_other(tmp_path: Path, layout: str) -> None:
    sample, at = SAMPLES[layout], 2
    cells = sample.rows[at].split(",")
    cells[PRICE_CELL[layout]] = "oops"
    lines = [*sample.lines[: bool(sample.header)], *sample.rows[:at], ",".join(cells), *sample.rows[at + 1 :]]
    report = pack([sample.write(tmp_path, text(lines))], layout, sample.symbol, tmp_path, MARKET)
    each = 2 if LAYOUTS[layout].kind == "snapshot" else 1  # a line of a poll is a call and a put
    assert report.total("dropped") == {"bad_value": each}
    assert report.packed == report.rows_in - each == each * (len(sample.rows) - 1)
    assert report.total("refused") == {}


def test_rows_that_name_no_symbol_are_counted_and_those_of_others_are_not_ours(tmp_path: Path) -> None:
    lines = "s,p\nNIFTY,1\nBAJAJ-AUTO,2\nM&M,3\n360ONE,4\n,5\nNI\0FTY,6\n"
    rows, _ = table(written(tmp_path, lines), ("s", "p"))
    mine, nameless = of_mine(rows, "s", "NIFTY")
    assert (mine["p"].to_list(), nameless) == (["1"], {"no_symbol": 2})
    with pytest.raises(DataError, match="no row of FINNIFTY; the first is of NIFTY"):
        of_mine(rows, "s", "FINNIFTY")
