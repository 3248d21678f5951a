"""What the page carries for its own scripts: all trials for the map of any two axes, and the fills for the blotter."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from markupsafe import Markup

from nfops.metrics import OBJECTIVES
from nfops.report.folder import value_text
from nfops.report.neighbours import Surroundings
from nfops.report.tables import CHARGES
from nfops.report.words import short

TRIALS: Final = 200_000
"""Trials a page carries; of more, as many in equal steps of their number, and the best."""

FILLS: Final = 20_000
"""Fills a page carries, the last ones."""

SHOWN: Final = ("total", "sharpe", "max_drawdown")
"""Metrics of the map besides the objective."""


def trial_map(around: Surroundings) -> dict[str, Any] | None:
    """Pack place, metrics and plateau of all trials, best first, as little-endian numbers in base64.

    Returns
    -------
    dict or None
        ``axes`` (name, texts of the values, u2 places of the trials), ``metrics`` (f4 values), ``trials`` (i4),
        ``plateau`` (u1); None with fewer than two axes.
    """
    folder = around.folder
    if len(folder.axes) < 2:
        return None
    height = folder.ranked.height
    kept = np.unique(np.linspace(0, height - 1, min(height, TRIALS)).astype(np.int64))
    names = dict.fromkeys((folder.objective.name, *SHOWN))
    return {
        "axes": [
            {"name": short(axis), "values": [value_text(v) for v in values], "places": packed(places[kept], "<u2")}
            for (axis, values), places in zip(around.values.items(), around.places.T, strict=True)
        ],
        "metrics": [
            {
                "label": OBJECTIVES[name].label,
                "unit": OBJECTIVES[name].unit,
                "maximise": OBJECTIVES[name].maximise,
                "values": packed(folder.ranked[name].cast(pl.Float64).fill_null(np.nan).to_numpy()[kept], "<f4"),
            }
            for name in names
        ],
        "trials": packed(folder.ranked["trial_id"].to_numpy()[kept], "<i4"),
        "plateau": packed(around.plateau[kept], "u1"),
        "left_out": height - len(kept),
    }


def blotter_rows(fills: pl.DataFrame) -> dict[str, Any]:
    """Pack the fills of one trial by column; words that repeat stand once, in ``words``."""
    shown = fills.tail(FILLS)
    contract = pl.concat_str(
        [pl.col(name).cast(pl.String) for name in ("symbol", "expiry", "strike", "right")], separator=" ",
        ignore_nulls=True,
    )  # fmt: skip
    texts = shown.select(
        pl.concat_str(pl.col("date").dt.strftime("%a "), pl.col("date").cast(pl.String)).alias("day"),
        pl.col("reason").str.replace_all("_", " "), "right", contract.alias("contract"), "time",
    )  # fmt: skip
    words = {name: texts[name].unique(maintain_order=True).to_list() for name in texts.columns}
    numbers = shown.select(
        "side", "lots", "lot_size", "price_paise", "age_s", pl.sum_horizontal(*CHARGES).alias("charges_paise")
    )
    return {
        "words": words,
        "codes": {
            name: texts[name].replace_strict(known, list(range(len(known))), return_dtype=pl.Int64).to_list()
            for name, known in words.items()
        },
        "numbers": {name: numbers[name].to_list() for name in numbers.columns},
        "left_out": len(fills) - len(shown),
    }


def packed(values: npt.NDArray[Any], kind: str) -> str:
    """Write numbers as base64 of their bytes."""
    return base64.b64encode(np.ascontiguousarray(values.astype(kind)).tobytes()).decode("ascii")


def script_json(content: Any) -> Markup:
    """Write data for a script element; nothing in it can end the element."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704
