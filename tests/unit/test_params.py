"""Parameters: exact codes, laws said in full, grids in the order they were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.errors import ConfigError
from nfops.params import Param, ParamSchema, distinct
from nfops.types import OFF

STOP = Param("exit.stop_pct", "percent", 10, "loss that closes", low=0.01, high=500, step=5, nullable=True)
AT = Param("entry.at", "clock", "11:00", "time of entry")
SIDE = Param("legs.side", "choice", "sell", "side of the trade", choices=("sell", "buy"))
DELTA = Param("legs.delta", "fraction", None, "delta wanted", low=0, high=1, nullable=True)
EXPIRY = Param("expiry", "choice", "0", "which expiry", choices=("0", "1", "monthly"))
SETTLE = Param("exit.settle", "flag", False, "hold to expiry")
DAYS = Param("filters.weekdays", "weekdays", None, "days of the week", nullable=True)
LATENCY = Param("fills.latency_s", "seconds", 1, "delay", low=0, high=600)
SCHEMA = ParamSchema((AT, SIDE, DELTA, STOP, SETTLE, LATENCY))


@pytest.mark.parametrize(
    ("param", "value", "code"),
    [
        (STOP, 12.5, 1250),
        (STOP, "12.5", 1250),
        (STOP, 0.29, 29),  # 0.29 * 100 is 28.999999999999996 in binary floats
        (STOP, None, OFF),
        (STOP, "null", OFF),
        (AT, "10:30", 37_800),
        (AT, "09:15:05", 33_305),
        (SIDE, "buy", 1),
        (EXPIRY, 1, 1),  # as a command line reads it
        (EXPIRY, "monthly", 2),
        (DELTA, 0.3, 300_000),
        (SETTLE, True, 1),
        (SETTLE, "false", 0),
        (LATENCY, 0, 0),
        (DAYS, ["mon", "wed"], 0b101),
        (DAYS, ["wed", "mon", "mon"], 0b101),
        (DAYS, "sun", 0b1000000),
        (DAYS, None, OFF),
    ],
)
def test_a_value_has_one_exact_code(param: Param, value: object, code: int) -> None:
    assert param.encode(value) == code  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [10, 12.5, None, 0.29])
def test_decoding_gives_the_value_back(value: float | None) -> None:
    assert STOP.decode(STOP.encode(value)) == value


def test_weekdays_are_read_back_in_their_order() -> None:
    assert DAYS.decode(DAYS.encode(["fri", "mon"])) == ["mon", "fri"]


@pytest.mark.parametrize(("written", "shown"), [("10:30", "10:30"), ("09:15:05", "09:15:05"), ("9:05", "09:05")])
def test_times_are_shown_in_their_shortest_form(written: str, shown: str) -> None:
    assert AT.decode(AT.encode(written)) == shown


@pytest.mark.parametrize(
    ("param", "value", "law"),
    [
        (STOP, 12.345, r"steps of 0\.01, or null to switch it off, got 12\.345"),
        (STOP, 501, r"\[0\.01, 500\] %"),
        (STOP, "ten", "must be a number"),
        (STOP, float("nan"), "must be a number"),
        (STOP, True, "must be a number"),
        (AT, "25:00", "HH:MM"),
        (AT, "10", "HH:MM"),
        (SIDE, "short", "one of sell, buy"),
        (SETTLE, "maybe", "true or false"),
        (LATENCY, None, r"fills\.latency_s cannot be null"),
        (LATENCY, 1.5, "steps of 1"),
        (DAYS, ["mon", "someday"], "must be a list of weekdays"),
        (DAYS, [], "must be a list of weekdays"),
        (DAYS, 3, "must be a list of weekdays"),
    ],
)
def test_a_wrong_value_is_told_its_law(param: Param, value: object, law: str) -> None:
    with pytest.raises(ConfigError, match=law):
        param.encode(value)  # type: ignore[arg-type]


def test_the_last_axis_varies_fastest_and_the_rest_keeps_its_defaults() -> None:
    grid = SCHEMA.grid({"exit.stop_pct": [10, None], "entry.at": ["10:00", "11:00"]}, {"legs.side": "buy"})

    rows = [grid.block(0, len(grid)).decoded(row) for row in range(len(grid))]

    assert [(r["exit.stop_pct"], r["entry.at"]) for r in rows] == [
        (10, "10:00"),
        (10, "11:00"),
        (None, "10:00"),
        (None, "11:00"),
    ]
    assert {(r["legs.side"], r["fills.latency_s"]) for r in rows} == {("buy", 1)}


def test_a_block_is_a_slice_of_the_grid_and_cannot_be_written() -> None:
    grid = SCHEMA.grid({"exit.stop_pct": [5, 10, 15], "fills.latency_s": [0, 1]})

    block = grid.block(2, 5)

    assert block.column("exit.stop_pct").tolist() == [1000, 1000, 1500]
    assert block.column("fills.latency_s").tolist() == [0, 1, 0]
    assert not block.values.flags.writeable


def test_a_grid_without_axes_is_one_row() -> None:
    assert len(SCHEMA.grid({})) == 1


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        SCHEMA.grid({"exit.stop_pc": [1], "entry.at": []}, {"legs.side": "short", "fills.latency_s": -1})

    message = str(told.value)
    assert "exit.stop_pc is not a parameter; did you mean exit.stop_pct" in message
    assert "entry.at has an empty list of values" in message
    assert "legs.side must be one of sell, buy, got 'short'" in message
    assert "fills.latency_s must be a number in [0, 600] s with steps of 1, got -1" in message


def test_a_path_declared_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="declared twice"):
        ParamSchema((AT, AT))


ANCHORS = Param("entry.anchors", "clocks", ("10:00", "11:00"), "times of entry")


def test_a_list_of_times_is_sorted_and_read_back() -> None:
    codes = ANCHORS.codes(["13:30", "10:00", "10:00:05"])
    assert codes[:4] == (36_000, 36_005, 48_600, OFF)
    assert len(codes) == ANCHORS.width
    assert ANCHORS.read(codes) == ["10:00", "10:00:05", "13:30"]


@pytest.mark.parametrize("value", [[], ["25:00"], ["10:00", 11], None, [f"10:{m:02d}" for m in range(25)]])
def test_what_is_no_list_of_times_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match=r"entry\.anchors must be a list of at most 24 times of day"):
        ANCHORS.codes(value)  # type: ignore[arg-type]


def test_lists_of_times_are_an_axis_like_any_other() -> None:
    grid = ParamSchema((ANCHORS, STOP)).grid(
        {"entry.anchors": [["10:00"], ["11:00", "12:00"]], "exit.stop_pct": [5, 10]}
    )
    rows = [grid.block(0, 4).decoded(row) for row in range(4)]
    assert [row["entry.anchors"] for row in rows] == [["10:00"]] * 2 + [["11:00", "12:00"]] * 2
    assert [row["exit.stop_pct"] for row in rows] == [5, 10, 5, 10]
    assert grid.block(0, 4).columns(["entry.anchors"])[3, :3].tolist() == [39_600, 43_200, OFF]


@pytest.mark.parametrize(("rows", "columns", "most"), [(0, 3, 2), (1, 2, 5), (60, 3, 2), (500, 4, 3), (500, 2, 2**40)])
def test_distinct_rows_are_those_that_numpy_tells_apart(rows: int, columns: int, most: int) -> None:
    values = np.random.default_rng(rows).integers(-most, most, (rows, columns))
    _, first, which = np.unique(values, axis=0, return_index=True, return_inverse=True)
    heads, places = distinct(values)
    assert heads.tolist() == first.tolist()
    assert places.tolist() == which.ravel().tolist()
