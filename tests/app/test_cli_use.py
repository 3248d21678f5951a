"""Every command teaches by an example, and wrong use ends with 2 and one message that names the choices."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from nfops.packing import LAYOUTS
from sweeps import cli, ui
from sweeps.cli import app
from tests.unit.packing.raw import at, ticks

INDICES = "NIFTY, BANKNIFTY, FINNIFTY, MIDCPNIFTY, SENSEX, BANKEX"
WEEK = ("--start", "2024-01-01", "--end", "2024-01-05")
COMMANDS = (
    ("demo",),
    ("pack",),
    ("verify",),
    ("bars",),
    ("synth",),
    ("cache", "build"),
    ("cache", "info"),
    ("cache", "purge"),
    ("cache", "archive"),
    ("cache", "restore"),
    ("calendar", "compare"),
    ("champion", "set"),
    ("champion", "list"),
    ("champion", "run"),
    ("ledger",),
    ("report",),
    ("compare",),
    ("lookahead",),
    ("strategies",),
    ("status",),
    ("resume",),
    ("retry",),
    ("cancel",),
    ("record",),
    ("ui",),
    ("doctor",),
)

Nfops = Callable[..., tuple[int, str]]


@pytest.fixture
def nfops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Nfops:
    """Call the command in an empty folder; give the exit code and everything it printed, in one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("NFOPS_DATA_ROOT", raising=False)

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["nfops", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capfd.readouterr()
        return int(left.value.code or 0), " ".join((captured.out + captured.err).split())

    return call


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_holds_an_example_that_it_understands(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    begin = "Example: nfops " + " ".join(words)
    (example,) = [line.strip() for line in told.output.splitlines() if line.strip().startswith(begin)]
    # Asked for help at the end, the command reads the options of its own example and does nothing.
    again = CliRunner().invoke(app, [*example.removeprefix("Example: nfops ").split(), "--help"])
    assert (again.exit_code, again.exception) == (0, None)


def test_no_command_is_left_out_here() -> None:
    def names(of: Typer) -> set[str]:
        called = {command.name or str(getattr(command.callback, "__name__", "")) for command in of.registered_commands}
        return called | {str(group.name) for group in of.registered_groups}

    assert names(app) == {words[0] for words in COMMANDS} | {"sweep", "walkforward"}
    for group, of in (("cache", cli.cache_app), ("calendar", cli.calendar_app), ("champion", cli.champion_app)):
        assert names(of) == {words[1] for words in COMMANDS if len(words) == 2 and words[0] == group}


def test_the_help_of_a_sweep_holds_an_example_and_the_groups(nfops: Nfops) -> None:
    code, told = nfops("sweep", "--help")
    assert code == 0
    assert "nfops sweep -m symbol=NIFTY" in told
    for group in ("strategy: ", "costs: flat, india, zero", "fills: last, quote", "executor: local, ray"):
        assert group in told


def test_the_list_shows_every_layout(nfops: Nfops) -> None:
    code, told = nfops("pack", "--list")
    assert code == 0
    assert len(LAYOUTS) >= 5
    for layout in LAYOUTS.values():
        assert layout.name in told
        assert layout.kind in told


def test_a_file_that_cannot_be_read_is_a_finding_for_strict_packing_only(nfops: Nfops, tmp_path: Path) -> None:
    words = ("pack", "raw", "--layout", "nfopslab", "--symbol", "NIFTY", "--workers", "1")
    ticks(tmp_path / "raw" / "nifty1953011800ce.parquet", [{"timestamp": at("2019-05-20 09:15:10"), "symbol": "NIFTY"}])
    assert nfops(*words, "--strict")[0] == 0
    (tmp_path / "raw" / "nifty19530oops.parquet").write_bytes(b"PAR1")
    code, told = nfops(*words)
    assert code == 0
    assert "nifty19530oops.parquet: misnamed_file" in told
    code, told = nfops(*words, "--data", "again", "--strict")
    assert code == 1
    assert "1 packed files written" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "Usage: nfops"),
        (("pakc",), "No such command 'pakc'"),
        (("pack", "--layuot", "nfopslab"), "No such option: --layuot"),
        (("pack",), "pack wants SRC..., --layout and --symbol; nfops pack --list shows the layouts"),
        (("pack", "raw"), "pack wants SRC..., --layout and --symbol"),
        (("pack", "raw", "--layout", "nfopslab", "--symbol", "NIFTY"), "raw does not exist and matches no file"),
        (("pack", "raw", "--layout", "nfopslab", "--symbol", "NIFTI"), f"'NIFTI' is no known index; known: {INDICES}"),
        (("pack", "raw", "--layout", "csv", "--symbol", "NIFTY"), f"'csv' is no layout; known: {', '.join(LAYOUTS)}"),
        (("verify",), "nothing of any index is packed under data"),
        (("verify", "--symbol", "NIFTI"), f"'NIFTI' is no known index; known: {INDICES}"),
        (("bars", "--symbol", "NIFTY"), "no spot, futures of NIFTY is packed under data"),
        (("bars", "--symbol", "NIFTY", "--interval", "1w"), "such as 1m or 15m; got '1w'"),
        (("bars", "--symbol", "NIFTY", "--kind", "stocks"), "'stocks' is none of spot, futures, options"),
        (("synth", *WEEK, "--out", "raw"), "Missing option '--symbol'"),
        (("synth", "--symbol", "NIFTI", *WEEK, "--out", "raw"), f"'NIFTI' is no known index; known: {INDICES}"),
        (("synth", "--symbol", "NIFTY", "--start", "1/1/2024", "--end", "2024-01-05", "--out", "raw"), "'%Y-%m-%d'"),
        (
            ("synth", "--symbol", "NIFTY", "--start", "2024-01-05", "--end", "2024-01-01", "--out", "raw"),
            "no trading day lies between 2024-01-05 and 2024-01-01",
        ),
        (("cache", "info", "--symbol", "NIFTI", *WEEK), f"'NIFTI' is no known index; known: {INDICES}"),
        (("cache", "build", "--symbol", "NIFTI", *WEEK), f"'NIFTI' is no known index; known: {INDICES}"),
        (("cache", "purge", "--symbol", "NIFTI", *WEEK), f"'NIFTI' is no known index; known: {INDICES}"),
        (("cache", "info", "--symbol", "NIFTY", "--start", "2024-13-01", "--end", "2024-12-31"), "'%Y-%m-%d'"),
        (
            ("cache", "build", "--symbol", "NIFTY", "--start", "2024-01-06", "--end", "2024-01-07"),
            "no trading day lies between 2024-01-06 and 2024-01-07",
        ),
        (("demo", "--days", "1"), "greater than or equal to 2"),
        (("demo", "--symbol", "NIFTI"), f"'NIFTI' is no known index; known: {INDICES}"),
        (("report", "nowhere"), "nowhere is no sweep: it has no sweep.json; sweeps are under data/sweeps/"),
        (("report",), "Missing argument"),
        (("calendar", "compare", "nowhere.csv"), "does not exist"),
        (("ui", "--port", "80"), "greater than or equal to 1024"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_ends_with_2_and_says_what_is_right(
    nfops: Nfops, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    code, printed = nfops(*words)
    assert code == 2
    assert told in printed.replace("│ ", "")
    assert "Traceback" not in printed
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_all_faults_of_a_packing_are_in_one_message(nfops: Nfops) -> None:
    code, told = nfops("pack", "raw", "--layout", "csv", "--symbol", "NIFTI")
    assert code == 2
    assert told.count("nothing was packed:") == 1
    for part in ("'csv' is no layout", "'NIFTI' is no known index"):
        assert part in told


def test_a_cache_without_data_says_so_and_holds_nothing(nfops: Nfops, tmp_path: Path) -> None:
    code, told = nfops("cache", "info", "--symbol", "NIFTY", "--start", "2024-01-01", "--end", "2024-02-29")
    assert code == 0
    # 22 trading days in January, the Saturday of the 20th included, and 21 in February; nothing packed, nothing cached.
    assert "202401 22 0 0 0" in told
    assert "202402 21 0 0 0" in told
    assert nfops("cache", "purge", "--symbol", "NIFTY", *WEEK) == (0, "freed 0.0 MB")
    assert nfops("cache", "build", "--symbol", "NIFTY", *WEEK) == (
        1,
        "0 of 5 trading days are cached 5 missing: no option row is packed",
    )
    assert list(tmp_path.iterdir()) == []


def test_the_data_root_may_come_from_the_environment(
    nfops: Nfops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NFOPS_DATA_ROOT", str(tmp_path / "elsewhere"))
    assert f"{tmp_path / 'elsewhere'}," in nfops("doctor")[1]
    assert f"{tmp_path / 'here'}," in nfops("doctor", "--data", "here")[1]


def test_the_doctor_looks_at_everything_that_matters(nfops: Nfops) -> None:
    code, told = nfops("doctor")
    assert code in {0, 1}
    for what in (
        "Python",
        "cores",
        "memory",
        "shared memory free",
        "byte-code of ray",
        "data root",
        "port of nfops ui",
    ):
        assert what in told
    for tool in ("ray", "polars", "numba", "hydra-core", "mlflow"):
        assert tool in told


def test_too_little_shared_memory_is_a_finding_with_its_cure(nfops: Nfops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweeps.doctor.STORE_GB", 1e9)
    code, told = nfops("doctor")
    assert code == 1
    assert "--shm-size=4g" in told


def test_an_interrupt_ends_with_130(nfops: Nfops, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ui, "serve", interrupted)
    assert nfops("ui")[0] == 130
