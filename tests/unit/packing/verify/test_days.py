"""Every rule about the rows of one instrument, on rows written by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from nfops.packing.layouts.base import Segment
from nfops.packing.verify.days import day_counts, day_findings
from nfops.packing.verify.parity import parity_findings
from nfops.packing.verify.rules import RULES, Finding
from tests.unit.packing.raw import HOME, MARKET

DAY = "2024-01-03"  # a Wednesday
Row = dict[str, Any]


def rows(*given: Row, day: str = DAY) -> pl.DataFrame:
    """Packed rows; what is not said is a sound trade at 100 rupees."""
    usual: Row = {"close": 100.0, "vol_delta": 50, "oi": 1000, "bid": 99.95, "ask": 100.05, "kind": "tick"}
    full = []
    for row in given:
        whole = {**usual, **row}
        price = whole["close"]
        prices = {"open": price, "high": price, "low": price}
        full.append({**prices, **whole, "timestamp": dt.datetime.fromisoformat(f"{day}T{whole['at']}")})
    frame = pl.DataFrame(full, infer_schema_length=None)
    return frame.with_columns(pl.col("timestamp").dt.cast_time_unit("ns").dt.replace_time_zone("Asia/Kolkata"))


def every(seconds: int, first: str = "09:15:00", last: str = "15:29:59", **values: float) -> list[Row]:
    """Give sound rows at equal distances, the prices of which go up and down by the tick."""
    start, end = (dt.datetime.fromisoformat(f"{DAY}T{clock}") for clock in (first, last))
    count = int((end - start).total_seconds()) // seconds + 1
    moments = [start + dt.timedelta(seconds=seconds * at) for at in range(count)]
    return [{"at": f"{when:%H:%M:%S}", "close": 100 + at % 7 * 0.05, **values} for at, when in enumerate(moments)]


def found(frame: pl.DataFrame, segment: Segment = "options") -> dict[str, tuple[int, str]]:
    findings = day_findings(day_counts(frame, segment, MARKET), "here", segment)
    return {finding.rule: (finding.count, finding.text) for finding in findings}


def test_a_sound_day_has_no_finding() -> None:
    for segment in ("options", "spot", "futures"):
        assert found(rows(*every(60)), segment) == {}


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("outside_session", {"at": "15:30:01"}),
        ("bar_inconsistent", {"at": "15:29:59", "low": 100.05}),
        ("bar_inconsistent", {"at": "15:29:59", "high": 99.95}),
        ("negative", {"at": "15:29:59", "vol_delta": -1}),
        ("negative", {"at": "15:29:59", "close": -0.05, "low": -0.05}),
        ("off_tick", {"at": "15:29:59", "close": 100.03}),
        ("crossed_quote", {"at": "15:29:59", "bid": 100.1}),
    ],
)
def test_one_wrong_row_is_one_finding_of_its_day(rule: str, wrong: Row) -> None:
    assert found(rows(*every(60), wrong)) == {rule: (1, "1 of 376 rows")}


def test_an_index_may_lie_between_the_ticks_and_an_ask_of_nothing_crosses_no_bid() -> None:
    assert found(rows(*every(60), {"at": "15:29:59", "close": 100.03}), "spot") == {}
    assert found(rows(*every(60), {"at": "15:29:59", "ask": 0.0})) == {}


def test_the_moment_of_the_close_belongs_to_the_session() -> None:
    assert found(rows(*every(60), {"at": "15:30:00"})) == {}


def test_a_row_before_the_row_above_is_unsorted() -> None:
    assert found(rows(*every(60), {"at": "15:28:59"})) == {"unsorted": (1, "1 of 376 rows")}


def test_rows_of_a_holiday_are_one_finding() -> None:
    assert found(rows(*every(60), day="2024-01-26")) == {"closed_day": (375, "375 rows")}


def test_a_price_that_never_moves_is_told_where_it_should() -> None:
    still = rows(*every(60, close=2.0))
    told = "one price, 2.00, in 375 rows"
    assert found(still) == {"constant_price": (375, told)}
    assert found(still, "spot") == {"constant_price": (375, told)}
    assert found(rows(*every(60, close=0.05))) == {}  # a worthless option
    assert found(rows(*every(60, close=2.0, vol_delta=0))) == {}  # nobody traded it
    assert found(rows(*every(60, close=2.0)[:29])) == {}  # too few rows


def test_silences_of_an_index_are_told_and_those_of_an_option_are_not() -> None:
    late = rows(*every(60, first="09:25:01"))
    early = rows(*every(60, last="15:19:00"))
    gap = rows(*every(60, last="11:00:00"), *every(60, first="11:05:01"))
    assert found(late, "spot") == {"late_start": (1, "601 seconds")}
    assert found(early, "futures") == {"early_end": (1, "660 seconds")}
    assert found(gap, "spot") == {"gap": (1, "301 seconds")}
    assert [found(frame) for frame in (late, early, gap)] == [{}, {}, {}]


def test_the_break_of_a_day_in_two_parts_is_no_gap() -> None:
    two_parts = "2024-03-02"  # 09:15-10:00 and 11:30-12:30
    part = [*every(60, last="09:59:00"), *every(60, first="11:30:00", last="12:29:00")]
    assert found(rows(*part, day=two_parts), "spot") == {}


def test_polls_may_be_far_apart() -> None:
    polls = every(600)
    assert found(rows(*polls, day=DAY), "spot") == {"gap": (1, "600 seconds")}
    assert found(rows(*[{**poll, "kind": "snapshot"} for poll in polls]), "spot") == {}


def pairs(parities: list[float], strike: int = 21_500) -> pl.DataFrame:
    """Calls and puts whose C - P + K is given, minute by minute from 09:15."""
    given = [
        (dt.datetime(2024, 1, 3, 9, 15 + at), strike, right, price)  # noqa: DTZ001 - wall clock
        for at, parity in enumerate(parities)
        for right, price in (("CE", 500.0 + parity - strike), ("PE", 500.0))
    ]
    return pl.DataFrame(given, schema=["timestamp", "strike", "opt_type", "close"], orient="row")


def index(count: int, price: float = 21_500.0) -> pl.DataFrame:
    minutes = [dt.datetime(2024, 1, 3, 9, 15 + at) for at in range(count)]  # noqa: DTZ001 - wall clock
    return pl.DataFrame({"timestamp": minutes, "close": [price] * count})


def test_options_far_from_the_index_are_told_by_the_day() -> None:
    assert list(parity_findings(pairs([21_520.0] * 9), index(9), "there")) == []
    off = list(parity_findings(pairs([21_930.0] * 9), index(9), "there"))
    assert off == [
        Finding("parity_off", "there", dt.date(2024, 1, 3), 9, "C - P + K lies +2.00% from the index in the median")
    ]


def test_one_strike_far_from_the_others_is_an_outlier() -> None:
    lone = pl.concat([pairs([21_520.0, 21_521.0] * 4), pairs([21_521.0] * 7 + [21_900.0], strike=21_600)])
    assert [(f.rule, f.count, f.text) for f in parity_findings(lone, index(8), "there")] == [
        ("parity_outlier", 1, "1 of 16 pairs of a minute")
    ]


def test_the_guide_lists_every_rule_as_it_is() -> None:
    guide = (HOME / "docs" / "verification.md").read_text(encoding="utf-8")
    listed = guide[guide.index("<!-- rules") : guide.index("<!-- end of rules")].splitlines()[1:]
    rows = [f"| `{name}` | {rule.level} | {rule.meaning} |" for name, rule in RULES.items()]
    assert listed == ["| rule | level | what it says |", "|---|---|---|", *rows]
