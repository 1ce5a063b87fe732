"""The entity tags that were read of a resource, in their order."""

from davlock.diagnosis.fact import Fact, Known, NotAsked
from davlock.diagnosis.resource import SeenTag
from davlock.errors import RemoteProtocolError
from davlock.protocol.headers import EntityTag, parse_etag_leniently
from davlock.protocol.message import Request, Response


class TagRecord:
    """``seen`` are all tags; ``current`` is the last that nothing compressed, if there is one."""

    def __init__(self) -> None:
        self.current: Fact[EntityTag] = NotAsked()
        self.seen: tuple[SeenTag, ...] = ()

    def read(self, index: int, request: Request, response: Response) -> None:
        """Learns from the ETag of an answer to GET or HEAD."""
        sent = response.headers.get("ETag")
        if sent is None:
            return
        try:
            tag = parse_etag_leniently(sent)[0]
        except RemoteProtocolError:
            return
        codings = (request.headers.get("Accept-Encoding") or "identity").lower()
        coded = codings != "identity" or "Content-Encoding" in response.headers
        self.add(SeenTag(tag=tag, source=request.method.upper(), coded=coded, exchange=index))

    def add(self, seen: SeenTag) -> None:
        """A tag that a compressing layer may have changed never counts as the resource's own if there is another."""
        self.seen += (seen,)
        if not seen.coded or not any(not other.coded for other in self.seen):
            self.current = Known(seen.tag, seen.exchange)
