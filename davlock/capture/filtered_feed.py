"""A body that comes in pieces, without the secrets in it."""

from collections.abc import Callable

from davlock.capture.known_secrets import SecretFilter
from davlock.capture.secret_in_document import hide_in_document

HELD = 64 * 1024
"""Bytes of a body in pieces that are gathered before they are searched: small pieces must not cost more."""


class FilteredFeed:
    """A sink for a body that comes in pieces; the pieces that it passes on hold no secret, wherever they were cut."""

    def __init__(self, sink: Callable[[bytes], object], secrets: Callable[[], SecretFilter]) -> None:
        self._sink = sink
        self._secrets = secrets
        self._filter: SecretFilter | None = None
        self._held = bytearray()
        self._passed = False

    def __call__(self, piece: bytes) -> None:
        """Pass on what cannot be the beginning of a secret."""
        if self._filter is None:  # not before: sending the request made secrets of its own
            self._filter = self._secrets()
        if not self._filter:
            self._sink(piece)
            return
        self._held += piece
        # Twice as much as is held back afterwards: each byte is searched twice at most, however small the pieces are.
        if len(self._held) < max(HELD, 2 * self._filter.longest):
            return
        buffer = bytes(self._held)
        done, rest = self._filter.split(buffer, len(buffer) - self._filter.longest)
        self._held = bytearray(rest)
        if done:
            self._passed = True
            self._sink(done)

    def close(self, *, charset: str | None = None) -> None:
        """Pass on the rest; ``charset`` is what the header field of the answer says."""
        if self._filter is not None and self._held:
            held = bytes(self._held)
            self._held.clear()
            self._sink(
                self._filter.body(held) if self._passed else hide_in_document(held, self._filter, charset=charset)
            )
