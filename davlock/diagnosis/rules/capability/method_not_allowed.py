"""the method does not fit this resource.

What happened: the server does not accept this method here (405). Examples are MKCOL on a name that exists, PUT on a
collection, or PROPPATCH on a server without it. Some servers answer 400, 404 or 409 to a PUT whose URL ends in a slash.
Some servers grant locks but refuse UNLOCK or renewal; such a lock ends only when its time is over.

How sure we are: certain from a 405. Likely for UNLOCK and renewal, because a proxy can answer, too. Likely from the
form of the URL, or from a 400 to an unknown method. A guess if the method is not known: for LOCK, 405 means that the
server offers no locks.

What to do: use a method that fits. Allow lists them.

How to confirm: `curl -i -X OPTIONS URL` lists the methods in Allow.
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
"""The methods of IANA's registry; "" means that the method is not known."""


@rule(
    id="405-method-not-allowed",
    severity=Severity.ERROR,
    statuses=(400, 403, 405, 409, 501),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.6"), rfc4918("9.3.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 405 or 501, also to UNLOCK on a server with locks; or a refused PUT to the URL of a collection."""
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
        headline = "The server refuses MKCOL: the name exists already, or this is no WebDAV tree"
    elif put_on_collection:
        headline = "You sent PUT to a collection; it needs the URL of a file"
    elif unknown:
        headline = f"The server does not know the method {evidence.method}"
    else:
        headline = f"The server does not accept {evidence.method or 'this method'} on this resource"
    if not evidence.method:
        certainty = Certainty.POSSIBLE
    else:
        certainty = Certainty.CERTAIN if cause.status in (405, 501) and not exists else Certainty.LIKELY
    return Match(
        certainty=certainty,
        headline=headline,
        explanation="No lock is involved."
        + (" Without PROPFIND, no client sees a lock here." if evidence.method == "PROPFIND" else ""),
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.response_header(evidence, "Allow")),
        facts=(("method", evidence.method),),
        alternatives=()
        if evidence.method
        else (Alternative("lock-not-supported", "the method of the request (--method): it is LOCK or UNLOCK"),),
        remedies=_ways(evidence),
    )


def _lock_verb(evidence: Evidence) -> Match | None:
    """Returns a match for a refused LOCK, renewal or UNLOCK where the server lists the method or shows a lock."""
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
        headline = "The server does not renew locks here"
        words = "Your lock ends when its time is over. Ask for enough time when you take the next."
    elif evidence.method == "UNLOCK":
        headline = "The server has locks, but refuses UNLOCK here"
        words = _how_it_ends(locks, evidence)
    else:
        headline = "The server has locks, but refuses LOCK on this resource"
        words = "It lists LOCK itself, so it may lock other resources: files, for example, but no folders."
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
                f"the same {evidence.method}, sent past every proxy: the answer is another",
            ),
        ),
        remedies=_ways_of_a_lock(evidence),
    )


def _how_it_ends(locks: tuple[ObservedLock, ...], evidence: Evidence) -> str:
    if not locks:
        return "As far as davlock saw, a lock here ends only when its time is over."
    lock = locks[0]
    if has_no_end(lock.lock, evidence):
        return "The lock stays: it never ends by itself."
    left = time_left(lock, evidence)
    if left is None:
        return "The lock ends when its time is over, unless somebody renews it."
    moment = evidence.answered_at(lock.exchange)
    at = f" ({(moment + timedelta(seconds=left)):%Y-%m-%d %H:%M:%SZ})" if moment is not None else ""
    return f"The lock ends in {seconds_in_words(left)}{at}, unless somebody renews it."


def _ways_of_a_lock(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.is_refresh:
        title = "Take a new lock when this one ends"
        return (intrusive(title, ("davlock", "lock", evidence.target)),)
    see = look(evidence.target, "See whether it is locked, and until when")
    admin = for_admin(intrusive(f"Allow {evidence.method} on this resource"))
    return (see, admin, *admin_unlock(evidence)) if evidence.method == "UNLOCK" else (see, admin)


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.method == "PROPFIND":
        how = evidence.server.propfind_setup if evidence.server is not None else ""
        return (for_admin(intrusive(how or "Allow PROPFIND on this resource")),)
    if not evidence.target:
        return ()
    return (safe("See what is at this URL", ("davlock", "propfind", evidence.target)),)


def _put_on_what_was_read(evidence: Evidence, status: int) -> bool:
    """Whether it is a PUT on a collection whose URL has no slash, as a listing shows."""
    known = isinstance(evidence.is_collection, Known) and evidence.is_collection.value
    return known and evidence.method == "PUT" and status in (400, 405, 409) and not refused_as_locked(evidence)


def _nginx_wants_a_slash(evidence: Evidence) -> bool:
    """Whether it is nginx's 409 to MKCOL without a slash: directly below the root no parent can be missing."""
    below_root = len(ancestors(evidence.target)) == 1
    status = evidence.cause.status if evidence.cause else None
    return evidence.method == "MKCOL" and status == 409 and below_root and not evidence.target.endswith("/")


def _no_collection(evidence: Evidence) -> Match:
    url = evidence.target.rstrip("/")
    reason = "the server looks for something inside the file"
    lock = next(iter(evidence.covering), None)
    words = f"No lock is involved: {reason}."
    if lock is not None:
        words = f"The slash is the reason: {reason}. The file itself is locked, too: {describe(lock, evidence)}."
    return Match(
        certainty=Certainty.LIKELY,
        headline="Your URL ends in a slash, but it names a file",
        explanation=words,
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request", f"{evidence.method} {evidence.target}", evidence.subject)),
        facts=(("method", evidence.method),),
        remedies=(safe("Leave out the slash", ("davlock", "diagnose", url)),),
    )


def _below_a_file(evidence: Evidence, file: str) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"Nothing can be below {file}: it is a file",
        explanation="No lock is involved: your URL uses a file as if it were a collection.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request", f"{evidence.method} {evidence.target}", evidence.subject)),
        facts=(("method", evidence.method),),
        remedies=(safe("Ask about the file itself", ("davlock", "diagnose", file)),),
    )


def _slash(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server wants a slash at the end of the URL for MKCOL",
        explanation="Without it, nginx answers 409. No lock is involved, and no parent collection is missing.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("method", evidence.method),),
        remedies=(intrusive("Add the slash", ("curl", "-X", "MKCOL", f"{evidence.target}/")),),
    )
