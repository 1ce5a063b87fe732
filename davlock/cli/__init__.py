"""The command line: the only package that prints, exits, reads the environment or asks the clock."""
