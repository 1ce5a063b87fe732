"""the verb is not for this resource.

What happened: 405: MKCOL on something that exists, PUT on a collection, PROPPATCH on a server without it. Some servers
say 400, 404 or 409 to a PUT whose URL ends in a slash, or was read as that of a collection.

UNLOCK is answered 405 by servers that grant locks and do not release them, or do not take UNLOCK on this resource. The
lock then ends by its time. A renewal is answered so by servers that have none.

How sure we are: certain for 405, likely for UNLOCK and for a renewal, since a proxy can answer, too. Possible where the
method is not known: to LOCK, 405 means that locks are not offered. Likely for the others, from the form of the URL; and
for a 400 to a method that is none of HTTP's or WebDAV's.

What to do: use the verb that fits: Allow lists those that do.

How to confirm: OPTIONS on the URL lists, in Allow, the verbs that fit.
"""

from datetime import timedelta

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_verbs import listed_methods
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.resource import below_a_file, slash_on_a_file
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.quotes import response_header
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule
from davlock.diagnosis.wording import admin_unlock, describe, has_no_end, look, seconds_in_words, time_left
from davlock.locks.observed import ObservedLock
from davlock.protocol.url import ancestors
from davlock.servers.phrases import Said

KNOWN = READS | {
    *("", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "QUERY", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"),
    *("ACL", "BASELINE-CONTROL", "BIND", "UNBIND", "REBIND", "CHECKIN", "CHECKOUT", "UNCHECKOUT", "LABEL", "LINK"),
    *("UNLINK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "UPDATE"),
    *("UPDATEREDIRECTREF", "VERSION-CONTROL"),
}
"""The methods of IANA's registry, and none known."""


@rule(
    id="405-method-not-allowed",
    severity=Severity.ERROR,
    statuses=(400, 403, 405, 409, 501),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.6"), rfc4918("9.3.1")),
)
def check(evidence: Evidence) -> Match | None:
    """405 or 501, also to UNLOCK where there are locks; or a PUT refused whose URL is that of a collection."""
    cause = evidence.cause
    if cause is None or cause.member:
        return None
    if cause.status in (400, 403, 404, 409) and slash_on_a_file(evidence) and not refused_as_locked(evidence):
        return _no_collection(evidence)
    reads_below_a_file = evidence.method in READS and cause.status in (400, 403, 405)
    if reads_below_a_file and (file := below_a_file(evidence)):
        return _below_a_file(evidence, file)
    if evidence.method in ("LOCK", "UNLOCK"):
        return _lock_verb(evidence)
    if _nginx_wants_a_slash(evidence):
        return _slash(evidence)
    path = evidence.target.partition("?")[0]
    put_on_collection = evidence.method == "PUT" and path.endswith("/") and cause.status in (400, 404, 405, 409, 424)
    put_on_collection = put_on_collection or _put_on_what_was_read(evidence, cause.status)
    unknown = cause.status == 400 and evidence.method not in KNOWN
    exists = evidence.method == "MKCOL" and (cause.status == 405 or stated_cause(evidence) is Said.EXISTS)
    if cause.status not in (405, 501) and not put_on_collection and not unknown and not exists:
        return None
    if exists:
        headline = "MKCOL was refused: something of that name exists already, or this is no DAV tree"
    elif put_on_collection:
        headline = "PUT was sent to the URL of a collection"
    elif unknown:
        headline = f"This server does not know the method {evidence.method}"
    else:
        headline = f"{evidence.method or 'This method'} is not for this resource"
    if not evidence.method:
        certainty = Certainty.POSSIBLE
    else:
        certainty = Certainty.CERTAIN if cause.status in (405, 501) and not exists else Certainty.LIKELY
    return Match(
        certainty=certainty,
        headline=headline,
        explanation="No lock is involved: the resource does not take this method.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Allow")),
        facts=(("method", evidence.method),),
        alternatives=()
        if evidence.method
        else (Alternative("lock-not-supported", "the method of the request (--method): it is LOCK or UNLOCK"),),
        remedies=_ways(evidence),
    )


