"""Raw vendor files to packed Parquet: one reader a layout, counted cleaning, one manifest."""

from nfops.packing.layouts import LAYOUTS
from nfops.packing.pack import JobResult, PackReport, pack

__all__ = ["LAYOUTS", "JobResult", "PackReport", "pack"]
