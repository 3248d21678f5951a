"""The guide's vendor works as it is printed: its code is taken from the page, and its file packed."""

from __future__ import annotations

import re
import types
from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import LAYOUTS, pack
from nfops.packing.detect import decide
from nfops.packing.layouts.base import Layout
from nfops.packing.sources import RawFile
from sweeps.layout_list import described

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "add-a-vendor.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """Give the first block of a language on the page."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert found, f"the page lost its {language} block"
    return found[1]


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Registered as the page says."""
    module = types.ModuleType("acme_csv")
    exec(compile(block("python"), "add-a-vendor.md", "exec"), module.__dict__)
    layout: Layout = module.LAYOUT
    monkeypatch.setitem(LAYOUTS, layout.name, layout)  # type: ignore[arg-type]
    return layout


def test_a_vendor_takes_less_than_sixty_lines() -> None:
    assert len([line for line in block("python").splitlines() if line.strip()]) < 60


def test_the_vendor_of_the_page_packs_as_the_page_says(tmp_path: Path, acme: Layout) -> None:
    (tmp_path / "acme.csv").write_text(block("csv"))
    market = Market.load(HOME / "meta")
    report = pack([tmp_path / "acme.csv"], acme.name, "NIFTY", tmp_path, market)
    assert (report.rows_in, report.packed, report.total("dropped")) == (4, 3, {"bad_value": 1})
    call = pl.read_parquet(tmp_path / "packed/options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11800.parquet")
    assert call.select("close", "vol_delta", "bid", "ask").rows() == [
        (101.5, 150, 101.4, 101.6), (None, 0, 101.45, 101.55), (102.05, 225, 102.0, None),
    ]  # fmt: skip
    assert [f"{stamp:%H:%M:%S}" for stamp in call["timestamp"]] == ["09:15:01", "09:15:04", "09:15:09"]
    bank = pack([tmp_path / "acme.csv"], acme.name, "BANKNIFTY", tmp_path, market)
    assert (bank.rows_in, bank.packed) == (1, 1)


def test_the_vendor_of_the_page_explains_itself_and_is_found(tmp_path: Path, acme: Layout) -> None:
    (tmp_path / "acme.csv").write_text(block("csv"))
    assert decide(RawFile(tmp_path / "acme.csv"), "NIFTY", Market.load(HOME / "meta")) == "acme_csv"
    assert "qty: units of the row" in next(described(acme.name))
