"""Verification of packed files: by manifest, by calendar, day by day, and source against source."""

from nfops.packing.verify.examine import verify
from nfops.packing.verify.official import Match
from nfops.packing.verify.report import VerifyReport
from nfops.packing.verify.rules import RULES, Finding

__all__ = ["RULES", "Finding", "Match", "VerifyReport", "verify"]
