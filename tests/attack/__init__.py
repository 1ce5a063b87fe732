"""Attacks on davlock: ``python -m tests.attack``. What it survives is written to docs/robustness.md."""
