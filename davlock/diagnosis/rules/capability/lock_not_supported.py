"""the server does not offer locks.

What happened: the server, or this resource, does not offer locks. It answers LOCK or UNLOCK with 405 or 501, says that
it does not know the method, or announces only DAV class 1. Nothing is locked, and nothing can be. macOS then mounts the
share read-only; Windows and davfs2 complain.

How sure we are: certain for such an answer to LOCK, likely to UNLOCK. A guess if LOCK named something that does not
exist yet: Subversion locks only existing files. A DAV header alone proves little.

What to do: guard writes with If-Match, or tell the client not to lock (davfs2: use_locks 0). The administrator can turn
on locking: nginx needs dav_ext_methods with LOCK UNLOCK and dav_ext_lock, Apache DavLockDB, lighttpd
webdav.sqlite-db-name.

How to confirm: OPTIONS lists LOCK in Allow, and a LOCK gets 200.
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
    """Matches LOCK or UNLOCK refused as an unknown method; or, if nothing was tried, a DAV header and an Allow that
    both lack locking.
    """
    if evidence.scratch is not None and evidence.scratch.lock_granted:
        return None  # whatever OPTIONS announces
    unknown = evidence.status in (405, 501) or says_unknown_method(evidence.status, evidence.error)
    if evidence.method in ("LOCK", "UNLOCK") and unknown:
        if evidence.taken:
            return None  # a lock was granted here: something in between swallows the verb
        methods, _ = listed_methods(evidence)
        if evidence.method == "UNLOCK" and ({"LOCK", "UNLOCK"} & set(methods) or _has_locks(evidence)):
            return None  # the server has locks, and refuses only UNLOCK
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
    """Whether the Allow of the 405 itself lists LOCK: then the server accepts it elsewhere."""
    response = evidence.response
    return response is not None and "LOCK" in parse_allow(response.headers.get_all("Allow"))


def _no_unlock(evidence: Evidence) -> Match:
    """Returns the match for a refused UNLOCK: whether the server grants locks was not seen."""
    return replace(
        _match(evidence, Certainty.LIKELY, quotes.answer(evidence)),
        headline="The server refuses UNLOCK here: it does not seem to offer locks",
        explanation="davlock did not see whether it grants locks. If it does, a lock ends only when its time is over.",
    )


def _announces_none(evidence: Evidence) -> bool:
    """Whether the server announces class 1 without 2, and nothing else mentions locks."""
    if not isinstance(evidence.dav, Known) or not isinstance(evidence.allow, Known):
        return False
    if "2" in evidence.dav.value or "1" not in evidence.dav.value:
        return False
    offered = isinstance(evidence.supported, Known) and bool(evidence.supported.value)
    return "LOCK" not in evidence.allow.value or not offered


def _perhaps_unmapped(evidence: Evidence) -> Match:
    """Returns the match for a new name: Subversion without SVNAutoversioning locks only what exists, else 405."""
    return Match(
        certainty=Certainty.POSSIBLE,
        headline="The server offers no locks here, or only on names that exist",
        explanation="It refused to lock a new name. Whether it locks existing files is not known.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=(Alternative("500-lock-unmapped", "the same LOCK after a PUT: the server grants it"),),
        remedies=(intrusive("Write first, then lock", ("davlock", "put", "FILE", evidence.target)),),
    )


def _match(evidence: Evidence, certainty: Certainty, seen: tuple[Quote, ...]) -> Match:
    how = evidence.server.lock_setup if evidence.server else ""
    return Match(
        certainty=certainty,
        headline="The server does not offer locks here",
        explanation="Nothing can be locked, so no lock is in your way. Two people can overwrite each other.",
        retry=NEVER,
        evidence=seen,
        remedies=(
            safe("Guard writes with If-Match instead"),
            for_admin(intrusive(how or "Turn on locking, if the server can lock")),
        ),
    )
