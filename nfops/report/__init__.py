"""Pages and pictures of a finished sweep."""

from nfops.report.folder import SweepFolder

__all__ = ["SweepFolder"]
