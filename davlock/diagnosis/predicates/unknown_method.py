"""The words by which a server says that it does not know a method, whatever the status."""

from davlock.protocol.precondition import DavError
from davlock.servers.phrases import Said, Sayings


def says_unknown_method(status: int | None, error: DavError | None) -> bool:
    """Returns true if an answer with another status than 405 and 501 says the same in words."""
    return error is not None and Said.UNKNOWN_METHOD in Sayings(error.message, status)
