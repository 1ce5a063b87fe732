"""How long locks live."""
