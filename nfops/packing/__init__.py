"""Raw vendor files to packed Parquet: one reader a layout, counted cleaning, one manifest."""

from nfops.packing.layouts import LAYOUTS
from nfops.packing.pack import pack
from nfops.packing.report import PackEntry, PackReport
from nfops.packing.store import PackedDays

__all__ = ["LAYOUTS", "PackEntry", "PackReport", "PackedDays", "pack"]
