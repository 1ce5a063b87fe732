"""An XML body, read once from its first byte to its last: it is a multistatus, or a small tree, or not usable."""

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.held_bytes import HELD_LIMIT, held_bytes
from davlock.protocol.multistatus import Multistatus, MultistatusParser, NotMultistatus, ResponseElement
from davlock.protocol.xml_elements import mebibytes
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlContent:
    """What a body is: a multistatus, or ``root``, the tree of something else, or neither: ``trouble`` says why it is no
    multistatus. ``page``: its root is called html.
    """

    multistatus: Multistatus | None = None
    root: etree._Element | None = None
    trouble: RemoteProtocolError | None = None
    page: bool = False
    deviations: tuple[Deviation, ...] = ()


class ContentReader:
    """Takes the bytes of a body and never raises: :meth:`close` says what was wrong with them.

    ``base`` is the URL of the request; ``limit`` bounds the bytes of memory for what is held.
    """

    def __init__(self, base: str, *, charset: str | None = None, limit: int = HELD_LIMIT) -> None:
        self._limit = limit
        self._responses: list[ResponseElement] = []
        self._held = 0
        self._trouble: RemoteProtocolError | None = None
        self._parser = MultistatusParser(base, self._take, charset=charset, pages=True)

    def feed(self, data: bytes) -> None:
        """More of the body; nothing is done with it once something was wrong."""
        if self._trouble is None:
            try:
                self._parser.feed(data)
            except RemoteProtocolError as error:
                self._give_up(error)

    def close(self) -> XmlContent:
        """The body has ended."""
        description: str | None = None
        if self._trouble is None:
            try:
                description = self._parser.close()
            except RemoteProtocolError as error:
                self._give_up(error)
        trouble, deviations = self._trouble, self._parser.deviations
        if trouble is not None:
            root = trouble.root if isinstance(trouble, NotMultistatus) else None
            return XmlContent(root=root, trouble=trouble, page=self._parser.is_page, deviations=deviations)
        multistatus = Multistatus(responses=tuple(self._responses), description=description, deviations=deviations)
        return XmlContent(multistatus=multistatus, deviations=deviations)

    def _take(self, response: ResponseElement) -> None:
        self._held += held_bytes(response)
        if self._held > self._limit:
            raise LimitExceeded("207 body", f"its responses take more than {mebibytes(self._limit)} of memory")
        self._responses.append(response)

    def _give_up(self, error: RemoteProtocolError) -> None:
        self._trouble = error
        self._responses.clear()


def read_content(body: bytes, base: str, *, charset: str | None = None) -> XmlContent:
    """What a whole body is."""
    reader = ContentReader(base, charset=charset)
    reader.feed(body)
    return reader.close()
