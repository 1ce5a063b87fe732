"""Fuzzing of everything in davlock that reads what others wrote: ``python -m tests.attack.fuzz READER SEED COUNT``."""
