"""Whether nfops became slower: ratios of a short run against committed ones.

Only ratios within a run are compared, so the speed and the load of the machine hardly matter. A ratio falls short when
it is below half of the committed one; half, because on a busy machine ratios move by a third.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench.board import Board

COMMITTED: Final = Path(__file__).parent / "ratios.json"
LEAST: Final = 0.5
OURS: Final = "nfops"

Ratios = Mapping[str, Mapping[str, float]]


def ratios(boards: Sequence[Board]) -> dict[str, dict[str, float]]:
    """Median ratio of each contender of ours, by board."""
    return {
        board.key: {name: float(f"{of.ratio:.3g}") for name, of in board.rates.items() if name.startswith(OURS)}
        for board in boards
    }


def shortfalls(found: Ratios, committed: Ratios) -> list[str]:
    """Say which ratios fell short; one that is committed and was not measured did, too."""
    faults = []
    for board, wanted in committed.items():
        for name, ratio in wanted.items():
            now = found.get(board, {}).get(name)
            if now is None:
                faults.append(f"{board}: {name} was not measured")
            elif now < LEAST * ratio:
                faults.append(f"{board}: {name} has ratio {now:.3g}, less than half of {ratio:.3g}")
    return faults


def read(path: Path = COMMITTED) -> Ratios:
    """Read the committed ratios."""
    content: Ratios = json.loads(path.read_text(encoding="utf-8"))
    return content


def write(found: Ratios, path: Path = COMMITTED) -> None:
    """Commit to these ratios from now on."""
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
