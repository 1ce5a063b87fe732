"""class 1 server, or 405/501 on LOCK or UNLOCK.

What happened: This server, or this resource, does not offer locks. LOCK or UNLOCK was answered 405 or 501, or in words
that the method is not known, or the server announces class 1 without class 2. Nothing is locked by it, and nothing can
be. macOS then mounts read-only, Windows and davfs2 complain.

How sure we are: certain for 405, 501 and such words to LOCK, likely to UNLOCK; possible where LOCK was of a name that
does not exist yet, since Subversion locks what is there alone. A DAV header alone proves little: nginx announces 2
without 1, Apache 1,2 without a lock database.

What to do: have locking configured (nginx: dav_ext_methods with LOCK UNLOCK, and dav_ext_lock; Apache: DavLockDB;
lighttpd: webdav.sqlite-db-name), or use a client without locks (davfs2: use_locks 0).

How to confirm: OPTIONS lists LOCK in Allow, and a LOCK is answered 200.
"""

from dataclasses import replace

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, NEVER, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_verbs import listed_methods
from davlock.diagnosis.predicates.locks import proven_free
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.protocol.headers import parse_allow


@rule(
    id="lock-not-supported",
    severity=Severity.WARNING,
    statuses=(400, 403, 405, 501),
    retry=(RetryVerdict.NEVER, RetryVerdict.AFTER_CHANGE),
    scope=Scope.SERVER,
    see=(rfc4918("18.2"), rfc4918("9.10")),
)
def check(evidence: Evidence) -> Match | None:
    """405, 501 or words for them to LOCK or UNLOCK; or, when nothing was tried, a class list and an Allow that both
    lack locking.
    """
    if evidence.scratch is not None and evidence.scratch.lock_granted:
        return None  # whatever OPTIONS announces
    unknown = evidence.status in (405, 501) or says_unknown_method(evidence.status, evidence.error)
    if evidence.method in ("LOCK", "UNLOCK") and unknown:
        if evidence.taken:
            return None  # a lock was granted here: something in between swallows the verb
        methods, _ = listed_methods(evidence)
        if evidence.method == "UNLOCK" and ({"LOCK", "UNLOCK"} & set(methods) or _has_locks(evidence)):
            return None  # the server has locks, and only UNLOCK is not taken
        if evidence.is_refresh and ("LOCK" in methods or _has_locks(evidence)):
            return None
        if evidence.method == "LOCK" and _lists_lock_itself(evidence):
            return None
        missing = isinstance(evidence.exists, Known) and not evidence.exists.value
        if missing and evidence.method == "LOCK" and not _announces_none(evidence):
            return _perhaps_unmapped(evidence)
        if evidence.method == "UNLOCK":
            return _no_unlock(evidence)
        return _match(evidence, Certainty.CERTAIN, quotes.answer(evidence))
    failed_lock = evidence.method == "LOCK" and evidence.status is not None and evidence.status >= 500
    if not (is_inquiry(evidence) or failed_lock) or not isinstance(evidence.dav, Known):
        return None
    if evidence.covering or proven_free(evidence) or not _announces_none(evidence):
        return None
    said = Quote("OPTIONS", f"DAV: {', '.join(evidence.dav.value)}", evidence.dav.exchange)
    return _match(evidence, Certainty.LIKELY, (*(quotes.answer(evidence) if failed_lock else ()), said))


def _has_locks(evidence: Evidence) -> bool:
    return bool(evidence.covering) or (isinstance(evidence.locks_before, Known) and bool(evidence.locks_before.value))


def _lists_lock_itself(evidence: Evidence) -> bool:
    """Whether the Allow of the 405 itself lists LOCK: then the server takes it elsewhere."""
    response = evidence.response
    return response is not None and "LOCK" in parse_allow(response.headers.get_all("Allow"))


def _no_unlock(evidence: Evidence) -> Match:
    """Only UNLOCK was seen to be refused: whether the server grants locks was not."""
    return replace(
        _match(evidence, Certainty.LIKELY, quotes.answer(evidence)),
        headline="This server does not take UNLOCK here: most likely it does not offer locks",
        explanation="Whether it grants locks was not seen. If it does, a lock ends by its time alone.",
    )


def _announces_none(evidence: Evidence) -> bool:
    """Class 1 without 2, and nothing else that speaks of locks."""
    if not isinstance(evidence.dav, Known) or not isinstance(evidence.allow, Known):
        return False
    if "2" in evidence.dav.value or "1" not in evidence.dav.value:
        return False
    offered = isinstance(evidence.supported, Known) and bool(evidence.supported.value)
    return "LOCK" not in evidence.allow.value or not offered


def _perhaps_unmapped(evidence: Evidence) -> Match:
    """Subversion without SVNAutoversioning locks files, and says 405 to LOCK where there is none."""
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="This server does not offer locks here, or not of a name that does not exist yet",
        explanation="LOCK of a new name was refused; whether what is there can be locked was not seen.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=(Alternative("500-lock-unmapped", "the same LOCK after a PUT: it is granted"),),
        remedies=(intrusive("Write first, then lock", ("davlock", "put", "FILE", evidence.target)),),
    )


def _match(evidence: Evidence, certainty: Certainty, seen: tuple[Quote, ...]) -> Match:
    how = evidence.server.lock_setup if evidence.server else ""
    return Match(
        certainty=certainty,
        headline="This server does not offer locks here",
        explanation="Nothing can be locked, so no lock stands in anyone's way; two people can overwrite each other.",
        retry=NEVER,
        evidence=seen,
        remedies=(
            safe("Guard writes with If-Match instead, or tell the client not to lock"),
            for_admin(intrusive(how or "Configure locking on the server, if it can lock")),
        ),
    )
