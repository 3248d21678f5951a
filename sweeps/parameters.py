"""From a plain configuration to the values of parameters: which are swept, which are fixed, and of what strategy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from nfops.errors import ConfigError
from nfops.params import Param, Value
from nfops.strategies import Strategy, compose
from nfops.strategies import strategy as strategy_of

STEPPED: Final = frozenset({"seconds", "count", "percent", "points", "fraction"})
INTERVAL: Final = re.compile(r"^interval\(\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\)$")
MOST_STEPS: Final = 10_000
GROUPS: Final = ("fills", "costs", "margin")
"""Groups whose ``model`` is the parameter of the group's own name."""


def parameters(plain: Mapping[str, Any]) -> tuple[dict[str, list[Value]], dict[str, Value]]:
    """Split a configuration into swept and fixed parameters by their paths."""
    fixed: dict[str, Value] = {}
    for group in ("strategy", *GROUPS, "data"):
        fixed |= _flat(plain[group], group)
    for name in ("strategy.name", "strategy.parts.entry", "strategy.parts.legs"):
        fixed.pop(name, None)
    for group in GROUPS:
        fixed[group] = fixed.pop(f"{group}.model")
    axes = {path: list(v) if isinstance(v, (list, tuple)) else [v] for path, v in plain["axes"].items()}
    return axes, fixed


def _flat(node: Mapping[str, Any], prefix: str) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for key, value in node.items():
        flat |= _flat(value, f"{prefix}.{key}") if isinstance(value, Mapping) else {f"{prefix}.{key}": value}
    return flat


def steps(param: Param | None, values: list[Value], faults: list[str]) -> list[Value]:
    """Turn ``interval(low,high)`` into the values between, a step of the parameter apart."""
    found = INTERVAL.match(str(values[0])) if len(values) == 1 and param is not None else None
    if not found or param is None:
        return values
    low, high, step = Decimal(found[1]), Decimal(found[2]), Decimal(str(param.step))
    if param.kind not in STEPPED or low > high or (count := int((high - low) / step) + 1) > MOST_STEPS:
        kinds = "a number (not a time or a choice), the lower bound first"
        faults.append(f"{param.path}={values[0]} must be of {kinds}, at most {MOST_STEPS} steps of {step} apart")
        return values
    return [float(low + step * at) for at in range(count)]


def composed(plain: Mapping[str, Any], faults: list[str]) -> Strategy | None:
    """Compose the parts that a strategy names; a registered one need not name them."""
    name, parts = str(plain.get("name")), plain.get("parts")
    try:
        if parts is None:
            return strategy_of(name)
        return compose(name, str(parts.get("entry")), str(parts.get("legs")))
    except ConfigError as fault:
        faults.append(str(fault))
        return None


def shown(value: Value) -> Value:
    """Write a list as the command line does, for a table."""
    return f"[{','.join(value)}]" if isinstance(value, list) else value
