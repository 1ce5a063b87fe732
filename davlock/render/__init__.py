"""How results are shown. Only this package imports rich."""
