"""Damaged files of every layout: never a trace, never a row that vanishes without a count, never a good row changed.

A good row is a line that the damage did not touch. What a file of the untouched lines alone gives is what they are
worth; a damaged file must give all of that, or be refused with a reason, or count what is lost. Try more with
NFOPS_DAMAGE_EXAMPLES=2000.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nfops.packing import LAYOUTS, PackReport, pack
from tests.unit.packing.raw import MARKET
from tests.unit.packing.samples import BARS, SAMPLES, Sample, legacy, legacy_rows, parquet, snapshot, text, ticks

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("NFOPS_DAMAGE_EXAMPLES", "15"))
TRY = settings(max_examples=EXAMPLES, deadline=None, derandomize=EXAMPLES <= 25,
               suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip

NUMBERS = (
    "NaN",
    "inf",
    "-inf",
    "1e400",
    "-1e308",
    "99999999999999999999",
    "1e15",
    "-5",
    "0",
    "0x1F",
    "1_000",
    "12.345.6",
)
TIMES = ("2021-06-11T09:15:00+05:30", "2021-06-11 03:45:00Z", "9999-12-31 23:59:59", "0001-01-01 00:00:00",
         "1970-01-01 05:30:00", "31/02/2021")  # fmt: skip
WILD = (*NUMBERS, *TIMES, "", " ", "abc", "\0", "1,5", '"', "None", "true", "é", "2147483648", "21474836.48")
"""Cells that no vendor should write and some do."""

VOLATILE = ["vol_delta"]
"""Columns that depend on the rows around, as they should."""


def given_back(root: Path, layout: str) -> Counter[tuple[Any, ...]]:
    """Every packed row but the spot that polls saw, which is no row of the file."""
    rows: Counter[tuple[Any, ...]] = Counter()
    packed = "packed/options" if LAYOUTS[layout].kind == "snapshot" else "packed"
    for path in [*(root / packed).rglob("*.parquet"), *(root / "bhavcopy").rglob("*.parquet")]:
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        rows.update(frame.drop(VOLATILE, strict=False).rows())
    return rows


def packing(layout: str, name: str, symbol: str, content: bytes) -> tuple[PackReport, Counter[tuple[Any, ...]]]:
    """Pack one file in a folder of its own; its account must balance and tell what lies in the folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        report = pack([path], layout, symbol, Path(folder), MARKET)
        assert path.read_bytes() == content
        rows = given_back(Path(folder), layout)
    assert report.balanced
    assert report.packed == rows.total()
    return report, rows


@st.composite
def damages(draw: st.DrawFn, sample: Sample) -> bytes:
    """One or two things that happen to files."""
    lines = text(sample.lines).splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["cell", "cell", "cell", "cut", "shuffle", "double", "bytes", "header", "empty"]))
        first = 1 if sample.header else 0
        at = draw(st.integers(first, max(first, len(lines) - 1))) if len(lines) > first else 0
        if kind == "cell" and at < len(lines):
            cells = lines[at].rstrip(b"\n").split(b",")
            cells[draw(st.integers(0, len(cells) - 1))] = draw(st.sampled_from(WILD)).encode()
            lines[at] = b",".join(cells) + b"\n"
        elif kind == "cut":
            lines = _cut(lines, draw(st.integers(0, len(b"".join(lines)))))
        elif kind == "shuffle":
            lines = lines[:first] + draw(st.permutations(lines[first:]))
        elif kind == "double" and at < len(lines):
            lines.insert(draw(st.integers(first, len(lines))) if len(lines) > first else len(lines), lines[at])
        elif kind == "bytes":
            whole, strange = b"".join(lines), draw(st.binary(min_size=1, max_size=6))
            place = draw(st.integers(0, len(whole)))
            lines = (whole[:place] + strange + whole[place:]).splitlines(keepends=True)
        elif kind == "header" and sample.header and lines:
            cells = lines[0].rstrip(b"\n").split(b",")
            cells[draw(st.integers(0, len(cells) - 1))] += draw(st.sampled_from([b"_x", b",", b" ", b"\0"]))
            lines[0] = b",".join(cells) + b"\n"
        elif kind == "empty":
            lines = draw(st.sampled_from([[], lines[:1], [b"\n"], [b"\0" * 64]]))
    return b"".join(lines)


def _cut(lines: list[bytes], size: int) -> list[bytes]:
    return b"".join(lines)[:size].splitlines(keepends=True)


def untouched(sample: Sample, content: bytes) -> list[str]:
    """Rows of the sample that still stand whole in ``content``, on lines of their own."""
    there = Counter(content.split(b"\n"))
    return [row for row in sample.rows if there[row.encode()]]


