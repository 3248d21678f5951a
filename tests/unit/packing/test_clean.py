"""Every cleaning rule of SPEC 2.2 to 2.6 on a few rows, worked out by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from nfops.packing.clean import Cleaned, clean
from nfops.packing.layouts.base import RAW, RowKind, Segment
from tests.unit.packing.raw import MARKET, at

DAY = "2019-04-10"
EXPIRY = dt.date(2019, 4, 11)


def cleaned(
    rows: Sequence[Mapping[str, Any]],
    kind: RowKind = "tick",
    segment: Segment = "options",
    bars: Sequence[tuple[str, float]] = (),
    day: str = DAY,
) -> Cleaned:
    """Clean rows of one contract; ``time`` is the time of ``day`` unless it has a date, the rest are columns of RAW."""
    moments = [at(row["time"] if " " in row["time"] else f"{day} {row['time']}") for row in rows]
    full = [
        {
            "stamp": moment,
            "close": 100.0,
            "expiry": EXPIRY,
            "strike": 28500,
            "opt_type": "CE",
            "row_hash": number,
            **row,
        }
        for number, (moment, row) in enumerate(zip(moments, rows, strict=True))
    ]
    frame = pl.DataFrame([{name: row.get(name) for name in RAW} for row in full], schema=RAW).with_columns(
        pl.lit(0, pl.UInt32).alias("file"),
        pl.lit(0, pl.UInt32).alias("target"),
        pl.col("stamp").dt.date().alias("date"),
    )
    index = pl.DataFrame(
        {"stamp": [at(f"{day} {when}") for when, _ in bars], "close": [close for _, close in bars]},
        schema={"stamp": pl.Datetime("ns"), "close": pl.Float64},
    )
    return clean(frame, segment, kind, MARKET, index if bars else None)


def counted(result: Cleaned, effect: str) -> dict[str, int]:
    """Rows by reason."""
    rows = result.counts.filter(pl.col("effect") == effect)
    return dict(zip(rows["reason"], rows["rows"], strict=True))


def clocks(result: Cleaned) -> list[str]:
    """Times of day of the rows that are left."""
    return result.frame["stamp"].dt.to_string("%H:%M:%S").to_list()


def volumes(rows: Sequence[tuple[str, int | None]], **own: Any) -> Cleaned:
    """Clean ticks of one contract, given by time and cumulative volume."""
    return cleaned([{"time": time, "day_volume": volume, **own} for time, volume in rows])


def test_a_row_at_the_close_is_the_last_second_and_later_or_earlier_ones_are_dropped() -> None:
    times = ["09:14:59.999", "09:15:00", "15:30:00", "15:30:00.001", "15:30:59"]
    result = cleaned([{"time": time, "day_volume": 10} for time in times])
    assert clocks(result) == ["09:15:00", "15:30:00"]
    assert counted(result, "dropped") == {"outside_session": 3}


def test_a_break_in_the_middle_of_a_special_day_is_outside_the_session() -> None:
    times = ["10:00:00", "10:00:01", "11:29:59", "11:30:00", "12:30:00"]  # 09:15-10:00 and 11:30-12:30
    result = cleaned([{"time": time, "day_volume": 10} for time in times], day="2024-03-02")
    assert clocks(result) == ["10:00:00", "11:30:00", "12:30:00"]
    assert counted(result, "dropped") == {"outside_session": 2}


def test_rows_of_a_holiday_go_with_the_reason_in_words_and_rows_without_a_time_go_too() -> None:
    result = cleaned([{"time": "2019-06-05 10:00:00"}, {"time": "10:00:00", "stamp": None}, {"time": "10:00:00"}])
    assert counted(result, "dropped") == {"no_timestamp": 1, "not_a_trading_day": 1}
    assert result.frame.height == 1
    assert "holiday" in result.refused[dt.date(2019, 6, 5)]


def test_only_rows_equal_in_every_raw_column_are_duplicates_and_rows_of_one_second_stay_in_order() -> None:
    rows = [
        {"time": "09:15:30", "day_volume": 100, "close": 7.0, "row_hash": 1},
        {"time": "09:15:30", "day_volume": 300, "close": 5.0, "row_hash": 2},
        {"time": "09:15:30", "day_volume": 100, "close": 7.0, "row_hash": 1},
        {"time": "09:15:30", "day_volume": 300, "close": 6.0, "row_hash": 3},
    ]
    result = cleaned(rows)
    assert result.frame["close"].to_list() == [7.0, 5.0, 6.0]
    assert result.frame["vol_delta"].to_list() == [100, 200, 0]
    assert counted(result, "dropped") == {"duplicate": 1}


def test_volume_of_a_day_seen_from_its_first_minute_counts_from_zero() -> None:
    result = volumes([("09:16:00", 500), ("09:17:00", 700)])
    assert result.frame["vol_delta"].to_list() == [500, 200]


def test_volume_of_a_day_seen_later_has_an_unknown_past() -> None:
    for first in ("09:16:00.001", "09:16:01", "11:00:00"):
        result = volumes([(first, 500), ("12:00:00", 700)])
        assert result.frame["vol_delta"].to_list() == [0, 200]


def test_the_first_row_is_the_first_inside_the_session() -> None:
    result = volumes([("09:14:00", 400), ("09:20:00", 500), ("09:21:00", 700)])
    assert result.frame["vol_delta"].to_list() == [0, 200]


def test_volume_that_steps_down_adds_nothing_until_it_passes_its_highest_again() -> None:
    result = volumes([("09:15:01", 100), ("09:15:02", 300), ("09:15:03", 200), ("09:15:04", 250), ("09:15:05", 360)])
    assert result.frame["vol_delta"].to_list() == [100, 200, 0, 0, 60]
    assert counted(result, "noted") == {"volume_reset": 1}


def test_a_row_without_a_volume_does_not_lose_the_running_maximum() -> None:
    result = volumes([("09:15:01", 100), ("09:15:02", None), ("09:15:03", None), ("09:15:04", 130), ("09:15:05", 90)])
    assert result.frame["vol_delta"].to_list() == [100, 0, 0, 30, 0]
    assert counted(result, "noted") == {"volume_reset": 1}


def test_each_day_starts_anew() -> None:
    result = volumes([("2019-04-09 09:15:01", 900), ("2019-04-10 09:15:01", 50), ("2019-04-10 09:15:02", 80)])
    assert result.frame["vol_delta"].to_list() == [900, 50, 30]
    assert counted(result, "noted") == {}


def test_a_row_that_shows_no_trade_of_today_keeps_its_quotes_and_has_no_price() -> None:
    rows = [
        {"time": "09:15:01", "day_volume": 0, "close": 88.0, "oi": 40, "bid": 87.0},  # yesterday's price
        {"time": "09:15:02", "day_volume": 100, "close": 0.0, "oi": 41},
        {"time": "09:15:03", "day_volume": 100, "close": None, "oi": 42},
        {"time": "09:15:04", "day_volume": 100, "close": 90.0, "oi": 43},
    ]
    result = cleaned(rows)
    assert result.frame["close"].to_list() == [None, None, None, 90.0]
    assert result.frame["open"].to_list() == result.frame["close"].to_list()
    assert result.frame["oi"].to_list() == [40, 41, 42, 43]
    assert result.frame["bid"][0] == 87.0
    assert result.frame["vol_delta"].to_list() == [0, 0, 0, 100]
    assert counted(result, "noted") == {"no_trade_today": 3}


def test_a_first_tick_that_repeats_yesterdays_trade_is_stale_and_counts_no_volume() -> None:
    rows = [
        {"time": "09:15:05", "day_volume": 9_000, "last_trade": at("2019-04-09 15:29:58")},
        {"time": "09:15:06", "day_volume": 9_000, "last_trade": at("2019-04-10 09:14:59")},
        {"time": "09:15:07", "day_volume": 60, "last_trade": at("2019-04-10 09:15:00")},
    ]
    result = cleaned(rows)
    assert result.frame["close"].to_list() == [None, None, 100.0]
    assert result.frame["vol_delta"].to_list() == [0, 0, 60]
    assert counted(result, "noted") == {"stale_trade": 2}


def test_a_late_first_row_without_a_trade_starts_the_volume_at_zero() -> None:
    result = volumes([("11:00:00", 0), ("11:01:00", 40)])
    assert result.frame["vol_delta"].to_list() == [0, 40]


def test_a_bar_without_volume_is_a_price_all_the_same() -> None:
    rows = [
        {"time": "09:15:59", "open": 1.0, "high": 4.0, "low": 0.5, "close": 2.0, "bar_volume": 75},
        {"time": "09:16:59", "open": 2.0, "high": 2.0, "low": 2.0, "close": 2.0, "bar_volume": 0},
    ]
    result = cleaned(rows, kind="bar")
    assert result.frame.select("open", "high", "low", "close").row(0) == (1.0, 4.0, 0.5, 2.0)
    assert result.frame["close"].to_list() == [2.0, 2.0]
    assert result.frame["vol_delta"].to_list() == [75, 0]
    assert counted(result, "noted") == {}


def test_all_copies_of_a_poll_are_frozen_also_when_one_is_outside_the_session() -> None:
    rows = [
        {"time": "10:00:59", "day_volume": 10, "poll_hash": "a"},
        {"time": "10:15:59", "day_volume": 20, "poll_hash": "b"},
        {"time": "10:30:59", "day_volume": 10, "poll_hash": "a"},
        {"time": "15:29:59", "day_volume": 30, "poll_hash": "c"},
        {"time": "15:45:59", "day_volume": 30, "poll_hash": "c"},
    ]
    result = cleaned(rows, kind="snapshot")
    assert result.frame["day_volume"].to_list() == [20]
    assert counted(result, "dropped") == {"outside_session": 1, "frozen_snapshot": 3}


def test_the_same_content_on_another_day_or_of_another_expiry_is_not_frozen() -> None:
    rows = [
        {"time": "2019-04-09 10:00:59", "day_volume": 10, "poll_hash": "a"},
        {"time": "2019-04-10 10:00:59", "day_volume": 10, "poll_hash": "a"},
        {"time": "2019-04-10 10:15:59", "day_volume": 10, "poll_hash": "a", "expiry": dt.date(2019, 4, 18)},
    ]
    assert cleaned(rows, kind="snapshot").frame.height == 3


def test_a_poll_may_differ_from_the_index_by_one_percent_and_not_by_a_paisa_more() -> None:
    rows = [
        {"time": "10:00:59", "day_volume": 10, "poll_hash": "a", "poll_spot": 10_100.0},
        {"time": "10:15:59", "day_volume": 11, "poll_hash": "b", "poll_spot": 10_100.01},
        {"time": "10:30:59", "day_volume": 12, "poll_hash": "c", "poll_spot": 9_899.99},
        {"time": "10:45:59", "day_volume": 13, "poll_hash": "d", "poll_spot": 5.0},  # no bar of this minute
    ]
    bars = [("10:00:59", 10_000.0), ("10:15:59", 10_000.0), ("10:30:59", 10_000.0), ("10:44:59", 10_000.0)]
    result = cleaned(rows, kind="snapshot", bars=bars)
    assert result.frame["poll_spot"].to_list() == [10_100.0, 5.0]
    assert counted(result, "dropped") == {"spot_mismatch": 2}


def test_rows_in_are_rows_packed_and_rows_dropped() -> None:
    rows = [{"time": time, "day_volume": 1, "row_hash": 7} for time in ("09:00:00", "09:15:00", "09:15:00")]
    result = cleaned([*rows, {"time": "2019-06-05 10:00:00"}])
    assert counted(result, "packed") == {"": 1}
    assert sum(counted(result, "dropped").values()) == 3
