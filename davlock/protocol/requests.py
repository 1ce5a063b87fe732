"""The requests that davlock sends, as values: the forms that no recorded server refuses to read or dies of.

One ``Timeout: Second-N`` and never a list (lighttpd 1.4.69 hangs on RFC 4918's own example), a Timeout on every refresh
(without one, Apache and Go make a lock infinite), Depth on every LOCK, ``If`` tagged with the absolute URI on writes
(webdav-server dies of an untagged one) and untagged on refresh (lighttpd answers 400 to a tagged one).
"""

import re

from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern
from davlock.protocol import request_bodies
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth, LockScope, LockToken
from davlock.protocol.message import BodySource, Headers, Request

XML_TYPE = 'application/xml; charset="utf-8"'

NO_SUCH_VERSION = '"davlock-no-such-version"'
"""An entity tag that no server gives: an If-Match with it must fail, or nobody looks at the condition."""

TRIAL = "davlock diagnose"
"""How the owner of a lock begins that was taken only to see whether it is granted."""

_NOT_IN_XML = "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""A pattern. To compile it takes as long as a dozen others: only who takes a lock needs it."""

_RUN = late_pattern(r" \(davlock [0-9a-f]{16}\)$|(?<=davlock) [0-9a-f]{16}$")

LOCK_PROPERTIES = ("{DAV:}lockdiscovery",)
QUOTA_PROPERTIES = ("{DAV:}quota-available-bytes", "{DAV:}quota-used-bytes")
STATE_OF_COLLECTION = ("{DAV:}resourcetype", "{DAV:}lockdiscovery")

_PROPFIND = {depth: Headers.of([("Depth", depth.value), ("Content-Type", XML_TYPE)]) for depth in Depth}

STATE_PROPERTIES = ("{DAV:}resourcetype", "{DAV:}getetag", "{DAV:}lockdiscovery", "{DAV:}supportedlock")


def owner_of_run(owner: str | None, run: str) -> str | None:
    """``owner`` with the run id of a lock, by which it can be found without its token."""
    if not run or not owner:
        return f"davlock {run}" if run else owner
    return f"{owner} {run}" if owner.endswith("davlock") else f"{owner} (davlock {run})"


def fits_owner(text: str) -> bool:
    """Returns true if XML 1.0 has a place for every character of ``text`` (§2.2 Char)."""
    return re.search(_NOT_IN_XML, text) is None


def owner_without_run(owner: str) -> str:
    """What :func:`owner_of_run` was given."""
    return _RUN.sub("", owner)


def options(url: str, *, client: str | None = None) -> Request:
    """OPTIONS (RFC 4918 §10.1 on the DAV header), from ``client`` if its User-Agent is given."""
    return Request(method="OPTIONS", url=url, headers=Headers.of([("User-Agent", client)] if client else []))


def head(url: str, *, coding: str | None = None, conditions: tuple[tuple[str, str], ...] = ()) -> Request:
    """HEAD, with leave to apply a content coding (RFC 9110 §12.5.3) if one is named.

    On a connection of its own: WsgiDAV sends a body with a 412 to it, which would look like the next answer.
    """
    return _look("HEAD", url, coding, (("Connection", "close"), *conditions))


def get(url: str, *, coding: str | None = None) -> Request:
    """GET."""
    return _look("GET", url, coding, ())


def _look(method: str, url: str, coding: str | None, conditions: tuple[tuple[str, str], ...]) -> Request:
    fields = [("Accept-Encoding", coding or "identity"), *conditions]
    return Request(method=method, url=url, headers=Headers.of(fields))


def propfind(url: str, depth: Depth, names: tuple[str, ...]) -> Request:
    """PROPFIND (RFC 4918 §9.1) for ``names`` in Clark notation, or allprop when there are none."""
    return Request(method="PROPFIND", url=url, headers=_PROPFIND[depth], body=request_bodies.propfind(names))


def lock(url: str, *, scope: LockScope, depth: Depth, seconds: int, owner: str | None) -> Request:
    """LOCK for a new lock (RFC 4918 §9.10)."""
    if depth is Depth.ONE:
        raise LocalProtocolError("a lock's depth is 0 or infinity (RFC 4918 §9.10.3)", "use --depth 0")
    headers = Headers.of([("Depth", depth.value), ("Timeout", f"Second-{seconds}"), ("Content-Type", XML_TYPE)])
    return Request(method="LOCK", url=url, headers=headers, body=request_bodies.lockinfo(scope, owner))


def refresh(url: str, token: LockToken, *, seconds: int) -> Request:
    """LOCK without a body: refresh the lock that ``token`` names (RFC 4918 §9.10.2)."""
    headers = Headers.of([("If", str(IfHeader.untagged(token))), ("Timeout", f"Second-{seconds}")])
    return Request(method="LOCK", url=url, headers=headers)


def unlock(url: str, token: LockToken, *, fields: tuple[tuple[str, str], ...] = ()) -> Request:
    """UNLOCK (RFC 4918 §9.11), with a product's own header fields."""
    IfHeader.untagged(token)  # refuses what would break out of the header
    return Request(method="UNLOCK", url=url, headers=Headers.of([("Lock-Token", token.coded), *fields]))


def put(
    url: str, body: bytes | BodySource, *, conditions: tuple[tuple[str, str], ...] = (), content_type: str | None = None
) -> Request:
    """PUT with the conditional header fields given."""
    fields = list(conditions)
    if content_type:
        fields.append(("Content-Type", content_type))
    return Request(method="PUT", url=url, headers=Headers.of(fields), body=body)


def mkcol(url: str) -> Request:
    """MKCOL (RFC 4918 §9.3); ``url`` ends in a slash, without which nginx answers 409."""
    return Request(method="MKCOL", url=url)


def delete(url: str, *, condition: str | None = None) -> Request:
    """DELETE (RFC 4918 §9.6), ``condition`` being an If header."""
    return Request(method="DELETE", url=url, headers=Headers.of([("If", condition)] if condition else []))


def copy(url: str, destination: str) -> Request:
    """COPY (RFC 4918 §9.8) that overwrites nothing; ``destination`` is an absolute URL or a path (§8.3)."""
    return Request(method="COPY", url=url, headers=Headers.of([("Destination", destination), ("Overwrite", "F")]))
