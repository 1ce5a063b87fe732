"""What a person adds to a capture that does not tell everything."""

from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """What ``--method``, ``--url``, ``--request-header``, ``--request-body`` and ``--request-complete`` said.

    ``request_complete`` says that ``request_headers`` are all there were. It all stands in for a request that the
    capture does not hold; of one that it does hold, only the origin and a body that is not there are taken from here.
    """

    method: str | None = None
    url: str | None = None
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: bytes | None = None
    request_complete: bool = False
