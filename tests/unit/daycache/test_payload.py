import json

import numpy as np
import pytest

from nfops.daycache import ChainDay, build_day, from_payload, to_payload
from nfops.types import Events
from tests.packed_rows import EXPIRY, MINUTE, frame, row, spot


def arrays_of(day: ChainDay) -> dict[str, np.ndarray]:
    flat = {}
    for name, array in day.arrays._asdict().items():
        flat |= {f"{name}.{n}": a for n, a in array._asdict().items()} if isinstance(array, Events) else {name: array}
    return flat | (day.spot._asdict() if day.spot else {})


def same(one: ChainDay, other: ChainDay) -> bool:
    names = ("symbol", "session", "expiries", "future_expiry", "kinds", "rows", "legacy", "data_hash")
    mine, theirs = arrays_of(one), arrays_of(other)
    return (
        all(getattr(one, name) == getattr(other, name) for name in names)
        and mine.keys() == theirs.keys()
        and all(mine[n].dtype == theirs[n].dtype and np.array_equal(mine[n], theirs[n]) for n in mine)
    )


def example(*, whole: bool) -> ChainDay:
    options = frame([row(1, 100.0, bid=99.0, oi=5), row(3, 50.0, opt_type="PE", strike=21100)])
    future = frame([row(2, 21050.0, expiry=EXPIRY)]) if whole else None
    return build_day("NIFTY", MINUTE, options, spot((1, 21000.0)) if whole else None, future, "content")


@pytest.mark.parametrize("whole", [True, False])
def test_a_day_comes_back_equal(whole):
    day = example(whole=whole)
    assert same(from_payload(to_payload(day)), day)


def test_a_payload_is_one_array_and_a_header_of_text():
    payload = to_payload(example(whole=True))
    assert (payload["block"].dtype, payload["block"].ndim) == (np.uint8, 1)
    assert json.loads(payload["header"])["symbol"] == "NIFTY"


def test_arrays_are_read_only_aligned_views_of_the_block():
    payload = to_payload(example(whole=True))
    start = payload["block"].ctypes.data
    for name, array in arrays_of(from_payload(payload)).items():
        assert not array.flags.writeable, name
        if array.size:
            assert np.shares_memory(array, payload["block"]), name
            assert (array.ctypes.data - start) % 64 == 0, name


def test_a_day_of_views_can_be_sent_on():
    day = example(whole=True)
    assert same(from_payload(to_payload(from_payload(to_payload(day)))), day)
