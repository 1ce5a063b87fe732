"""412 and 400: conditions and headers."""
