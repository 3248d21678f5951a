"""Raw vendor files to packed Parquet: one reader a layout, counted cleaning, one manifest."""
