"""Packed files to days of dense arrays, kept on disk under a key of their content."""
