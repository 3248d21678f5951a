"""Which lines are made wrong, and how: Cosmic Ray's operators, those that are worth a test's time."""

from __future__ import annotations

import difflib
import random
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

OPERATORS = (
    "NumberReplacer",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceContinueWithBreak",
    "ZeroIterationForLoop",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_FloorDiv",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_FloorDiv",
    "ReplaceBinaryOperator_LShift_RShift",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Lt",
)


@dataclass(frozen=True)
class Mutant:
    """One place of a file, changed by one operator."""

    file: Path
    operator: str
    occurrence: int

    @property
    def module(self) -> str:
        """Dotted name of the file."""
        return ".".join(self.file.with_suffix("").parts)

    @property
    def text(self) -> str:
        """The whole file with the change in it."""
        made = mutate_code(self.file.read_text(), plugins.get_operator(f"core/{self.operator}")(), self.occurrence)
        assert made is not None
        return made

    @property
    def change(self) -> str:
        """Line number, the line and what became of it."""
        was, now = self.file.read_text().splitlines(), self.text.splitlines()
        lines = [line.strip() for line in difflib.unified_diff(was, now, n=0, lineterm="")][3:]
        at = next((i for i, (a, b) in enumerate(zip(was, now, strict=False), 1) if a != b), 0)
        return f"{self.file}:{at} {self.operator} {' '.join(lines)}"


def mutants(file: Path) -> list[Mutant]:
    """Give all mutants of a file."""
    nodes = list(ast_nodes(get_ast(file.read_text())))
    found = []
    for name in OPERATORS:
        operator = plugins.get_operator(f"core/{name}")()
        places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        found += [Mutant(file, name, at) for at in range(places)]
    return found


def sample(files: list[Path], count: int | None, seed: int) -> list[Mutant]:
    """Give ``count`` mutants of several files, or all, in an order by chance: any beginning is a fair sample."""
    every = [mutant for file in files for mutant in mutants(file)]
    return random.Random(seed).sample(every, len(every))[:count]
