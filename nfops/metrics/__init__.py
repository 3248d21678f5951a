"""From daily results to the numbers by which trials are compared."""
