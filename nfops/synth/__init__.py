"""A market simulator that writes raw vendor files."""
