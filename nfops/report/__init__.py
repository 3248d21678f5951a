"""Pages and pictures of a finished sweep."""
