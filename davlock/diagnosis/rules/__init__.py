"""The rules, a folder for each family. Their order is in ``order``."""
