from __future__ import annotations

from pathlib import Path

import pytest

from nfops.report import SweepFolder, words
from nfops.report.folder import value_text
from tests.sweep_folder import make_sweep


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 0, "₹0"),
        (950.4, 0, "₹950"),
        (1234, 0, "₹1,234"),
        (123456, 0, "₹1,23,456"),
        (1234567.891, 2, "₹12,34,567.89"),
        (120000000, 0, "₹12,00,00,000"),
        (-50, 0, "\N{MINUS SIGN}₹50"),
        (-0.2, 0, "₹0"),
        (-0.2, 2, "\N{MINUS SIGN}₹0.20"),
        (None, 0, "\N{EN DASH}"),
    ],
)
def test_rupees_are_grouped_by_lakh_and_crore(amount: float | None, decimals: int, text: str) -> None:
    assert words.rupees(amount, decimals) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sharpe", -1.234, "\N{MINUS SIGN}1.23"),
        ("total", 1500.0, "₹1,500"),
        ("win_rate", 0.625, "62 %"),
        ("n_trades", 1200, "1,200"),
        ("calmar", None, "\N{EN DASH}"),
    ],
)
def test_a_metric_is_written_in_its_unit(name: str, value: float | None, text: str) -> None:
    assert words.metric(name, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "off"), (12.5, "12.5"), (30.0, "30"), (1e7, "10000000"), (True, "true"), ("10:00", "10:00")],
)
def test_a_parameter_reads_as_on_the_command_line(value: object, text: str) -> None:
    assert value_text(value) == text


def test_the_verdict_names_the_best_and_what_it_was_chosen_from(tmp_path: Path) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep"))
    best = folder.trials.drop_nulls("sharpe").sort("sharpe", descending=True).row(0, named=True)
    first, crowd = words.verdict(folder)
    assert first.startswith("Of 36 sets of parameters tried, the best by Sharpe ratio is trial ")
    assert f"trial {best['trial_id']}: entry.at {best['strategy.entry.at']}" in first
    assert "27 days" in first  # 30 asked for, less one missing, one failed, one incomplete
    winners = sum(total > 0 for total in folder.trials["total"])
    assert crowd.startswith(f"{winners} of the 36 sets made money after costs; the median set ")


def test_the_caution_says_how_many_were_tried_and_what_is_missing(tmp_path: Path) -> None:
    said = " ".join(words.caution(SweepFolder.read(make_sweep(tmp_path / "sweep"))))
    assert "The best of 36 tries on the same 27 days looks better than it is" in said
    assert "2 trading days of the span gave no result" in said


def test_the_error_of_a_sharpe_ratio_follows_lo(tmp_path: Path) -> None:
    # Lo (2002): for the ratio s of a day, sqrt((1 + s**2 / 2) / D); a year has 252 days.
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep"))
    yearly = folder.ranked["sharpe"][0]
    error = ((1 + (yearly / 252**0.5) ** 2 / 2) / 27) ** 0.5 * 252**0.5
    assert f"about ±{error:.1f} by chance" in words.caution(folder)[1]


def test_a_single_trial_is_not_called_the_best_of_many(tmp_path: Path) -> None:
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", axes={}, days=9, status="ok"))
    assert len(words.verdict(folder)) == 1
    assert "the only set of parameters" in words.verdict(folder)[0]
    assert not any("best of" in sentence for sentence in words.caution(folder))
