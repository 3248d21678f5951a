"""One parameter: what a user may write for it, and the integers that kernels see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, TypeAlias

from nfops.errors import ConfigError
from nfops.types import OFF

Value: TypeAlias = str | int | float | bool | Sequence[str] | None
Kind: TypeAlias = Literal[
    "clock", "clocks", "seconds", "percent", "points", "count", "fraction", "choice", "flag", "weekdays"
]

SCALE: Final[Mapping[str, int]] = {"seconds": 1, "percent": 100, "points": 100, "count": 1, "fraction": 1_000_000}
"""Integer steps per unit: hundredths of a percent, paise per rupee, millionths."""

UNIT: Final[Mapping[str, str]] = {
    "clock": "HH:MM[:SS]",
    "clocks": "list of HH:MM[:SS]",
    "seconds": "s",
    "percent": "%",
    "points": "rupees",
    "count": "",
    "fraction": "",
    "choice": "",
    "flag": "true|false",
    "weekdays": "list of mon ... sun",
}

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MOST_CLOCKS: Final = 24
"""Longest list of times."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter and everything that may be asked about it.

    ``low``, ``high`` and ``step`` are in the user's unit (a clock has none); ``step`` is the spacing a search uses
    when nothing else is said. ``nullable`` says that ``null`` switches the rule off.
    """

    path: str
    kind: Kind
    default: Value
    doc: str
    low: float = 0
    high: float = 0
    step: float = 1
    nullable: bool = False
    choices: tuple[str, ...] = ()

    def encode(self, value: Value) -> int:
        """Turn a user's value into the kernels' integer; raise ConfigError saying the law, the value, the choices.

        Of a list of times it is the first one; :meth:`codes` gives all.
        """
        return self.codes(value)[0]

    def decode(self, code: int) -> Value:
        """Turn a kernel's integer back into the user's value: numbers numeric, times as text, off as None."""
        return self.read([code])

    @property
    def width(self) -> int:
        """Integers that hold a value: one, or a place for each time of a list."""
        return MOST_CLOCKS if self.kind == "clocks" else 1

    def codes(self, value: Value) -> tuple[int, ...]:
        """Integers ``(width,)`` of a value; times that are not there are OFF."""
        if self.kind != "clocks":
            return (self._encode(value),)
        clocks = [_clock(clock) for clock in (value if isinstance(value, (list, tuple)) else [value])]
        found = sorted({clock for clock in clocks if clock is not None})
        if not found or None in clocks or len(found) > MOST_CLOCKS:
            raise ConfigError(f"{self.path} must be {self.law}, got {value!r}")
        return (*found, *[OFF] * (MOST_CLOCKS - len(found)))

    def read(self, codes: Sequence[int]) -> Value:
        """Turn the integers of :meth:`codes` back into the user's value."""
        if self.kind == "clocks":
            return [_time(int(code)) for code in codes if code != OFF]
        return self._decode(int(codes[0]))

    def _encode(self, value: Value) -> int:
        if value is None or (isinstance(value, str) and value.lower() == "null"):
            if self.nullable:
                return OFF
            raise ConfigError(f"{self.path} cannot be null; it must be {self.law}")
        coded = self._code(value)
        if coded is None:
            raise ConfigError(f"{self.path} must be {self.law}, got {value!r}")
        return coded

    def _decode(self, code: int) -> Value:
        if code == OFF:
            return None
        if self.kind == "clock":
            return _time(code)
        if self.kind == "choice":
            return self.choices[int(code)]
        if self.kind == "flag":
            return bool(code)
        if self.kind == "weekdays":
            return [day for at, day in enumerate(WEEKDAYS) if code >> at & 1]
        number = Decimal(int(code)) / SCALE[self.kind]
        return int(number) if number == number.to_integral_value() else float(number)

    @property
    def law(self) -> str:
        """What a value must satisfy, in words."""
        if self.kind == "clock":
            text = "a time of day HH:MM or HH:MM:SS"
        elif self.kind == "clocks":
            text = f"a list of at most {MOST_CLOCKS} times of day [HH:MM, ...]"
        elif self.kind == "choice":
            text = "one of " + ", ".join(self.choices)
        elif self.kind == "flag":
            text = "true or false"
        elif self.kind == "weekdays":
            text = f"a list of weekdays, [{', '.join(WEEKDAYS)}] or some of them"
        else:
            text = f"a number in [{self.low:g}, {self.high:g}] {UNIT[self.kind]}".rstrip()
            text += f" with steps of {1 / SCALE[self.kind]:g}"
        return text + (", or null to switch it off" if self.nullable else "")

    def _code(self, value: Value) -> int | None:
        if self.kind == "clock":
            return _clock(value)
        if self.kind == "choice":
            # On the command line expiry 5 is a number.
            named = "" if isinstance(value, bool) else str(value)
            return self.choices.index(named) if named in self.choices else None
        if self.kind == "flag":
            return {"true": 1, "false": 0}.get(str(value).lower())
        if self.kind == "weekdays":
            return _weekdays(value)
        return self._number(value)

    def _number(self, value: Value) -> int | None:
        if isinstance(value, bool):
            return None
        try:
            scaled = Decimal(str(value)) * SCALE[self.kind]
        except InvalidOperation:
            return None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            return None
        return int(scaled) if Decimal(str(self.low)) <= Decimal(str(value)) <= Decimal(str(self.high)) else None


def _weekdays(value: Value) -> int | None:
    """Give a bit for each weekday, that of Monday lowest."""
    days = list(value) if isinstance(value, (list, tuple)) else [value]
    if not days or not all(isinstance(day, str) and day in WEEKDAYS for day in days):
        return None
    return sum(1 << at for at, day in enumerate(WEEKDAYS) if day in days)


def _time(code: int) -> str:
    hours, rest = divmod(code, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def _clock(value: Value) -> int | None:
    parts = str(value).split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() and len(part) <= 2 for part in parts):
        return None
    hours, minutes, seconds = (*map(int, parts), 0)[:3]
    return hours * 3600 + minutes * 60 + seconds if hours < 24 and minutes < 60 and seconds < 60 else None
