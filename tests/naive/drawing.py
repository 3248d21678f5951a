"""Random parameter sets of a strategy: every parameter, every rule on and off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nfops.market import Session
from nfops.params import WEEKDAYS, ParamBlock, Value
from nfops.strategies import Strategy
from nfops.types import sealed

MEASURES = ("premium", "delta", "pct", "otm", "offset")

RULES: dict[str, Callable[[np.random.Generator], Value]] = {
    "leg_stop_pct": lambda rng: int(rng.integers(0, 120)) / 4,
    "leg_target_pct": lambda rng: int(rng.integers(0, 120)) / 4,
    "stop_pct": lambda rng: int(rng.integers(0, 80)) / 4,
    "stop_pts": lambda rng: int(rng.integers(0, 60)) / 2,
    "target_pct": lambda rng: int(rng.integers(0, 80)) / 4,
    "target_pts": lambda rng: int(rng.integers(0, 60)) / 2,
    "trail_pts": lambda rng: int(rng.integers(0, 40)) / 4,
    "trail_after_pts": lambda rng: int(rng.integers(0, 20)) / 2,
    "trail_pct": lambda rng: int(rng.integers(0, 40)) / 4,
    "trail_after_pct": lambda rng: int(rng.integers(0, 20)) / 2,
    "hold_s": lambda rng: int(rng.choice([0, 1, 60, 900, 5000])),
    "drop_s": lambda rng: int(rng.choice([1, 2, 5, 60])),
    "day_stop_pts": lambda rng: int(rng.integers(0, 60)) / 2,
    "day_target_pts": lambda rng: int(rng.integers(0, 60)) / 2,
}
"""Exit rules that may be off, with values that markets of an hour can reach."""


def draw(strategy: Strategy, session: Session, seed: list[int], count: int) -> ParamBlock:
    """Draw a block of parameter sets."""
    rng, sieve, apart = (np.random.default_rng(one) for one in (seed, [*seed, 1], [*seed, 2]))
    rows = []
    for _ in range(count):
        wanted = {**_run(rng), **_legs(rng), **_exits(rng, session), **_entry(rng, session), **_hedge(rng, strategy)}
        rows.append(strategy.schema.row({**wanted, **_leaning(sieve), **_filters(sieve, session), **_margin(apart)}))
    return ParamBlock(strategy.schema, sealed(np.array(rows, np.int64)))


def _run(rng: np.random.Generator) -> dict[str, Value]:
    """How fills are made, counted and charged."""
    return {
        "strategy.expiry": _one(rng, *["0"] * 16, *["1"] * 2, "monthly", "2"),
        "strategy.lots": int(rng.integers(1, 6)),
        "strategy.max_entries": _one(rng, *[None] * 6, 1, 3, 0),
        "fills": _one(rng, "last", "quote"),
        "fills.slippage_ticks": _one(rng, 0, 0, 1, 1, 2, 12),
        "fills.latency_s": _one(rng, 0, 0, 1, 1, 7, 7, 200),
        "fills.max_age_s": _one(rng, 0, 5, 60, 60, *[300] * 4, *[1000] * 4, 86_400),
        "data.use_incomplete": _one(rng, True, False),
        "data.allow_coarse": _one(rng, True, False),
        "data.allow_legacy_close": _one(rng, True, False),
        "costs": _one(rng, "india", "india", "zero", "flat"),
        "costs.ipft_in_gst": _one(rng, True, False),
        "costs.flat_rupees": int(rng.integers(0, 4000)) / 100,
    }


def _margin(rng: np.random.Generator) -> dict[str, Value]:
    """How capital is counted."""
    return {
        "margin": _one(rng, "estimate", "estimate", "estimate", "fixed"),
        "margin.span_pct": _one(rng, None, None, 0, 0.25, 4, 50),
        "margin.fixed_rupees": int(rng.integers(1, 10**9)) / 100 + 1,
    }


def _entry(rng: np.random.Generator, session: Session) -> dict[str, Value]:
    """What entry rules ask for, so that markets of an hour often give it."""
    values = {
        "at": _clock(rng, session),
        "anchors": [_clock(rng, session) for _ in range(int(rng.integers(1, 6)))],
        "threshold": _one(rng, 0, 0, 0.0001, 0.0004, 0.02, 0.1),
        "rv_s": _one(rng, 30, 300, 2700),
        "rv_step_s": _one(rng, 1, 7, 60, 300),
        "range_s": _one(rng, 60, 300, 900),
        "until": _clock(rng, session),
        "from": _clock(rng, session),
        "multiplier": _one(rng, 0.5, 1, 1.5, 3),
        "burst_s": _one(rng, 10, 30, 200),
        "base_s": _one(rng, 20, 60, 300),
        "threshold_pts": _one(rng, None, 0, 1, 2.5, 5),
        "short_s": _one(rng, 1, 3, 10),
        "vol_mult": _one(rng, 0.5, 1.05, 3),
        "mult": _one(rng, 0.5, 1, 2),
        "lookback": _one(rng, 1, 2, 5),
        "beta": _one(rng, 0, 1, 1.5),
        "lookback_d": _one(rng, 5, 10, 20, 50),
        "z_in": _one(rng, 0, 0, 0.25, 1),
    }
    return {f"strategy.entry.{name}": value for name, value in values.items()}


def _filters(rng: np.random.Generator, session: Session) -> dict[str, Value]:
    """One set in three is filtered, by one or two filters that let some entries of these markets pass."""
    kinds: list[dict[str, Value]] = [
        {"weekdays": [str(day) for day in rng.choice(WEEKDAYS, 5, replace=False)]},
        {"dte_min": _one(rng, None, 0, 1), "dte_max": _one(rng, None, 0, 1, 20)},
        {"event": _one(rng, "any", "rbi_policy"), "event_window": _one(rng, "only", "never", "never")},
        {"gap_min": _one(rng, None, -0.2, 0), "gap_max": _one(rng, None, 0.1, 0.4)},
        {
            "iv_rank_min": _one(rng, None, 0, 25),
            "iv_rank_max": _one(rng, None, 40, 75, 100),
            "iv_rank_at": _clock(rng, session),
            "iv_rank_days": _one(rng, 2, 20, 50, 60),
        },
        {"rv_min": _one(rng, None, 0.05, 0.12), "rv_max": _one(rng, None, 0.13, 0.4), "rv_step_s": _one(rng, 7, 60)},
        {"trend_min": _one(rng, None, -0.1, 0), "trend_max": _one(rng, None, 0.02, 0.2)},
        {"direction": _one(rng, "up", "down")},
        {"move_min": _one(rng, None, 0.01, 0.05), "move_max": _one(rng, None, 0.1, 0.4)},
    ]
    count = int(rng.choice([0, 1, 2], p=[0.65, 0.2, 0.15]))
    chosen = [kinds[at] for at in rng.choice(len(kinds), count, replace=False)]
    return {f"strategy.filters.{name}": value for kind in chosen for name, value in kind.items()}


def _hedge(rng: np.random.Generator, strategy: Strategy) -> dict[str, Value]:
    """Mostly where the strategy has one by itself."""
    chance = 0.8 if strategy.defaults.get("strategy.hedge.hedge_s") else 0.15
    every = _one(rng, 7, 60, 60, 300) if rng.random() < chance else None
    return {"strategy.hedge.hedge_s": every, "strategy.hedge.band": _one(rng, 0, 0.05, 0.2)}


def _legs(rng: np.random.Generator) -> dict[str, Value]:
    """One measure decides; those after it in the order may be there and must not matter."""
    values: dict[str, Value] = {
        "premium": int(rng.integers(10, 250)) / 2,
        "delta": int(rng.integers(5, 70)) / 100,
        "pct": int(rng.integers(0, 100)) / 100,
        "otm": int(rng.integers(-1, 4)),
        "offset": int(rng.integers(-2, 3)),
    }
    decides = int(rng.integers(len(MEASURES)))
    kept = {name: values[name] if rng.random() < 0.5 else None for name in MEASURES[decides + 1 : -1]}
    off = dict.fromkeys(MEASURES[:decides], None)
    legs = {**off, **kept, MEASURES[decides]: values[MEASURES[decides]], "offset": values["offset"]}
    return {
        **{f"strategy.legs.{name}": value for name, value in legs.items()},
        "strategy.legs.side": _one(rng, "sell", "sell", "buy"),
        "strategy.legs.wing": int(rng.integers(1, 4)),
        "strategy.legs.with_flow": _one(rng, True, False),
        "strategy.legs.mode": _one(rng, "buy", "sell_opposite"),
        "strategy.legs.stance": _one(rng, "front_short", "front_long"),
    }


def _leaning(rng: np.random.Generator) -> dict[str, Value]:
    lean, spread = _one(rng, "signal", "up", "down"), _one(rng, "debit", "credit")
    return {"strategy.legs.lean": lean, "strategy.legs.spread": spread}


def _exits(rng: np.random.Generator, session: Session) -> dict[str, Value]:
    """One, some or many rules at once: many hide the later ones, few let positions live to the close."""
    chance, only = float(rng.choice([0, 0, 0.15, 0.4])), rng.choice([*RULES, "exit_at"])
    rules = {name: rule(rng) if name == only or rng.random() < chance else None for name, rule in RULES.items()}
    exits = {
        **rules,
        "on_leg_stop": _one(rng, "leg", "all"),
        "exit_at": _clock(rng, session) if only == "exit_at" or rng.random() < chance else None,
        "settle": _one(rng, True, False),
        "reentry": _one(rng, "none", "asap", "cost"),
        "max_reentries": int(rng.integers(0, 4)),
    }
    return {f"strategy.exit.{name}": value for name, value in exits.items()}


def _clock(rng: np.random.Generator, session: Session) -> str:
    """Mostly in a segment; sometimes the first or last seconds, anywhere, a break included, or outside."""
    start, end = session.segments[int(rng.integers(len(session.segments)))]
    anywhere = session.open + int(rng.integers(session.seconds))
    edges = (-60, 0, 1, session.seconds - 8, session.seconds - 2, session.seconds - 1, session.seconds)
    at = (
        start + int(rng.integers((end - start) * 4 // 5))
        if rng.random() < 0.85
        else _one(rng, anywhere, session.open + int(rng.choice(edges)))
    )
    return f"{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}"


def _one(rng: np.random.Generator, *choices: Value) -> Value:
    return choices[int(rng.integers(len(choices)))]
