"""How a walk over a tree ended."""
