"""Loading the market facts: whatever is wrong with a table is named with its file, its line and its value."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from nfops.errors import MetaError
from nfops.market import Margins, Market
from nfops.market.tables import TABLES, read

META = Path(__file__).parents[3] / "meta"

DATE = "a date must be YYYY-MM-DD, got {!r}"
HOURS = "a segment must be HH:MM-HH:MM, got {!r}"
ASCEND = "segments must ascend, got {!r}"
COUNT = "a quantity must be a positive whole number, got {!r}"
NUMBER = "a number is expected, got {!r}"
NANO = "{} is negative or finer than 1/1000000000"
KINDS = "must be one of regular, weekend_full, weekend_dr, muhurat, outage, got {!r}"
ITEMS = "must be one of stt_sell, stt_exercise, exchange_txn, sebi_fee, ipft, stamp, gst, brokerage, got {!r}"
EXERCISE = "must be one of fraction_of_settlement_value, fraction_of_intrinsic_value, got {!r}"
DRILL = "2021-02-24,outage,|09:15-11:40;15:45-17:00"


@pytest.fixture
def meta(tmp_path: Path) -> Path:
    """A copy of the tables that may be damaged."""
    return Path(shutil.copytree(META, tmp_path / "meta"))


def damage(meta: Path, table: str, row: str, wrong: str) -> int:
    """Write ``wrong`` for what stands after ``|`` in the one line that begins with ``row``; return its number.

    A second ``|`` ends what is replaced.
    """
    path = meta / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    before, _, rest = row.partition("|")
    cell, _, after = rest.partition("|")
    begin = before + cell + after
    (at,) = [at for at, line in enumerate(lines) if line.startswith(begin)]
    lines[at] = before + wrong + after + lines[at].removeprefix(begin)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return at + 1


def faults(meta: Path) -> list[str]:
    """Load; return the faults told, one a line."""
    with pytest.raises(MetaError) as told:
        Market.load(meta)
    heading, *lines = str(told.value).splitlines()
    assert heading == f"the market facts in {meta} cannot be used:"
    return [line.removeprefix("  - ") for line in lines]


def test_the_tables_that_come_with_nfops_are_without_fault() -> None:
    market = Market.load(META)
    assert market.symbols == ("NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "SENSEX", "BANKEX")
    # Counted when the tables were compiled from their sources.
    assert (len(market.session_rows), len(market.holidays)) == (1_984, 118)
    assert {symbol: len(rows) for symbol, rows in market.expiry_rows.items()} == {
        "NIFTY": 96 + 317,
        "BANKNIFTY": 96 + 237,
        "FINNIFTY": 72 + 156,
        "MIDCPNIFTY": 60 + 114,
        "SENSEX": 44 + 146,
        "BANKEX": 44 + 62,
    }


@pytest.mark.parametrize(
    ("table", "row", "wrong", "law"),
    [
        ("trading_sessions", "|2024-01-03", "2024-1-3", DATE),
        ("trading_sessions", "2024-01-03,|regular", "regulr", KINDS),
        ("trading_sessions", "2024-01-03,regular,|09:15-15:30", "9:15-15:30", HOURS),
        ("trading_sessions", "2024-01-03,regular,|09:15-15:30", "09:15-15:60", HOURS),
        ("trading_sessions", "2024-01-03,regular,|09:15-15:30", "09:15-25:30", HOURS),
        ("trading_sessions", "2024-01-03,regular,|09:15-15:30", "15:30-09:15", ASCEND),
        ("trading_sessions", DRILL, "15:45-17:00;09:15-11:40", ASCEND),
        ("trading_sessions", DRILL, "09:15-16:00;15:45-17:00", ASCEND),
        (
            "trading_sessions",
            "2024-01-03,regular|,09:15-15:30,calendar",
            "",
            "the row must have one cell for each column",
        ),
        ("trading_sessions", "2024-01-03,regular|,", ",,", "the row must have one cell for each column"),
        ("holidays", "|2024-01-26", "26-01-2024", DATE),
        ("holidays", "2024-01-26,|closed", "shut", "must be one of closed, muhurat_only, got {!r}"),
        ("expiry_calendar", "|NIFTY|,2024-01-04", "", "a name is empty"),
        ("expiry_calendar", "NIFTY,|2024-01-04", "04JAN24", DATE),
        ("expiry_calendar", "NIFTY,2024-01-04,|weekly", "week", "must be one of weekly, monthly, got {!r}"),
        ("lot_sizes", "NIFTY,|all|,75", "some", "must be one of weekly, monthly, all, got {!r}"),
        ("lot_sizes", "NIFTY,all,|75", "0", COUNT),
        ("lot_sizes", "NIFTY,all,|75", "7.5", COUNT),
        (
            "lot_sizes",
            "NIFTY,all,75,2019-01-01,|2021-07-22",
            "2018-12-31",
            "effective_to {} lies before effective_from 2019-01-01",
        ),
        (
            "lot_sizes",
            "NIFTY,all,75,2019-01-01,2021-07-22,|expiry_date",
            "trade_date",
            "lots are dated by expiry_date, got basis {!r}",
        ),
        ("charges", "NSE_OPTIDX,stt_sell,|0.0015", "0.15%", NUMBER),
        ("charges", "NSE_OPTIDX,stt_sell,|0.0015", "-1", NANO),
        ("charges", "NSE_OPTIDX,stt_sell,|0.0015", "1e-10", NANO),
        ("charges", "NSE_OPTIDX,stt_sell,|0.0015", "inf", NANO),
        ("charges", "NSE_OPTIDX,stt_sell,|0.0015", "nan", NANO),
        ("charges", "NSE_OPTIDX,|gst", "vat", ITEMS),
        (
            "charges",
            "NSE_OPTIDX,stt_sell,0.0015,|fraction_of_premium",
            "percent",
            "must be one of fraction_of_premium, fraction_of_turnover, got {!r}",
        ),
        ("charges", "NSE_OPTIDX,stt_exercise,0.0015,|fraction_of_intrinsic_value", "fraction_of_premium", EXERCISE),
        (
            "charges",
            "NSE_OPTIDX,brokerage,20,|inr_per_order",
            "inr",
            "must be one of inr_per_order, inr_per_order_or_0.03pct_whichever_lower, got {!r}",
        ),
        (
            "charges",
            "NSE_OPTIDX,stt_sell,0.0015,fraction_of_premium,|sell",
            "seller",
            "must be one of buy, sell, both, buyer_at_expiry_if_itm, got {!r}",
        ),
        ("margins", "span,|0.093", "9.3%", NUMBER),
        ("margins", "span,0.093,2020-06-01,,|estimate", "guess", "must be one of estimate, fact, got {!r}"),
        ("contract_redates", "|2023-09-01", "2023-09-31", DATE),
        ("contract_redates", "2023-09-01,BANKNIFTY,|weekly", "some", "must be one of weekly, monthly, all, got {!r}"),
        ("contract_specs", "NIFTY,|NSE", "NYSE", "must be one of NSE, BSE, got {!r}"),
        ("contract_specs", "NIFTY,NSE,|50", "fifty", NUMBER),
        ("contract_specs", "NIFTY,NSE,50,|0.05", "0.005", "{} is negative or finer than 1/100"),
        ("contract_specs", "NIFTY,NSE,|50", "0", "strike_step and tick must be above 0, got {} and 0.05"),
        ("freeze_slabs", "0,5750,|8500", "-1", COUNT),
        ("freeze_slabs", "|0|,5750", "low", "invalid literal for int() with base 10: {!r}"),
    ],
)
def test_a_wrong_cell_is_named_with_file_line_and_value(meta: Path, table: str, row: str, wrong: str, law: str) -> None:
    line = damage(meta, table, row, wrong)
    told: list[str] = []
    read(meta / f"{table}.csv", TABLES[table], told)
    assert told == [f"{table}.csv line {line}: {law.format(wrong)}"]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_rows_or_without_a_column_is_named(tmp_path: Path, table: str) -> None:
    whole = (META / f"{table}.csv").read_text(encoding="utf-8")
    heading, rows = whole.split("\n", 1)
    first, rest = heading.split(",", 1)
    path, told = tmp_path / f"{table}.csv", list[str]()
    for text in (heading + "\n", f"wrong,{rest}\n{rows}"):
        path.write_text(text, encoding="utf-8")
        assert read(path, TABLES[table], told) == ()
    assert told == [f"{table}.csv: no usable row", f"{table}.csv: column '{first}' is missing"]


def test_the_table_of_margins_may_be_missing_and_then_no_margin_is_known(meta: Path) -> None:
    date = dt.date(2024, 1, 3)
    assert Market.load(meta).facts("NIFTY", date).margins == Margins(930, 200, 175, 175, 0)
    (meta / "margins.csv").unlink()
    assert Market.load(meta).facts("NIFTY", date).margins is None


def test_every_missing_table_is_named(tmp_path: Path) -> None:
    assert [fault for fault in faults(tmp_path) if "missing" in fault] == [
        f"{table}.csv: the table is missing from {tmp_path}"
        for table in (
            "trading_sessions",
            "holidays",
            "expiry_calendar",
            "lot_sizes",
            "charges",
            "contract_redates",
            "contract_specs",
            "freeze_slabs",
        )
    ]


def test_faults_of_all_tables_come_in_one_message(meta: Path) -> None:
    first = damage(meta, "holidays", "2024-01-26,|closed", "shut")
    second = damage(meta, "charges", "NSE_OPTIDX,gst,|0.18", "eighteen")
    third = damage(meta, "contract_specs", "BANKEX,|BSE", "LSE")
    damage(meta, "expiry_calendar", "NIFTY,|2024-01-04", "2024-01-06")
    assert faults(meta) == [
        f"holidays.csv line {first}: must be one of closed, muhurat_only, got 'shut'",
        f"charges.csv line {second}: a number is expected, got 'eighteen'",
        f"contract_specs.csv line {third}: must be one of NSE, BSE, got 'LSE'",
        "expiry_calendar.csv: NIFTY 2024-01-06 is no trading day",
    ]


@pytest.mark.parametrize(
    ("table", "row", "wrong", "told"),
    [
        ("trading_sessions", "|2024-01-03", "2024-01-05", "trading_sessions.csv: 2024-01-05 stands twice"),
        ("holidays", "|2024-01-26", "2024-01-25", "holidays.csv: 2024-01-25 is closed, yet it has a session"),
        ("expiry_calendar", "NIFTY,|2024-01-04", "2024-01-11", "expiry_calendar.csv: NIFTY 2024-01-11 stands twice"),
        (
            "lot_sizes",
            "NIFTY,weekly,65,2026-01-06,|",
            "2026-12-15",
            "lot_sizes.csv: 0 rows, not one, for NIFTY weekly 2026-12-22",
        ),
        (
            "lot_sizes",
            "BANKNIFTY,|weekly|,15,2023-08-03",
            "all",
            "lot_sizes.csv: 2 rows, not one, for BANKNIFTY monthly 2023-08-31",
        ),
    ],
)
def test_tables_that_contradict_each_other_are_told(meta: Path, table: str, row: str, wrong: str, told: str) -> None:
    damage(meta, table, row, wrong)
    assert told in faults(meta)


def test_events_may_be_absent_but_not_wrong(meta: Path) -> None:
    line = damage(meta, "events", "2024-02-01,|budget", "bugdet")
    assert faults(meta) == [f"events.csv line {line}: must be one of budget, election, rbi_policy, got 'bugdet'"]
    (meta / "events.csv").unlink()
    assert Market.load(meta).events == ()


def test_an_event_on_a_closed_day_belongs_to_the_next_trading_day(meta: Path) -> None:
    """Saturday 2024-03-09 is an event of Monday the 11th; Friday 2024-03-08 was a holiday, Thursday is a day away."""
    (meta / "events.csv").write_text("date,kind,source\n2024-03-09,election,made up for this test\n", encoding="utf-8")
    market = Market.load(meta)
    found = [market.facts("NIFTY", dt.date(2024, 3, day)).events for day in (7, 11, 12)]
    assert found == [(("election", 1),), (("election", 0),), (("election", -1),)]
