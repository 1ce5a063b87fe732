"""What can be derived of the documentation, and the generator that derives it: ``python -m man.generate``."""
