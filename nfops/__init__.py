"""nfops: a lab for intraday index-options research on one trading day of per-second prices at a time."""
