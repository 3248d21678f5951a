"""A run whose charges are not known is refused before it starts, with the row that is missing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from nfops.market import Market
from sweeps.charged import unknown_charges

META = Path(__file__).parents[3] / "meta"
MARKET = Market.load(META)


def days(start: str, end: str) -> list[dt.date]:
    return list(MARKET.trading_days(dt.date.fromisoformat(start), dt.date.fromisoformat(end)))


def test_every_index_of_the_nse_can_be_charged_on_every_day() -> None:
    every = days("2019-01-01", "2026-11-20")
    assert len(every) > 1900
    for symbol in ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY"):
        assert unknown_charges(MARKET, symbol, every, META) == []


def test_the_missing_row_the_days_and_the_way_to_add_it_are_named() -> None:
    # 2024-09-27 is a Friday, 2024-10-02 a holiday: two days without a rate, two with one.
    (told,) = unknown_charges(MARKET, "SENSEX", days("2024-09-27", "2024-10-03"), Path("own"))
    assert told == (
        "SENSEX cannot be charged on 2024-09-27 to 2024-09-30 (2 days), and no rate is taken for zero. charges.csv "
        "must have exactly one rate an item:\n  - BSE_OPTIDX exchange_txn: 0 rates on 2024-09-27\n"
        "    Add the row, with its source, to own/charges.csv, or let the span begin with 2024-10-01"
    )


def test_bse_indices_can_be_charged_since_its_charge_is_one_rate() -> None:
    since = days("2024-10-01", "2026-11-20")
    assert [unknown_charges(MARKET, symbol, since, META) for symbol in ("SENSEX", "BANKEX")] == [[], []]


def test_a_gap_inside_a_span_is_found() -> None:
    # The levy of the NSE on options from 2023-04-01 to 2026-02-28 goes.
    rows = [
        row
        for row in MARKET.charge_rows
        if (row.segment, row.item, row.start) != ("NSE_OPTIDX", "ipft", dt.date(2023, 4, 1))
    ]
    assert len(rows) == len(MARKET.charge_rows) - 1
    holed = replace(MARKET, charge_rows=rows)
    (told,) = unknown_charges(holed, "NIFTY", days("2023-03-29", "2026-03-03"), META)
    assert "NIFTY cannot be charged on 2023-04-03 to 2026-02-27" in told
    assert "NSE_OPTIDX ipft: 0 rates on 2023-04-03" in told
    assert "begin with 2026-03-02" in told
