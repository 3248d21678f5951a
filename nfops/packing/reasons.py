"""Every reason under which packing refuses, drops, marks or flags, in words; docs/data-quality.md tells more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    # The raw row twice, or of no use.
    "duplicate": "the same raw row stands earlier, in this file or in another",
    "no_timestamp": "no time at all",
    "epoch_timestamp": "a clock that was not set (1970); kept where another column has the time",
    "bad_number": "NaN, infinite, too large, or negative where nothing can be",
    "bad_contract": "neither CE nor PE, no strike, or no expiry",
    "bad_value": "a cell that is no number or no time",
    "bad_ticker": "a contract name of no grammar",
    "no_symbol": "the row names no index that can be read",
    "cut_row": "the last line ends before its last column",
    "ragged_row": "more or fewer cells than the header",
    "unknown_expiry": "the calendar has no such expiry",
    # Of another time.
    "not_a_trading_day": "a weekend, a holiday or a mock session",
    "not_in_calendar": "a date that the calendar does not reach",
    "unknown_hours": "a special session whose hours are not known",
    "outside_session": "before the open, after the close or in a break",
    "frozen_snapshot": "a poll that shows what another one of the day shows",
    "spot_mismatch": "a poll whose spot is over 1 % from the index bar of its minute",
    # Packed, with something mended or blanked.
    "no_trade_today": "no trade of today yet: no price, quotes and open interest only",
    "stale_trade": "repeats a trade of an earlier day: no price, quotes and open interest only",
    "volume_reset": "the day's volume went down; no negative volume is made of it",
    "mislabelled_depth": "the best ask stood as second bid",
    "expiry_moved": "packed under the day on which the contract did expire",
    "legacy_close": "the close of an old script, which may be yesterday's",
    # Packed as it is.
    "crossed_quote": "bid above ask",
    "off_tick": "a premium that is no multiple of five paise",
    "price_spike": "a price far from the one before and the one after",
    "gap": "the first tick of the index after more than a minute",
    "ends_early": "the index ends more than ten minutes before the close",
    "replayed_day": "a trading day with the prices of another",
    "constant_spot": "an index with one price all day",
    "frozen_feed": "the index has stood still for more than a minute",
    # Whole files.
    "bad_columns": "columns are missing",
    "empty_file": "nothing in it",
    "empty_poll": "a poll with a header and no rows",
    "unreadable": "damaged",
    "bad_json": "JSON of another form",
    "bad_line": "a line of another form",
    "open_quote": "a quote is open over several lines",
    "misnamed_file": "the name does not say what it must",
    "mixed_instruments": "more than one instrument, or an unknown kind of one",
    "other_segment": "a kind of contract that the layout does not hold",
    "stock_poll": "a poll of stocks",
    "not_legacy": "nfops wrote it",
    "unknown_facts": "a fact of the market is not known",
    "unknown_layout": "no layout fits",
    "ambiguous_layout": "more than one layout, index or contract fits",
}
