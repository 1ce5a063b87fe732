"""Whether the lock that is spoken of is one of WebDAV at all."""

import re

from davlock.applications import BY_WORDS, recognise_application
from davlock.applications.application import ApplicationRefusal
from davlock.diagnosis.evidence import Evidence
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import (
    BodyKind,
)

_DAV_METHODS = frozenset({"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"})


_DAV_REQUEST_FIELDS = ("If", "Depth", "Lock-Token", "Destination", "X-User-Lock")


_DAV_ANSWER_FIELDS = ("DAV", "MS-Author-Via", "Lock-Token")


_DAV_BODIES = (BodyKind.ERROR, BodyKind.MULTISTATUS)


def no_sign_of_dav(evidence: Evidence) -> bool:
    """Whether nothing in the exchanges is WebDAV's: an application of another kind has locks and 423 as well.

    Terraform keeps its state by LOCK with a body of JSON, so that the method alone is no sign.
    """
    if evidence.server is not None or (evidence.error is not None and evidence.error.kind in _DAV_BODIES):
        return False
    return not any(_is_dav(exchange) for exchange in evidence.exchanges)


def _is_dav(exchange: Exchange) -> bool:
    request, response = exchange.request, exchange.response
    if request.method.upper() in _DAV_METHODS or any(name in request.headers for name in _DAV_REQUEST_FIELDS):
        return True
    if request.method.upper() == "LOCK" and (not isinstance(request.body, bytes) or b"lockinfo" in request.body):
        return True
    return response is not None and (
        response.status == 207 or any(name in response.headers for name in _DAV_ANSWER_FIELDS)
    )


def may_be_no_dav(evidence: Evidence) -> bool:
    """Whether the lock that is spoken of is perhaps none of WebDAV's: an answer in JSON, or to POST or PATCH, and no
    sign of WebDAV.
    """
    json = evidence.error is not None and evidence.error.kind in (BodyKind.JSON, BodyKind.PROBLEM)
    return (json or evidence.method in ("POST", "PATCH")) and no_sign_of_dav(evidence)


_DAV_URL = re.compile(
    r"^\w+://(?:[\w-]{1,60}\.){0,5}(?:web|cal|card)?dav[.-]|/(?:web|cal|card|sea|fs)?dav(?:\.php)?(?:[/?]|$)"
    r"|/remote\.php/|/public\.php/|/cal\.php/",
    re.IGNORECASE,
)


def is_thin(evidence: Evidence) -> bool:
    """Whether a part of an exchange is all there is, and nothing in it is WebDAV's: its URL, its words, its writer."""
    asked = evidence.asked
    if asked is None or not asked.fragment or not no_sign_of_dav(evidence):
        return False
    return not any(exchange.by_webdav or _DAV_URL.search(exchange.request.url) for exchange in evidence.exchanges)


def application_refusal(evidence: Evidence) -> ApplicationRefusal | None:
    """What an application that is not WebDAV says in the answer: one that davlock knows, else its words alone, where
    nothing is WebDAV's.
    """
    if evidence.cause is None or evidence.cause.member or evidence.asked is None:
        return None
    if evidence.application is not None:
        return evidence.application
    return recognise_application(evidence.asked, BY_WORDS) if may_be_no_dav(evidence) else None
