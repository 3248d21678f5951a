from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import DataError
from nfops.report import SweepFolder, write_report
from tests.sweep_folder import make_sweep

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """What a browser and a screen reader find on the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.tables: list[dict[str, int]] = []
        self.unnamed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.fetched += [found[name] or "" for name in ("src", "href", "xlink:href", "data") if name in found]
        if tag == "table":
            self.tables.append({"caption": 0, "column": 0, "row": 0})
        if self.tables and (tag == "caption" or "scope" in found):
            kind = {"col": "column", "row": "row"}.get(found.get("scope") or "", "caption")
            self.tables[-1][kind] += 1
        if (tag == "svg" or found.get("tabindex") == "0") and not found.get("aria-label"):
            self.unnamed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(make_sweep(tmp_path_factory.mktemp("report") / "sweep"))


def test_the_page_is_whole_and_fetches_nothing(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert all(link.startswith(("#", "data:")) for link in page.fetched)
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "<script src" not in text


def test_names_are_unique_and_links_lead_somewhere(written: Path) -> None:
    page = Page(written.read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.fetched if link.startswith("#")} <= set(page.ids)


def test_tables_and_pictures_can_be_read_aloud(written: Path) -> None:
    page = Page(written.read_text(encoding="utf-8"))
    assert len(page.tables) >= 8
    assert all(table["caption"] == 1 and table["column"] >= 2 for table in page.tables)
    assert sum(table["row"] == 0 for table in page.tables) == 1  # the blotter, which its script fills
    assert page.unnamed == []


def test_words_of_the_data_are_never_markup(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "DataError: &lt;spot&gt; has no row" in text
    assert "This market is &lt;simulated&gt;." in text


def test_the_page_says_what_must_not_be_missed(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    folder = SweepFolder.read(written.parent)
    best = folder.ranked["trial_id"][0]
    for words in (
        f"is trial {best}:",
        "looks better than it is",
        "2024-01-10",
        "no option row is packed",
        folder.summary["data_hash"],
        folder.summary["code"]["git_commit"] + " with changes that are not committed",
        "stop_pct",
    ):
        assert words in text, words


def test_figures_stand_beside_the_page(written: Path) -> None:
    pictures = sorted((written.parent / "figures").iterdir())
    assert [picture.name for picture in pictures] == [
        "bands.png",
        "curves.png",
        "days.png",
        "heatmap.png",
        "spread.png",
    ]
    assert all(picture.read_bytes().startswith(b"\x89PNG\r\n") for picture in pictures)


@pytest.mark.slow
def test_the_same_sweep_gives_the_same_page(written: Path, tmp_path: Path) -> None:
    again = write_report(written.parent, tmp_path / "again.html")
    assert again.read_bytes() == written.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("axes", "picture"), [({}, None), ({"strategy.exit.stop_pct": [10, 20, None]}, "profile.png")])
def test_sweeps_of_few_axes(tmp_path: Path, axes: dict[str, list[object]], picture: str | None) -> None:
    page = write_report(make_sweep(tmp_path / "sweep", axes=axes, days=6, status="ok"), tmp_path / "page.html")
    Page(page.read_text(encoding="utf-8"))
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {"curves.png", "days.png", "spread.png"} | ({picture} if picture else set())


@pytest.mark.slow
def test_a_page_of_many_trials_stays_small_and_says_what_stands_for_the_others(tmp_path: Path) -> None:
    axes = {"strategy.x": list(range(1, 101)), "strategy.y": list(range(1, 201))}
    page = write_report(make_sweep(tmp_path / "sweep", axes=axes, days=5))
    text = page.read_text(encoding="utf-8")
    assert "are those of 2,000 trials in equal steps of their rank" in text
    assert "The best 20 of 20,000 trials" in text
    # 25 bytes a trial in base64, and figures whose size does not depend on the number of trials
    assert page.stat().st_size < 20_000 * 25 * 4 / 3 + 500_000


@pytest.mark.slow
def test_a_sweep_without_recorded_fills(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", days=6)
    pl.DataFrame().write_parquet(path / "fills.parquet")
    assert "No fills of this trial were recorded" in write_report(path).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_sweep_in_which_nothing_traded(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", axes={"fills": ["last", "quote"]}, days=6)
    undefined = ("sharpe", "sortino", "calmar", "win_rate", "profit_factor", "skew", "kurtosis", "cost_share")
    trials = pl.read_parquet(path / "trials.parquet")
    trials.with_columns(pl.lit(None, pl.Float64).alias(name) for name in undefined).write_parquet(
        path / "trials.parquet"
    )
    assert "nothing was traded" in write_report(path).read_text(encoding="utf-8")


def test_a_sweep_without_a_result_is_refused(tmp_path: Path) -> None:
    path = make_sweep(tmp_path / "sweep", days=6)
    pl.read_parquet(path / "daily.parquet").clear().write_parquet(path / "daily.parquet")
    with pytest.raises(DataError, match="has no day with a result that counts"):
        write_report(path)
