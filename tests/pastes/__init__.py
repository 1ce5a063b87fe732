"""Pastes that people posted about locks and what looks like locks, each with the right answer to it."""
