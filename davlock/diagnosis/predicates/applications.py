"""Whether an answer is about a WebDAV lock at all."""

import re
from typing import TYPE_CHECKING

from davlock.applications.recognition import recognise_by_words
from davlock.diagnosis.evidence import Evidence
from davlock.late_pattern import late_pattern
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import BodyKind, DavError

if TYPE_CHECKING:
    from davlock.applications.application import ApplicationRefusal

_DAV_METHODS = frozenset({"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"})


_DAV_REQUEST_FIELDS = ("If", "Depth", "Lock-Token", "Destination", "X-User-Lock")


_DAV_ANSWER_FIELDS = ("DAV", "MS-Author-Via", "Lock-Token")


_DAV_BODIES = (BodyKind.ERROR, BodyKind.MULTISTATUS)


_API_BODIES = (BodyKind.JSON, BodyKind.PROBLEM)


def no_sign_of_dav(evidence: Evidence) -> bool:
    """Whether nothing in the exchanges is from WebDAV: other applications use locks and 423, too.

    Terraform locks its state with LOCK and a JSON body, so the method alone is no sign.
    """
    if evidence.server is not None or (evidence.error is not None and evidence.error.kind in _DAV_BODIES):
        return False
    return not any(_is_dav(exchange) for exchange in evidence.exchanges)


def _is_dav(exchange: Exchange) -> bool:
    request, response = exchange.request, exchange.response
    unknown = response is not None and response.status in (405, 501)  # to ask an API by PROPFIND makes it no WebDAV
    if request.method.upper() in _DAV_METHODS and not unknown:
        return True
    if any(name in request.headers for name in _DAV_REQUEST_FIELDS if not (unknown and name == "Depth")):
        return True
    if request.method.upper() == "LOCK" and (not isinstance(request.body, bytes) or b"lockinfo" in request.body):
        return True
    return response is not None and (
        response.status == 207 or any(name in response.headers for name in _DAV_ANSWER_FIELDS)
    )


def may_be_no_dav(evidence: Evidence) -> bool:
    """Whether the answer may be about another lock than WebDAV's.

    It is in JSON or an object store's XML, or a request of POST or PATCH, and nothing in the exchanges is from WebDAV.
    """
    error = evidence.error
    of_an_api = error is not None and (error.kind in _API_BODIES or (error.kind is BodyKind.XML and _has_code(error)))
    return (of_an_api or evidence.method in ("POST", "PATCH")) and no_sign_of_dav(evidence)


def _has_code(error: DavError) -> bool:
    """Whether it is the error of an object store: S3's and Azure's have a code and a message."""
    return "<Code>" in error.quote and "<Message>" in error.quote


_DAV_URL = late_pattern(
    r"^\w+://(?:[\w-]{1,60}\.){0,5}(?:web|cal|card)?dav[.-]|/(?:web|cal|card|sea|fs)?dav(?:\.php)?(?:[/?]|$)"
    r"|/remote\.php/|/public\.php/|/cal\.php/",
    re.IGNORECASE,
)


def is_thin(evidence: Evidence) -> bool:
    """Whether only part of an exchange is known, and nothing in it is from WebDAV: its URL, its words, its writer."""
    asked = evidence.asked
    if asked is None or not asked.fragment or not no_sign_of_dav(evidence):
        return False
    return not any(exchange.by_webdav or _DAV_URL.search(exchange.request.url) for exchange in evidence.exchanges)


def application_refusal(evidence: Evidence) -> "ApplicationRefusal | None":
    """Returns what another application than WebDAV says in the answer.

    It is an application that davlock knows, or an unknown one by its words, if nothing is from WebDAV.
    """
    if evidence.cause is None or evidence.cause.member or evidence.asked is None:
        return None
    if evidence.application is not None:
        return evidence.application
    if not may_be_no_dav(evidence):
        return None
    if evidence.cause.status not in (409, 423) and _DAV_URL.search(evidence.target):
        return None  # a server of WebDAV can answer in JSON, too
    return recognise_by_words(evidence.asked)
