"""What the answer under question refuses, and which resource it names."""

import re

from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.own_words import own_words
from davlock.diagnosis.resource import GONE
from davlock.late_pattern import late_pattern
from davlock.protocol.lock_words import says_locked, says_not_locked
from davlock.protocol.precondition import (
    LOCK_TOKEN_SUBMITTED,
    NO_CONFLICTING_LOCK,
)
from davlock.protocol.url import is_path_above, same_path

_FAILED_HEADER = late_pattern(
    r"\b(If[A-Za-z-]*)'? header condition failed"
    r"|\bpreconditions?(?:\(s\))? specified by the \"(If[A-Za-z-]*):\" header did not match",
    re.IGNORECASE,
)
"""WsgiDAV's and mod_dav's words for it; sabre has an element, ``s:header``."""


def is_inquiry(evidence: Evidence) -> bool:
    """Whether nothing was tried: locks were read, and the question is what a write would meet."""
    if evidence.subject is None:
        return True
    if evidence.status is None or evidence.method not in READS:
        return False
    # A PROPFIND that finds nothing has its answer: the name is free. Unless another answer shows the resource.
    still = isinstance(evidence.exists_now, Known) and not evidence.exists_now.value
    return evidence.status < 300 or (evidence.method == "PROPFIND" and evidence.status in GONE and still)


def refused_as_locked(evidence: Evidence) -> bool:
    """Returns true if the answer says that a lock is in the way: by 423, or by a code of RFC 4918 §16."""
    cause = evidence.cause
    if cause is None:
        return False
    return cause.status == 423 or (
        400 <= cause.status < 500 and any(code in cause.codes for code in (LOCK_TOKEN_SUBMITTED, NO_CONFLICTING_LOCK))
    )


def speaks_of_a_lock(evidence: Evidence) -> bool:
    """Returns true if the answer's own words say that something is locked, or that it is not: they mean no names."""
    words = own_words(evidence)
    return says_locked(words) or says_not_locked(words)


def locks_in_question(evidence: Evidence) -> bool:
    """Returns true if the question is about locks: they were read, or one of them was in the way."""
    return is_inquiry(evidence) or refused_as_locked(evidence)


def failed_header(evidence: Evidence) -> str:
    """Returns the request header that the server names as false, in lower case; empty if it names none."""
    error = evidence.error
    if error is None:
        return ""
    match = _FAILED_HEADER.search(error.message or "")
    return (error.failed_header or (match[1] or match[2] if match is not None else "")).lower()


def blamed(evidence: Evidence) -> str | None:
    """Returns the resource that the answer names as locked, if that is not the target itself.

    It is the href of a precondition code (RFC 4918 §16), or the member of a multistatus.
    """
    cause = evidence.cause
    if cause is None:
        return None
    if cause.member:
        return None if same_path(cause.url, evidence.target) else cause.url
    if evidence.error is not None:
        for code in (LOCK_TOKEN_SUBMITTED, NO_CONFLICTING_LOCK):
            for href in evidence.error.hrefs(code):
                if not same_path(href, evidence.target):
                    return href
    return None


def is_above_target(url: str | None, evidence: Evidence) -> bool:
    """Returns true if ``url`` is a collection above the target, whatever host the server uses for itself."""
    return bool(url and evidence.target) and is_path_above(url or "", evidence.target)


def is_below_target(url: str | None, evidence: Evidence) -> bool:
    """Returns true if ``url`` is a member of the target."""
    return bool(url and evidence.target) and is_path_above(evidence.target, url or "")
