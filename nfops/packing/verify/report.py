"""What verification has to say, for people and for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from nfops.packing.verify.official import Match
from nfops.packing.verify.rules import RULES, Finding


@dataclass(frozen=True)
class VerifyReport:
    """Findings in the order of the rules, and what there is."""

    files: int
    rows: int
    """Rows of the files that runs read."""
    findings: tuple[Finding, ...]
    coverage: pl.DataFrame
    """See ``whole.coverage``."""
    matches: Mapping[tuple[str, dt.date], Match]
    """How the contracts of a symbol and date match the exchange's end-of-day file, where that is packed."""

    @property
    def errors(self) -> int:
        """Findings of data that must not be used."""
        return sum(finding.level == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """Findings of data to be looked at first."""
        return len(self.findings) - self.errors

    def by_rule(self) -> Mapping[str, int]:
        """Count the findings of each rule that found something."""
        counts = Counter(finding.rule for finding in self.findings)
        return {rule: counts[rule] for rule in RULES if counts[rule]}

    def to_json(self) -> str:
        """Write everything as JSON: ``files, rows, errors, warnings, rules, findings, coverage, matches``."""
        findings = [{**asdict(finding), "level": finding.level} for finding in self.findings]
        matches = [{"symbol": symbol, "date": date, **asdict(found)} for (symbol, date), found in self.matches.items()]
        whole = {
            "files": self.files, "rows": self.rows, "errors": self.errors, "warnings": self.warnings,
            "rules": self.by_rule(), "findings": findings, "coverage": self.coverage.to_dicts(), "matches": matches,
        }  # fmt: skip
        return json.dumps(whole, indent=1, default=str)
