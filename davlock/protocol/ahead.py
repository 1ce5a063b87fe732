"""What may read a body before the parser of :mod:`davlock.protocol.xml` does."""

from typing import Protocol


class Ahead(Protocol):
    """Reads a body in UTF-8, from its first byte on, before the parser does."""

    def take(self, data: bytes) -> bool:
        """Read ``data``; false if the parser must read ``rest``, and all that follows."""
        ...

    def tell(self) -> None:
        """The parser found nothing wrong in what was taken with it: what was read counts."""
        ...

    @property
    def whole(self) -> bool:
        """Returns true if nothing is left for the parser at the end of the body."""
        ...

    @property
    def rest(self) -> bytes:
        """A document that lacks what was read."""
        ...

    @property
    def lines(self) -> int:
        """Line ends in what was read."""
        ...