@pytest.mark.parametrize("layout", SAMPLES)
def test_a_damaged_file_loses_only_what_is_damaged(layout: str) -> None:
    sample = SAMPLES[layout]
    whole, _ = packing(layout, sample.name, sample.symbol, text(sample.lines))
    assert whole.packed == whole.rows_in > 0
    each = whole.rows_in // len(sample.rows)
    reasons: Counter[str] = Counter()

    @TRY
    @given(content=damages(sample))
    def holds(content: bytes) -> None:
        report, rows = packing(layout, sample.name, sample.symbol, content)
        reasons.update(report.total("refused") + report.total("dropped"))
        if report.total("refused"):
            assert (len(report.findings), rows.total()) == (1, 0)
            return
        good = untouched(sample, content)
        assert report.rows_in >= each * len(good), "rows vanished"
        lines = [line for line in content.split(b"\n") if line.strip()]
        assert rows.total() <= each * len(lines), "rows were made up"
        if good:
            header = sample.lines[: bool(sample.header)]
            _, worth = packing(layout, sample.name, sample.symbol, text([*header, *good]))
            assert worth.keys() <= rows.keys(), "a good row was lost or changed"

    holds()
    assert reasons, "nothing was ever found wrong"


@TRY
@given(st.data())
def test_a_damaged_json_loses_only_the_damaged_bar_or_is_refused(data: st.DataObject) -> None:
    at, field = data.draw(st.integers(0, len(BARS) - 1)), data.draw(st.integers(0, 5))
    wild = data.draw(st.sampled_from([*WILD, None, float("nan"), float("inf"), 1e30, -5, [], {}, True]))
    bars = [[*bar[:field], wild, *bar[field + 1 :]] if n == at else bar for n, bar in enumerate(BARS)]
    content = snapshot(bars)
    report, rows = packing("trademarkk_json", "days.json", "NIFTY", content)
    if not report.total("refused"):
        _, worth = packing("trademarkk_json", "days.json", "NIFTY", snapshot([*BARS[:at], *BARS[at + 1 :]]))
        assert worth.keys() <= rows.keys()
    size = data.draw(st.integers(0, len(content) - 1))
    cut, rows = packing("trademarkk_json", "days.json", "NIFTY", content[:size])
    assert (sum(cut.total("refused").values()), rows.total()) == (1, 0)


@st.composite
def damaged_parquet(draw: st.DrawFn, raw: pl.DataFrame) -> bytes:
    """Give a Parquet file that is broken, or lacks what it must have."""
    rows, whole = raw, parquet(raw)
    column = draw(st.sampled_from(rows.columns))
    place = draw(st.integers(0, len(whole) - 1))
    return draw(
        st.sampled_from(
            [
                whole[:place],
                whole[:place] + draw(st.binary(min_size=1, max_size=4)) + whole[place + 1 :],
                parquet(rows.with_columns(pl.col(column).cast(pl.String) + "x")),
                parquet(rows.drop(column)),
                parquet(rows.rename({column: "x"})),
                parquet(rows.clear()),
            ]
        )
    )


PARQUET = {
    "nfopslab": ("banknifty19may28500ce.parquet", "BANKNIFTY", ticks()),
    "packed_legacy": (legacy().name, "NIFTY", legacy_rows()),
}


@pytest.mark.parametrize("layout", PARQUET)
def test_a_broken_parquet_is_packed_or_refused_with_its_reason(layout: str) -> None:
    name, symbol, raw = PARQUET[layout]

    @TRY
    @given(content=damaged_parquet(raw))
    def holds(content: bytes) -> None:
        report, rows = packing(layout, name, symbol, content)
        assert report.rows_in > 0 or sum(report.total("refused").values()) == 1
        assert rows.total() <= 6

    holds()


@st.composite
def damaged_rows(draw: st.DrawFn, raw: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """Rows of which one has a wrong number or none, or all have another zone; and the places of the good ones."""
    at, column = draw(st.integers(0, 5)), draw(st.sampled_from(raw.columns))
    value = draw(st.sampled_from([None, float("nan"), 1e300, float("inf"), -1e300, 3e7]))
    if draw(st.integers(0, 5)) == 0:
        return raw.with_columns(pl.col("timestamp").dt.replace_time_zone("Asia/Kolkata")), list(range(6))
    moment = raw[column].dtype.is_temporal()
    old = pl.col(column) if value is None or moment else pl.col(column).cast(pl.Float64)
    new = pl.when(pl.int_range(pl.len()) == at).then(None if moment else value).otherwise(old)
    return raw.with_columns(new.alias(column)), [n for n in range(6) if n != at]


@pytest.mark.parametrize("layout", PARQUET)
def test_a_damaged_row_of_parquet_costs_no_other(layout: str) -> None:
    name, symbol, raw = PARQUET[layout]

    @TRY
    @given(damage=damaged_rows(raw))
    def holds(damage: tuple[pl.DataFrame, list[int]]) -> None:
        frame, good = damage
        report, rows = packing(layout, name, symbol, parquet(frame))
        _, worth = packing(layout, name, symbol, parquet(raw[good]))
        assert worth.total() == len(good) >= 5
        assert report.total("refused") or worth.keys() <= rows.keys()

    holds()


def test_every_layout_is_damaged_here() -> None:
    assert {*SAMPLES, *PARQUET, "trademarkk_json"} == set(LAYOUTS)
