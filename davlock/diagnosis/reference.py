"""Where to read more, of a finding or of a status."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A title and an address."""

    title: str
    url: str


def rfc4918(section: str) -> Reference:
    """A section of RFC 4918, such as ``11.3``."""
    return rfc(4918, section)


def rfc(number: int, section: str) -> Reference:
    """A section of an RFC."""
    return Reference(f"RFC {number} §{section}", f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
