"""The order in which people expect names: f2 before f10."""

import re

_DIGITS = re.compile(r"([0-9]{1,18})")


def natural_key(path: str) -> tuple[tuple[tuple[int, str], ...], ...]:
    """Returns what to sort paths by: name by name, numbers by their value, so that f2 stands before f10."""
    return tuple(
        tuple((int(part), "") if odd % 2 else (-1, part.casefold()) for odd, part in enumerate(_DIGITS.split(name)))
        for name in path.split("/")
    )
