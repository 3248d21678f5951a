"""The page of a walk-forward says what its files say."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nfops.errors import DataError
from nfops.metrics import METRICS
from nfops.report import write_walk
from nfops.report.walk import flags, law_sentence, looked_sentences
from nfops.walkforward import DAILY, metrics_of, stitched
from tests.unit.report.test_page import Page

BURNT = [
    {
        "window": number,
        "first": f"2024-01-{first:02}",
        "last": f"2024-01-{first + 1:02}",
        "by": [{"run": "/data/a", "when": "2024-02-03T09:00:00+00:00", "first": "2024-01-08", "last": "2024-01-12"}],
    }
    for number, first in ((0, 8), (1, 10))
]

SEEN = [
    {
        "window": 1,
        "first": "2024-01-10",
        "last": "2024-01-11",
        "sweeps": 4,
        "by": [
            {"run": f"/data/{name}", "when": "2024-02-01T09:00:00+00:00", "first": "2024-01-10", "last": "2024-01-11"}
            for name in "xyz"
        ],
    }
]


def summary(**said: Any) -> dict[str, Any]:
    """Content of a wf.json whose ratio fell from 2 to 1.5."""
    config = {"span": {"start": "2024-01-01", "end": "2024-01-12"}, "notice": "A <simulated> market.", "seed": 7}
    scheme = {"anchored": False, "train_days": 5, "test_days": 2, "step": 2, "purge": 0, "embargo": 1}
    told = {
        "strategy": "short_straddle",
        "symbol": "NIFTY",
        "config": config,
        "scheme": scheme,
        "windows": 2,
        "done": 2,
    }
    told |= {"axes": {"strategy.exit.stop_pct": [10, None]}, "code": {"version": "0.1.0"}, "ledger": {}}
    told |= {"is_sharpe": 2.0, "dropped": True, "burnt": [], "seen": [], "oos": {"sharpe": 1.5}, "status": "ok"}
    return {**told, **said}


def folder(path: Path, **said: Any) -> Path:
    """Write a walk-forward of two windows, the second of which chose nothing."""
    rows = [
        {**dict.fromkeys(DAILY, 0), "window": at // 2, "symbol": "NIFTY", "date": dt.date(2024, 1, 8 + at)}
        | {"net_paise": net, "gross_paise": net, "n_positions": int(net != 0), "counted": True}
        for at, net in enumerate((50_000, -20_000, 0, 0))
    ]
    daily = stitched([pl.DataFrame(rows, schema=DAILY)])
    spans = {"train_start": dt.date(2024, 1, 1), "train_end": dt.date(2024, 1, 5), "status": "ok", "burnt": False}
    spans |= {"test_days": 2, "seen": False}
    ratios = [("is_sharpe", 2.0), ("oos_sharpe", 1.5), ("delta_sharpe", -0.5), ("is_total", 9.0), ("oos_total", 300.0)]
    windows = [
        {"window": number, **spans, "test_start": dt.date(2024, 1, 8 + 2 * number)}
        | {"test_end": dt.date(2024, 1, 9 + 2 * number), "position": position, "strategy.exit.stop_pct": None}
        | {name: value if position is not None else None for name, value in ratios}
        | {"dropped": True if position is not None else None}
        for number, position in ((0, 1), (1, None))
    ]
    path.mkdir()
    pl.DataFrame(windows).write_parquet(path / "windows.parquet")
    daily.write_parquet(path / "oos_daily.parquet")
    oos = {**metrics_of(daily), "sharpe": 1.5}
    assert set(oos) == set(METRICS)
    (path / "wf.json").write_text(json.dumps(summary(oos=oos, **said)))
    return path


def test_the_law_states_both_numbers_and_what_it_allows() -> None:
    assert law_sentence(summary()) == (
        "DROPPED: the stitched days out of sample have a Sharpe ratio of 1.50, the chosen sets had 2.00 in the sample "
        "on average over windows; the law allows a drop of 20 % of the Sharpe ratio in the sample, down to 1.60."
    )
    assert law_sentence(summary(oos={"sharpe": 1.7}, dropped=False)).startswith("Held: ")
    assert "cannot be said" in law_sentence(summary(oos={"sharpe": None}, dropped=None))


def test_burnt_windows_name_every_earlier_run_once() -> None:
    assert looked_sentences(summary()) == []
    (told,) = looked_sentences(summary(burnt=BURNT))
    assert told == (
        "BURNT: windows 0, 1 are no longer out of sample; test days from 2024-01-08 to 2024-01-11 were looked at "
        "before, with other settings, by /data/a (on 2024-02-03, days 2024-01-08 to 2024-01-12)."
    )


def test_windows_that_sweeps_have_shown_name_the_first_sweeps_and_count_the_others() -> None:
    (told,) = looked_sentences(summary(seen=SEEN))
    sweeps = "; ".join(f"/data/{name} (on 2024-02-01, days 2024-01-10 to 2024-01-11)" for name in "xyz")
    assert told == (
        "SEEN: window 1 is no longer out of sample; test days from 2024-01-10 to 2024-01-11 were shown before by "
        f"{sweeps}; and 1 more."
    )
    assert len(looked_sentences(summary(burnt=BURNT, seen=SEEN))) == 2


def test_the_flags_of_a_window_are_words() -> None:
    row = {"dropped": True, "burnt": False, "seen": True, "status": "partial"}
    assert flags(row) == "drop, seen, partial"
    assert flags({"dropped": None, "burnt": True, "status": "ok"}) == "burnt"  # of a version that knew no sweeps


def test_the_page_is_whole_and_says_everything(tmp_path: Path) -> None:
    page = write_walk(folder(tmp_path / "walk", burnt=BURNT, seen=SEEN))

    text = page.read_text(encoding="utf-8")
    found = Page(text)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert all(link.startswith(("#", "data:")) for link in found.fetched)
    assert found.unnamed == []
    assert found.tables == [{"caption": 1, "column": 10, "row": 2}]
    assert "A &lt;simulated&gt; market." in text
    assert law_sentence(summary()) in text
    for sentence in looked_sentences(summary(burnt=BURNT, seen=SEEN)):
        assert sentence in text
    assert "2024-01-08 to 2024-01-09" in text
    assert (tmp_path / "walk" / "figures" / "walkforward.png").read_bytes().startswith(b"\x89PNG")


def test_a_walk_without_a_window_has_no_page(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished window"):
        write_walk(folder(tmp_path / "walk", done=0))
