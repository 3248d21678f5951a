"""Rows that look wrong are packed as they are, and counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nfops.packing import pack
from nfops.packing.reasons import REASONS
from nfops.packing.verify import RULES
from tests.unit.packing.raw import HOME, MARKET, at, packed, poll, spot, ticks

CALL = "options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet"


def flagged_ticks(root: Path, rows: Sequence[tuple[float, float, float]]) -> dict[str, int]:
    """Pack ticks of price, bid and ask, one a second; nothing of them may be lost or changed."""
    raw = [
        {"timestamp": at(f"2019-05-20 09:15:{n:02d}"), "volume": 75 * (n + 1), "price": p, "bp0": bid, "sp0": ask}
        for n, (p, bid, ask) in enumerate(rows)
    ]
    ticks(root / "raw" / "nifty19may11800ce.parquet", raw)
    report = pack([root / "raw"], "nfopslab", "NIFTY", root, MARKET)
    kept = packed(root, CALL).select("close", "bid", "ask").rows()
    assert kept == list(rows)
    return dict(report.total("flagged"))


def test_quotes_are_crossed_when_the_bid_is_above_the_ask(tmp_path: Path) -> None:
    rows = [(100.0, 99.0, 99.0), (100.0, 99.05, 99.0), (100.0, 99.0, 0.0)]  # an ask of 0 is none
    assert flagged_ticks(tmp_path, rows) == {"crossed_quote": 1}


def test_a_premium_between_two_ticks_of_five_paise_is_flagged(tmp_path: Path) -> None:
    assert flagged_ticks(tmp_path, [(0.05, 0, 1), (100.35, 0, 1), (100.33, 0, 1), (100.3499, 0, 1)]) == {"off_tick": 2}


def test_a_premium_far_from_both_neighbours_is_a_spike_and_a_step_is_not(tmp_path: Path) -> None:
    rows = [(price, 0.0, 900.0) for price in (100.0, 101.0, 400.0, 102.0, 300.0, 301.0)]
    assert flagged_ticks(tmp_path, rows) == {"price_spike": 1}


def test_an_index_that_leaps_is_silent_or_ends_early_is_flagged(tmp_path: Path) -> None:
    rows = [
        ("2019-05-20 09:15:00", 11800.0),
        ("2019-05-20 09:16:00", 11801.0),
        ("2019-05-20 09:16:01", 12000.0),  # 1.7 % away and back
        ("2019-05-20 09:17:02", 11802.0),  # 61 s later
        ("2019-05-20 15:19:59", 11803.0),  # 601 s before the close
    ]
    spot(tmp_path / "raw" / "nifty_spot_part_001.parquet", rows)
    report = pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path, MARKET)
    assert report.total("flagged") == {"ends_early": 1, "gap": 2, "price_spike": 1}
    assert report.packed == 5


def spot_flags(root: Path, rows: Sequence[tuple[str, float]]) -> dict[str, int]:
    """Pack spot ticks of one day; nothing of them may be lost or changed."""
    spot(root / "raw" / "nifty_spot_part_001.parquet", [(f"2019-05-20 {clock}", price) for clock, price in rows])
    report = pack([root / "raw"], "nfopslab", "NIFTY", root, MARKET)
    kept = packed(root, "spot/NIFTY/201905/date=2019-05-20/ticks.parquet")
    assert kept["close"].to_list() == [price for _, price in rows]
    return dict(report.total("flagged"))


def seconds(first: int, count: int, price: float) -> list[tuple[str, float]]:
    """Rows of one price, one a second, the first so many seconds before the close."""
    return [(f"15:{(1800 - first + n) // 60:02d}:{(1800 - first + n) % 60:02d}", price) for n in range(count)]


def test_an_index_that_stands_still_for_more_than_a_minute_is_flagged_from_then_on(tmp_path: Path) -> None:
    rows = [*seconds(300, 1, 11800.0), *seconds(299, 63, 11801.0), *seconds(236, 2, 11802.0)]
    assert spot_flags(tmp_path, rows) == {"frozen_feed": 2}  # the 62nd and the 63rd of 63 rows


def test_a_silence_is_a_gap_and_no_frozen_feed(tmp_path: Path) -> None:
    rows = [*seconds(300, 5, 11801.0), *seconds(200, 5, 11801.0), *seconds(190, 1, 11802.0)]
    assert spot_flags(tmp_path, rows) == {"gap": 1}


def test_an_index_with_one_price_all_day_is_constant_and_nothing_else(tmp_path: Path) -> None:
    assert spot_flags(tmp_path / "ten", seconds(100, 80, 11800.0)) == {"constant_spot": 80}
    assert spot_flags(tmp_path / "nine", seconds(100, 9, 11800.0)) == {}


def test_the_spot_that_polls_saw_is_looked_at_too(tmp_path: Path) -> None:
    for minute in range(15, 30):
        poll(tmp_path / "raw", f"20-05-2019_15:{minute}", {11800: (f"1{minute}", "2")}, "11830")
    report = pack([tmp_path / "raw"], "nse_chain_csv", "NIFTY", tmp_path, MARKET)
    assert report.total("flagged") == {"constant_spot": 15}


def test_snapshots_are_not_silent_between_polls(tmp_path: Path) -> None:
    for when in ("20-05-2019_09:16", "20-05-2019_15:29"):
        poll(tmp_path / "raw", when, {11800: (f"1{when[-2:]}", "2")}, "11830")
    assert pack([tmp_path / "raw"], "nse_chain_csv", "NIFTY", tmp_path, MARKET).total("flagged") == {}


def test_every_reason_is_told_in_the_guide_and_every_rule_of_the_guide_exists() -> None:
    page = (HOME / "docs" / "data-quality.md").read_text(encoding="utf-8")
    table = page.split("## From defect to rule")[1].split("\n## ")[0]
    told = {
        name
        for line in table.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`(\w+)`", line.split("|")[2])
    }
    verified = {"parity_off", "parity_outlier", "missing_day"}
    assert told - verified == set(REASONS) - {"not_legacy", "unknown_facts"}
    assert verified <= set(RULES)
