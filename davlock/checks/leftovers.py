"""The scratch collections that other runs left in a collection."""

import re

from davlock.checks.requester import DIAGNOSIS_NAME, NAME
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

_SCRATCH = re.compile(rf"(?:{re.escape(NAME)}|{re.escape(DIAGNOSIS_NAME)})[0-9a-f]{{8,32}}")


def list_below(send: Send, target: str) -> Exchange:
    """Lists the members of ``target``."""
    return send(propfind(target, Depth.ONE, ("{DAV:}resourcetype",)))


def left_by_others(listed: Exchange, target: str) -> tuple[str, ...]:
    """Returns the names of scratch collections in ``target``: of killed runs, and of runs that go on now.

    Raises RemoteProtocolError if the listing cannot be read.
    """
    if listed.response is None or listed.status != 207:
        raise RemoteProtocolError("PROPFIND", answer(listed))
    found: dict[str, None] = {}
    depth = len(names_of(target))
    for element in read_multistatus_of(listed.response, target).responses:
        for url in (resolve(target, href) for href in element.hrefs):
            names = names_of(url)
            name = names[-1].decode("latin-1") if len(names) == depth + 1 else ""
            if _SCRATCH.fullmatch(name) and inside(target, url):
                found[name] = None
    return tuple(found)[:MOST_LEFT]
