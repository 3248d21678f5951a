"""Pages and pictures of a finished sweep, and of what is packed."""

from nfops.report.coverage import write_coverage
from nfops.report.day import write_day
from nfops.report.folder import SweepFolder
from nfops.report.page import write_report
from nfops.report.walk import write_walk

__all__ = ["SweepFolder", "write_coverage", "write_day", "write_report", "write_walk"]
