"""What may be traded: entries, leg rules and exit rules as declared parts, and the registry of strategies."""
