"""An XML body, read once from its first byte to its last: it is a multistatus, or a small tree, or not usable."""

from lxml import etree

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.multistatus import Multistatus, MultistatusParser, NotMultistatus, ResponseElement
from davlock.values import dataclass

PART_LIMIT = 300_000
"""Responses, propstats, properties and four times the locks that are held of one body. Listings that are longer are
read by who takes each response as it comes.
"""

_LOCK_WEIGHT = 4

_USUAL_TEXT, _PART_TEXT = 512, 48
"""Characters of owners, tokens and addresses that a response has at no cost, and so many more that count as a part."""


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


def parts(response: ResponseElement) -> int:
    """How much of ``PART_LIMIT`` a response takes."""
    count = len(response.hrefs) + len(response.propstats)
    texts = sum(map(len, response.hrefs))
    for propstat in response.propstats:
        locks = propstat.locks or ()
        count += len(propstat.properties) + _LOCK_WEIGHT * len(locks)
        for lock in locks:
            texts += len(lock.owner.xml) if lock.owner is not None else 0
            texts += len(lock.token.uri) if lock.token is not None else 0
    return count + max(0, texts - _USUAL_TEXT) // _PART_TEXT


class ContentReader:
    """Takes the bytes of a body and never raises: :meth:`close` says what was wrong with them.

    ``base`` is the URL of the request; ``part_limit`` bounds what is held, as ``PART_LIMIT`` does.
    """

    def __init__(self, base: str, *, charset: str | None = None, part_limit: int = PART_LIMIT) -> None:
        self._part_limit = part_limit
        self._responses: list[ResponseElement] = []
        self._parts = 0
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
        self._parts += parts(response)
        if self._parts > self._part_limit:
            raise LimitExceeded("207 body", f"it holds more than {self._part_limit} responses, properties and locks")
        self._responses.append(response)

    def _give_up(self, error: RemoteProtocolError) -> None:
        self._trouble = error
        self._responses.clear()


def read_content(body: bytes, base: str, *, charset: str | None = None) -> XmlContent:
    """What a whole body is."""
    reader = ContentReader(base, charset=charset)
    reader.feed(body)
    return reader.close()
