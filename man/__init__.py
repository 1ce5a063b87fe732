"""The documentation that is generated, and its generator: ``python -m man.generate``."""