def _lock_verb(evidence: Evidence) -> Match | None:
    """405 or 501 to UNLOCK, or to a renewal, by a server that has locks: it lists the verb itself, or shows a lock."""
    refused = evidence.status in (405, 501) or says_unknown_method(evidence.status, evidence.error)
    methods, listed_in = listed_methods(evidence)
    if not refused or (evidence.method == "LOCK" and not (evidence.is_refresh or "LOCK" in methods)):
        return None
    listed = evidence.method in methods or (evidence.method == "UNLOCK" and "LOCK" in methods)
    locks = evidence.covering or (evidence.locks_before.value if isinstance(evidence.locks_before, Known) else ())
    if not listed and not locks:
        return None
    offer = (Quote("Allow", ", ".join(methods), listed_in),) if listed and listed_in != evidence.subject else ()
    named = response_header(evidence, "Allow") if listed and listed_in == evidence.subject else ()
    if evidence.is_refresh:
        headline = "This server does not renew locks: it does not take a LOCK without a body here"
        words = "A lock of yours can be held until its time is over, and no longer."
    elif evidence.method == "UNLOCK":
        headline = "This server does not take UNLOCK here, although it has locks"
        words = _how_it_ends(locks, evidence)
    else:
        headline = "This server does not take LOCK on this resource, although it has locks"
        words = "It lists LOCK itself: it may lock other resources, such as files and no folders."
    return Match(
        certainty=Certainty.LIKELY,
        headline=headline,
        explanation=words,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *named, *offer, *quotes.locks(evidence)),
        facts=(("method", evidence.method),),
        alternatives=(
            Alternative(
                "proxy-method-dropped",
                f"the same {evidence.method} sent to the server past every proxy: it is answered otherwise",
            ),
        ),
        remedies=_ways_of_a_lock(evidence),
    )


def _how_it_ends(locks: tuple[ObservedLock, ...], evidence: Evidence) -> str:
    if not locks:
        return "A lock that is there can end by its time alone, as far as was seen."
    lock = locks[0]
    if has_no_end(lock.lock, evidence):
        return "The lock stays: it has no end."
    left = time_left(lock, evidence)
    if left is None:
        return "The lock stays until its time is over, unless it is renewed."
    moment = evidence.answered_at(lock.exchange)
    at = f" ({(moment + timedelta(seconds=left)):%Y-%m-%d %H:%M:%SZ})" if moment is not None else ""
    return f"The lock stays until its time is over: in {seconds_in_words(left)}{at}, unless it is renewed."


def _ways_of_a_lock(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.is_refresh:
        title = "Take a new lock when this one is over; ask for enough time at once"
        return (intrusive(title, ("davlock", "lock", evidence.target)),)
    see = look(evidence.target, "See whether it is locked, and until when")
    admin = for_admin(intrusive(f"Let {evidence.method} through to this resource"))
    return (see, admin, *admin_unlock(evidence)) if evidence.method == "UNLOCK" else (see, admin)


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.method == "PROPFIND":
        how = evidence.server.propfind_setup if evidence.server is not None else ""
        words = how or "Let PROPFIND through to this resource, and answer it"
        return (for_admin(intrusive(f"{words}: without it no client sees a lock")),)
    if not evidence.target:
        return ()
    return (safe("See what it is", ("davlock", "propfind", evidence.target)),)


def _put_on_what_was_read(evidence: Evidence, status: int) -> bool:
    """A PUT on a collection whose URL has no slash: 409, where it is seen in a listing that it is one."""
    known = isinstance(evidence.is_collection, Known) and evidence.is_collection.value
    return known and evidence.method == "PUT" and status in (400, 405, 409) and not refused_as_locked(evidence)


def _nginx_wants_a_slash(evidence: Evidence) -> bool:
    """nginx says 409 to MKCOL on a name without the slash, also directly below the root, which cannot be missing."""
    below_root = len(ancestors(evidence.target)) == 1
    status = evidence.cause.status if evidence.cause else None
    return evidence.method == "MKCOL" and status == 409 and below_root and not evidence.target.endswith("/")


def _no_collection(evidence: Evidence) -> Match:
    url = evidence.target.rstrip("/")
    reason = "servers look for something of that name below the file"
    lock = next(iter(evidence.covering), None)
    words = f"No lock is involved: {reason}."
    if lock is not None:
        words = (
            f"This refusal is about the slash: {reason}. The file itself is locked, too: {describe(lock, evidence)}."
        )
    return Match(
        certainty=Certainty.LIKELY,
        headline="The URL ends in a slash, as a collection's does, and what is there is a file",
        explanation=words,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request", f"{evidence.method} {evidence.target}", evidence.subject)),
        facts=(("method", evidence.method),),
        remedies=(safe("Leave the slash out", ("davlock", "diagnose", url)),),
    )


def _below_a_file(evidence: Evidence, file: str) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"{file} is a file, and nothing can be below it",
        explanation="No lock is involved: the URL names something below a file, as if that were a collection.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request", f"{evidence.method} {evidence.target}", evidence.subject)),
        facts=(("method", evidence.method),),
        remedies=(safe("Ask about the file itself", ("davlock", "diagnose", file)),),
    )


def _slash(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline="This server wants a trailing slash on the URL of a MKCOL",
        explanation="nginx answers 409 without it. No lock is involved, and no parent is missing: it is the root.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("method", evidence.method),),
        remedies=(intrusive("Add the slash", ("curl", "-X", "MKCOL", f"{evidence.target}/")),),
    )
