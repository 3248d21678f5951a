"""Raw files of a simulated span: reproducible, free of arbitrage, and with defects that packing finds again."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.market import Market
from nfops.packing import PackReport, pack
from nfops.synth import SynthReport, synthesize

MARKET = Market.load(Path(__file__).parents[3] / "meta")
DAY = dt.date(2019, 10, 27)
"""A Sunday with one hour of Muhurat: the shortest of days."""

SEED = 10
MONTHLY = dt.date(2019, 10, 31)
CLOSE = dt.datetime(2019, 10, 31, 15, 30)  # noqa: DTZ001 - vendor files carry no zone


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SynthReport]:
    """Raw files of the shortest day."""
    out = tmp_path_factory.mktemp("raw")
    return out, synthesize("NIFTY", DAY, DAY, out, seed=SEED, market=MARKET)


@pytest.fixture(scope="module")
def packing(raw: tuple[Path, SynthReport], tmp_path_factory: pytest.TempPathFactory) -> PackReport:
    """The account of packing them."""
    return pack([raw[0]], "nfopslab", "NIFTY", tmp_path_factory.mktemp("data"), MARKET)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def quotes(folder: Path) -> pl.DataFrame:
    """Last quotes of every option by second, with the index of that second and the forward of the options."""
    options = pl.concat(
        pl.read_parquet(path).select("ts", "opt_type", "strike", "bp0", "sp0")
        for path in folder.glob("nifty19oct*e.parquet")
        if pl.read_parquet_schema(path).get("strike")
    )
    index = pl.read_parquet(folder / "nifty_spot_part_001.parquet").with_columns(
        pl.col("timestamp").cast(pl.Datetime("us"))
    )
    second = pl.col("ts").dt.truncate("1s").cast(pl.Datetime("us")).alias("timestamp")
    last = options.group_by(second, "opt_type", "strike", maintain_order=True).last()
    left = (pl.lit(CLOSE) - pl.col("timestamp")).dt.total_seconds()
    return last.join(index, on="timestamp").with_columns(
        (pl.col("price") * (0.065 * left / 31_536_000).exp()).alias("forward")
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    raw: tuple[Path, SynthReport], tmp_path: Path
) -> None:
    again = synthesize("NIFTY", DAY, DAY, tmp_path / "again", seed=SEED, market=MARKET)
    synthesize("NIFTY", DAY, DAY, tmp_path / "other", seed=SEED + 1, market=MARKET)
    first, other = digests(raw[0]), digests(tmp_path / "other")
    assert len(first) == raw[1].files > 50
    assert again == raw[1]
    assert digests(tmp_path / "again") == first
    assert not {first[name] for name in first if "jan" not in name and "unknown" not in name} & set(other.values())


@pytest.mark.slow
def test_the_number_of_workers_changes_no_byte(raw: tuple[Path, SynthReport], tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = synthesize(
        "NIFTY", DAY, DAY, tmp_path, seed=SEED, market=MARKET, workers=2, progress=lambda *at: calls.append(at)
    )
    assert report == raw[1]
    assert digests(tmp_path) == digests(raw[0])
    assert calls == [(1, 3), (2, 3), (3, 3)]  # spot, futures and one expiry, which is the monthly one


@pytest.mark.slow
def test_a_day_does_not_depend_on_the_days_besides_it(raw: tuple[Path, SynthReport], tmp_path: Path) -> None:
    synthesize("NIFTY", dt.date(2019, 10, 25), DAY, tmp_path, seed=SEED, market=MARKET)
    compared = 0
    for path in raw[0].glob("*.parquet"):
        alone = pl.read_parquet(path)
        if "ts" not in alone.columns:
            continue
        longer = pl.read_parquet(tmp_path / path.name).filter(pl.col("ts").dt.date() == DAY)
        assert longer.drop("timestamp").equals(alone.drop("timestamp"))
        compared += alone.height
    assert compared > 9_000


def test_call_and_put_quotes_hold_parity_within_the_spread(raw: tuple[Path, SynthReport]) -> None:
    """Buying the call, selling the put and the forward never earns anything, nor does the reverse."""
    sides = quotes(raw[0]).filter(pl.col("bp0") > 0.05).partition_by("opt_type", as_dict=True)
    both = sides[("CE",)].join(sides[("PE",)], on=["timestamp", "strike", "forward"], suffix="_put")
    assert both.height > 200
    gap = both["forward"] - both["strike"]
    assert (both["bp0"] - both["sp0_put"] <= gap + 1e-6).all()
    assert (gap - 1e-6 <= both["sp0"] - both["bp0_put"]).all()


def test_quotes_leave_no_arbitrage(raw: tuple[Path, SynthReport]) -> None:
    rows = quotes(raw[0]).filter(pl.col("bp0") > 0.05)
    assert rows.height > 5_000
    call = pl.col("opt_type") == "CE"
    intrinsic = pl.when(call).then(pl.col("forward") - pl.col("strike")).otherwise(pl.col("strike") - pl.col("forward"))
    most = pl.when(call).then("forward").otherwise("strike")
    assert rows.select((pl.col("sp0") >= intrinsic - 1e-6).all() & (pl.col("bp0") < most).all()).item()
    early, pairs = rows.filter(pl.col("timestamp").dt.minute() < 30), 0
    for (_, right), chain in early.partition_by("timestamp", "opt_type", as_dict=True).items():
        ladder = chain.sort("strike", descending=right == "PE")
        for near, far in pairwise(ladder.select("bp0", "sp0", "strike").iter_rows()):
            assert far[0] <= near[1]  # further out is never dearer
            assert near[0] - far[1] <= abs(near[2] - far[2])  # and a spread pays at most its width
            pairs += 1
    assert pairs > 500


def test_the_future_trades_on_its_forward(raw: tuple[Path, SynthReport]) -> None:
    future = pl.read_parquet(raw[0] / "nifty_futures.parquet").select("ts", "bp0", "sp0")
    index = dict(pl.read_parquet(raw[0] / "nifty_spot_part_001.parquet").iter_rows())
    compared = 0
    for ts, bid, ask in future.iter_rows():
        spot = index.get(ts.replace(microsecond=0))
        if spot is not None:
            assert (
                bid <= spot * math.exp(0.065 * (CLOSE - ts.replace(microsecond=0)).total_seconds() / 31_536_000) <= ask
            )
            compared += 1
    assert compared > 1_000


def test_files_of_2019_to_2021_carry_microseconds_and_later_ones_nanoseconds(
    raw: tuple[Path, SynthReport], tmp_path: Path
) -> None:
    later = dt.date(2022, 10, 24)
    synthesize("NIFTY", later, later, tmp_path, market=MARKET)
    for folder, year, unit in ((raw[0], 19, "us"), (tmp_path, 22, "ns")):
        units = {pl.read_parquet_schema(path)["ts"] for path in folder.glob(f"nifty{year}oct*.parquet")}
        assert units == {pl.Datetime(unit)}  # type: ignore[arg-type]


def test_every_kind_of_defect_is_planted(raw: tuple[Path, SynthReport]) -> None:
    assert set(raw[1].planted) == {
        "epoch_first_row",
        "stale_first_tick",
        "volume_reset",
        "repeated_rows",
        "empty_file",
        "misnamed_file",
    }
    assert min(raw[1].planted.values()) > 0


@pytest.mark.slow
def test_packing_finds_every_planted_defect_and_accounts_for_every_row(
    raw: tuple[Path, SynthReport], packing: PackReport
) -> None:
    planted = raw[1].planted
    assert packing.balanced
    assert packing.rows_in == raw[1].rows
    assert packing.packed == raw[1].rows - planted["repeated_rows"]
    assert packing.total("dropped") == {"duplicate": planted["repeated_rows"]}
    assert packing.total("noted") == {
        "epoch_timestamp": planted["epoch_first_row"],
        "stale_trade": planted["stale_first_tick"],
        "volume_reset": planted["volume_reset"],
    }
    assert packing.total("refused") == {"empty_file": 3, "misnamed_file": 1}


@pytest.mark.parametrize(
    ("symbol", "day", "told"),
    [
        ("NIFTI", "2024-01-03", "'NIFTI' is no known index; known: NIFTY, BANKNIFTY"),
        ("NIFTY", "2024-01-06", "no trading day lies between 2024-01-06 and 2024-01-06"),
    ],
)
def test_what_cannot_be_simulated_is_refused_before_a_file_is_written(
    tmp_path: Path, symbol: str, day: str, told: str
) -> None:
    date = dt.date.fromisoformat(day)
    with pytest.raises(ConfigError, match=told):
        synthesize(symbol, date, date, tmp_path / "out", market=MARKET)
    assert not (tmp_path / "out").exists()
