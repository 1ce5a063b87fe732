"""Numbers of things in words."""


def count(number: int, what: str) -> str:
    """``1 lock``, ``2 locks``, ``10,000 locks``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
