"""The parameters of a strategy together, and sets of values for them: blocks of rows and grids."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nfops.errors import ConfigError
from nfops.params.param import Param, Value
from nfops.types import Int64Array, sealed


@dataclass(frozen=True)
class ParamSchema:
    """The ordered parameters of one strategy run: those of its parts and those every strategy has."""

    params: tuple[Param, ...]

    def __post_init__(self) -> None:
        if len(self.by_path) != len(self.params):
            raise ConfigError(f"a parameter is declared twice among {[p.path for p in self.params]}")

    @cached_property
    def by_path(self) -> dict[str, Param]:
        """Parameters by their dotted path."""
        return {param.path: param for param in self.params}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths in order; a block has one column for each, and the rest of the lists after them."""
        return tuple(param.path for param in self.params)

    @cached_property
    def columns(self) -> dict[str, tuple[int, ...]]:
        """Columns of a block that hold each parameter, by path."""
        found, free = {}, len(self.params)
        for at, param in enumerate(self.params):
            found[param.path] = (at, *range(free, free + param.width - 1))
            free += param.width - 1
        return found

    def row(self, values: Mapping[str, Value]) -> Int64Array:
        """Integers of one set of parameters; those not given take their defaults."""
        row = np.empty(sum(param.width for param in self.params), np.int64)
        for param in self.params:
            row[list(self.columns[param.path])] = param.codes(values.get(param.path, param.default))
        return row

    def faults(self, values: Mapping[str, Sequence[Value]]) -> list[str]:
        """Say everything that is wrong with ``values`` (path -> the values it is to take)."""
        found = []
        for path, wanted in values.items():
            if path not in self.by_path:
                near = difflib.get_close_matches(path, self.paths, n=3, cutoff=0.5)
                found.append(f"{path} is not a parameter" + (f"; did you mean {', '.join(near)}?" if near else ""))
                continue
            if not wanted:
                found.append(f"{path} has an empty list of values")
            for value in wanted:
                try:
                    self.by_path[path].codes(value)
                except ConfigError as fault:
                    found.append(str(fault))
        return found

    def grid(self, axes: Mapping[str, Sequence[Value]], fixed: Mapping[str, Value] | None = None) -> ParamGrid:
        """Freeze a grid; paths in neither mapping take their defaults. Raises one ConfigError naming every fault."""
        fixed = fixed or {}
        wrong = self.faults(axes) + self.faults({path: [value] for path, value in fixed.items()})
        wrong += [f"{path} is both swept and fixed" for path in axes if path in fixed]
        if wrong:
            raise ConfigError.collect(wrong, "the parameters cannot be used:")
        coded = {path: tuple(self.by_path[path].codes(v) for v in values) for path, values in axes.items()}
        return ParamGrid(self, coded, sealed(self.row(fixed)))


@dataclass(frozen=True, eq=False)
class ParamBlock:
    """Rows of parameters as kernels see them: ``values`` int64 ``(P, F)``, read-only, one column per path.

    A list of times has its first time in its column and the others after the columns of all paths.
    """

    schema: ParamSchema
    values: Int64Array

    def __len__(self) -> int:
        return len(self.values)

    def column(self, path: str) -> Int64Array:
        """Integer codes ``(P,)`` of one parameter."""
        return sealed(self.values[:, self.schema.columns[path][0]])

    def columns(self, paths: Iterable[str]) -> Int64Array:
        """Integer codes of several parameters side by side, lists in full."""
        return sealed(self.values[:, [column for path in paths for column in self.schema.columns[path]]])

    def rows(self, indices: Iterable[int]) -> ParamBlock:
        """Return the block of the given rows, in the given order."""
        return ParamBlock(self.schema, sealed(self.values[list(indices)]))

    def decoded(self, row: int) -> dict[str, Value]:
        """Return one row in the user's terms."""
        found, columns = self.values[row], self.schema.columns
        return {param.path: param.read(found[list(columns[param.path])]) for param in self.schema.params}


@dataclass(frozen=True, eq=False)
class ParamGrid:
    """A Cartesian product that is never materialised whole; axes keep their order, the last varies fastest."""

    schema: ParamSchema
    axes: Mapping[str, tuple[tuple[int, ...], ...]]
    base: Int64Array

    def __len__(self) -> int:
        return math.prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis) for axis in self.axes.values())

    def over(self, paths: Collection[str]) -> ParamGrid:
        """Return the grid of these axes alone; all else is as fixed, or has the first value of its axis."""
        base = self.block(0, 1).values[0]
        return ParamGrid(self.schema, {path: axis for path, axis in self.axes.items() if path in paths}, base)

    def block(self, start: int, stop: int) -> ParamBlock:
        """Rows ``[start, stop)`` of the product."""
        return self.rows(np.arange(start, stop))

    def rows(self, positions: Int64Array) -> ParamBlock:
        """Rows of the product at positions ``(P,)``, in the given order."""
        rows = np.tile(self.base, (len(positions), 1))
        if self.axes:
            at = np.unravel_index(positions, self.shape)
            for (path, axis), index in zip(self.axes.items(), at, strict=True):
                rows[:, list(self.schema.columns[path])] = np.asarray(axis, np.int64)[index]
        return ParamBlock(self.schema, sealed(rows))
