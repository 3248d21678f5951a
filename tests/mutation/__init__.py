"""``make mutants``: would a test notice, if a line of the costs or of the engine were wrong? (docs/mutation.md)."""
