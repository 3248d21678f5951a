"""The page in a real browser: nothing on the console, nothing fetched, and its scripts do what they say."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from nfops.report import SweepFolder, write_report
from tests.browser import Seen, browser, visit
from tests.sweep_folder import make_sweep

pytestmark = pytest.mark.slow

TIMES = 44
"""Copies of the 232 fills of the best trial: 10,208 rows."""

CHOOSE = """
(() => {{
  const select = document.querySelector("#{home} select[name={name}]");
  select.value = [...select.options].find((option) => option.text === "{text}").value;
  select.dispatchEvent(new Event("change"));
  return document.querySelector("#{home} output").textContent;
}})()
"""


def choose(home: str, name: str, text: str) -> str:
    return CHOOSE.format(home=home, name=name, text=text)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    browser()
    path = make_sweep(tmp_path_factory.mktemp("page") / "sweep", days=60)
    fills = pl.read_parquet(path / "fills.parquet")
    best = int(SweepFolder.read(path).ranked["trial_id"][0])
    mine = pl.concat([fills.filter(pl.col("trial_id") == best)] * TIMES).sort("date", maintain_order=True)
    pl.concat([fills.filter(pl.col("trial_id") != best), mine]).write_parquet(path / "fills.parquet")
    return write_report(path)


def opened(page: Path, *scripts: str) -> Seen:
    seen = visit(page.as_uri(), scripts)
    assert seen.errors == []
    assert seen.fetched == [page.as_uri()]
    return seen


def test_nothing_is_wrong_and_nothing_is_fetched(page: Path) -> None:
    seen = opened(page, "document.title", "document.querySelectorAll('table').length")
    assert seen.answers[0].startswith("short straddle on NIFTY")
    assert seen.answers[1] >= 12


def test_the_policy_of_the_page_stops_what_would_be_fetched(page: Path) -> None:
    """The check above can fail: an image from elsewhere is refused, and the refusal is seen."""
    script = (
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; new Promise((r) => { i.onerror = () => r(1); })"
    )
    assert any("Content Security Policy" in error for error in visit(page.as_uri(), [script]).errors)


def test_the_map_shows_any_two_axes(page: Path) -> None:
    folder = SweepFolder.read(page.parent)
    best = folder.ranked.row(0, named=True)
    seen = opened(
        page,
        "document.querySelector('#map output').textContent",
        choose("map", "down", "exit.target_pct"),
        choose("map", "metric", "total net"),
        choose("map", "others", "median over them"),
        choose("map", "across", "exit.target_pct"),  # both the same: they change places
        "document.querySelector('#map .range').textContent",
    )
    setting = f"entry.at {best['strategy.entry.at']}, exit.stop_pct {best['strategy.exit.stop_pct']}"
    assert seen.answers[0] == f"Best: {setting}: Sharpe ratio {best['sharpe']:.2f}, trial {best['trial_id']}"
    assert seen.answers[1].startswith(f"Best: exit.target_pct off, exit.stop_pct {best['strategy.exit.stop_pct']}: ")
    same = pl.col("strategy.exit.stop_pct") == best["strategy.exit.stop_pct"]
    cell = folder.trials.filter(pl.col("strategy.exit.target_pct").is_null() & same)["total"]
    middle, count = round(float(cell.median())), len(cell)  # type: ignore[arg-type]
    assert seen.answers[2].endswith(f"total net ₹{round(best['total']):,}, trial {best['trial_id']}")
    assert seen.answers[3].replace(",", "").endswith(f"total net ₹{middle} {count} sets")
    assert seen.answers[5].startswith("exit.stop_pct down, exit.target_pct across; total net from ")


def test_axes_of_a_thousand_values_share_cells(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", axes={"strategy.x": [1, 2], "strategy.y": list(range(1_000))}, days=4)
    best = SweepFolder.read(path).ranked.row(0, named=True)
    seen = opened(
        write_report(path),
        "document.querySelector('#map output').textContent",
        "document.querySelector('#map .range').textContent",
    )
    # Five values a cell: the best stands in the one that begins with a multiple of five.
    place = f"x {best['strategy.x']}, y {best['strategy.y'] // 5 * 5} and on"
    assert seen.answers[0].startswith(f"Best: {place}: Sharpe ratio ")
    assert seen.answers[0].endswith(", 5 sets")
    assert seen.answers[1].endswith("of 400 cells hold a set on the plateau")


def test_ten_thousand_fills_are_filtered_at_once(page: Path) -> None:
    folder = SweepFolder.read(page.parent)
    fills = folder.fills_of(int(folder.ranked["trial_id"][0]))
    assert len(fills) > 10_000
    timed = (
        "(() => {{ const began = performance.now(); const said = {}; return [said, performance.now() - began]; }})()"
    )
    seen = opened(
        page,
        timed.format(choose("fills", "reason", "target").strip()),
        choose("fills", "right", "PE"),
        choose("fills", "day", "Mon 2024-01-01"),
        "[...document.querySelectorAll('#fills tbody tr')].map((row) => row.cells[4].textContent)",
        choose("fills", "day", "every day"),
        "document.querySelector('#fills [name=on]').click(); document.querySelector('#fills output').textContent",
    )
    target = fills.filter(pl.col("reason") == "target")
    said, milliseconds = seen.answers[0]
    assert said.startswith(f"{len(target):,} of {len(fills):,} fills on {target['date'].n_unique()} days")
    assert milliseconds < 1_000
    puts = target.filter(pl.col("right") == "PE")
    assert seen.answers[1].startswith(f"{len(puts):,} of ")
    assert seen.answers[2].startswith(f"{TIMES} of ")
    assert seen.answers[3] == ["NIFTY 2024-01-04 21500 PE"] * TIMES
    assert f"201 to {min(400, len(puts))} shown" in seen.answers[5]


def test_words_of_the_data_cannot_leave_their_script(page: Path, tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", axes={"fills": ["last", "quote"], "strategy.x": [1, 2]}, days=6)
    fills = pl.read_parquet(path / "fills.parquet")
    nasty = "</script><script>window.broken = 1</script>"
    fills.with_columns(symbol=pl.lit(nasty)).write_parquet(path / "fills.parquet")
    written = write_report(path, tmp_path / "nasty.html")
    seen = opened(written, "window.broken", "document.querySelector('#fills tbody td:nth-child(5)').textContent")
    assert seen.answers[0] is None
    assert seen.answers[1].startswith(nasty)
    assert json.dumps(nasty) not in written.read_text(encoding="utf-8")
    assert page.is_file()
