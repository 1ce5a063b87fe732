"""The scratch collections that other runs left in a collection."""

import re

from davlock.checks.requester import NAME
from davlock.errors import RemoteProtocolError
from davlock.operations.answers import answer
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import read_multistatus_of
from davlock.protocol.requests import propfind
from davlock.protocol.url import names_of, resolve
from davlock.protocol.write_scope import inside
from davlock.transport.base import Send

MOST_LEFT = 100
"""Collections of other runs that one clean-up removes."""

MARK = re.compile(rf"{re.escape(NAME)}([0-9a-f]{{8,32}})")


def list_below(send: Send, target: str) -> Exchange:
    """Lists the members of ``target``."""
    return send(propfind(target, Depth.ONE, ("{DAV:}resourcetype",)))


def left_by_others(listed: Exchange, target: str) -> tuple[str, ...]:
    """Returns the marks of scratch collections in ``target``: of killed runs, and of runs that go on now.

    Raises RemoteProtocolError if the listing cannot be read.
    """
    if listed.response is None or listed.status != 207:
        raise RemoteProtocolError("PROPFIND", answer(listed))
    marks: dict[str, None] = {}
    depth = len(names_of(target))
    for element in read_multistatus_of(listed.response, target).responses:
        for url in (resolve(target, href) for href in element.hrefs):
            names = names_of(url)
            match = MARK.fullmatch(names[-1].decode("latin-1")) if len(names) == depth + 1 else None
            if match is not None and inside(target, url):
                marks[match[1]] = None
    return tuple(marks)[:MOST_LEFT]
