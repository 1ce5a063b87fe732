"""Evidence in, findings out. No I/O."""
