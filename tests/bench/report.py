"""The report of a run: tables for the terminal and for docs/benchmarks, a picture, and the numbers as JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.board import Board

TOOLS: Final = ("numpy", "numba", "polars", "pyarrow", "pandas", "ray")
HEAD: Final = ("contender", "rate", "ratio", "from", "to", "of the floor")
COLOURS: Final = {"nfops": "#2b7de9", "floor": "#1f9d8a", "": "#8a929c"}


def machine() -> dict[str, Any]:
    """Say what this was measured on, without any name that somebody gave the machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count() or 1,
        "load": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        **{tool: version(tool) for tool in TOOLS},
    }


def name_of(about: dict[str, Any], date: dt.date) -> str:
    """Name the files of a run by model and number of cores, and date."""
    plain = re.sub(r"\((r|tm)\)|\bcpu\b|processor", " ", str(about["cpu"]), flags=re.IGNORECASE)
    words = re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-")
    return f"{words}-{about['cores']}-cores-{date}"


def show(boards: Sequence[Board], terminal: Console) -> None:
    """Print all tables and what became of the targets."""
    for board in boards:
        table = Table(*_head(board), title=f"{board.title}: {board.unit}", title_justify="left", box=box.SIMPLE_HEAD)
        for row in _rows(board):
            table.add_row(*row)
        terminal.print(table)
        for note in board.notes:
            terminal.print(f"  {note}", highlight=False, soft_wrap=True)
    for target in [target for board in boards for target in board.targets]:
        terminal.print(target.verdict, style="green" if target.met else "yellow", highlight=False, soft_wrap=True)


def write(boards: Sequence[Board], folder: Path, about: dict[str, Any], date: dt.date) -> Path:
    """Write the table, the picture and the numbers; give the page."""
    folder.mkdir(parents=True, exist_ok=True)
    name = name_of(about, date)
    content = {"date": str(date), "machine": about, "boards": [asdict(board) for board in boards]}
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    _picture(boards, folder / f"{name}.png")
    page = folder / f"{name}.md"
    page.write_text("\n".join(_page(boards, name, about, date)) + "\n", encoding="utf-8")
    return page


def _head(board: Board) -> tuple[str, ...]:
    return HEAD if board.floor else HEAD[:-1]


def _rows(board: Board) -> list[tuple[str, ...]]:
    return [
        (
            name,
            f"{of.rate:,.0f}" if of.rate >= 100 else f"{of.rate:.3g}",
            f"{of.ratio:.3g}",
            f"{of.low:.3g}",
            f"{of.high:.3g}",
            *([] if (part := board.of_floor(name)) is None else [f"{part:.2g}"]),
        )
        for name, of in board.rates.items()
    ]


def _page(boards: Sequence[Board], name: str, about: dict[str, Any], date: dt.date) -> list[str]:
    tools = ", ".join(f"{tool} {about[tool]}" for tool in ("python", *TOOLS))
    lines = [
        f"# {about['cpu']}, {about['cores']} cores, {date}",
        "",
        f"{tools}. Load as the run ended: {', '.join(map(str, about['load']))}. [How to read this](README.md).",
        "",
        f"![Ratios to the baselines]({name}.png)",
    ]
    for board in boards:
        lines += ["", f"## {board.title}", "", f"Rates are {board.unit}; the first row is the baseline.", ""]
        head = _head(board)
        lines += ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in _rows(board)]
        lines += ["", *(f"- {note}" for note in board.notes)] if board.notes else []
    lines += ["", "## Targets", ""]
    return [*lines, *(f"- {target.verdict}" for board in boards for target in board.targets)]


def _picture(boards: Sequence[Board], path: Path) -> None:
    heights = [len(board.rates) for board in boards]
    figure = Figure(figsize=(9, 0.32 * sum(heights) + 0.75 * len(boards)), layout="constrained")
    places = figure.subplots(len(boards), 1, height_ratios=heights, squeeze=False)[:, 0]
    for board, axes in zip(boards, places, strict=True):
        names, of = list(board.rates), list(board.rates.values())
        ratios = [rate.ratio for rate in of]
        kinds = [next((kind for kind in ("nfops", "floor") if name.startswith(kind)), "") for name in names]
        spread = [[rate.ratio - rate.low for rate in of], [rate.high - rate.ratio for rate in of]]
        axes.barh(names, ratios, xerr=spread, color=[COLOURS[kind] for kind in kinds], ecolor="#30343a", height=0.7)
        axes.set_xscale("log")
        axes.axvline(1, color="#30343a", linewidth=0.8)
        axes.invert_yaxis()
        axes.set_title(board.title, loc="left", fontsize=10)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    places[-1].set_xlabel("times the baseline, the first row of each part", fontsize=8)
    figure.savefig(path, dpi=110)
