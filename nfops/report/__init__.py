"""Pages and pictures of a finished sweep."""

from nfops.report.folder import SweepFolder
from nfops.report.page import write_report

__all__ = ["SweepFolder", "write_report"]
