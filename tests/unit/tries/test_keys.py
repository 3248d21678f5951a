"""A parameter set has one name, whatever sweep it stands in."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.params import Param, ParamSchema
from nfops.tries import set_keys

STOP = Param("strategy.exit.stop_pct", "percent", 10, "stop", high=100, nullable=True)
AT = Param("strategy.entry.at", "clock", "11:00", "time of entry")
ANCHORS = Param("strategy.entry.anchors", "clocks", ["10:00", "11:00"], "times of entry")
LATENCY = Param("fills.latency_s", "seconds", 1, "latency", high=60)


def keys(params: tuple[Param, ...], axes: dict[str, list[object]], symbol: str = "NIFTY") -> list[int]:
    """Keys of all sets of a grid."""
    grid = ParamSchema(params).grid(axes)  # type: ignore[arg-type]
    found = set_keys(symbol, "straddle clock pair", grid.block(0, len(grid)))
    assert found.dtype == np.uint64
    return list(found.tolist())


def test_different_sets_have_different_names() -> None:
    found = keys(
        (STOP, AT, ANCHORS),
        {
            STOP.path: [10, 12.5, None],
            AT.path: ["10:00", "11:00"],
            ANCHORS.path: [["10:00", "11:00"], ["10:00"], ["10:00", "11:00", "12:00"]],
        },
    )
    assert len(set(found)) == 18


def test_neither_order_nor_what_is_an_axis_matters() -> None:
    one = keys((STOP, AT), {STOP.path: [10, 20], AT.path: ["10:00", "11:00"]})
    other = keys((AT, STOP), {AT.path: ["10:00", "11:00"], STOP.path: [10, 20]})
    assert one != other
    assert set(one) == set(other)
    assert keys((STOP, AT), {AT.path: ["10:00"]}) == one[:1]


def test_a_parameter_that_came_later_changes_no_name_at_its_default() -> None:
    before = keys((STOP, AT), {STOP.path: [10, 20]})
    assert keys((LATENCY, STOP, AT, ANCHORS), {STOP.path: [10, 20]}) == before
    assert keys((STOP, AT, LATENCY), {STOP.path: [10, 20], LATENCY.path: [2]}) != before


def test_the_same_value_of_two_parameters_is_not_the_same_set() -> None:
    other = Param("strategy.exit.target_pct", "percent", 10, "target", high=100)
    assert keys((STOP, other), {STOP.path: [20]}) != keys((STOP, other), {other.path: [20]})


@pytest.mark.parametrize("symbol", ["BANKNIFTY", "FINNIFTY"])
def test_another_symbol_is_another_try(symbol: str) -> None:
    assert not set(keys((STOP, AT), {STOP.path: [10, 20]})) & set(keys((STOP, AT), {STOP.path: [10, 20]}, symbol))
