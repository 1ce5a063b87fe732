"""The verb is not for this resource.

What happened: 405: MKCOL on something that exists, PUT on a collection, PROPPATCH on a server without it. Some
servers say 400, 404 or 409 to a PUT whose URL ends in a slash, or was read as that of a collection.

How sure we are: certain for 405, possible where the method is not known: to LOCK, 405 means that locks are not offered.
Likely for the others, from the form of the URL; and for a 400 to a method that is
none of HTTP's or WebDAV's.

What to do: use the verb that fits: Allow lists those that do.

How to confirm: OPTIONS on the URL lists, in Allow, the verbs that fit.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc, rfc4918
from davlock.diagnosis.situation import refused_as_locked, slash_on_a_file
from davlock.protocol.url import ancestors

KNOWN = READS | {
    *("", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "QUERY", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"),
    *("ACL", "BASELINE-CONTROL", "BIND", "UNBIND", "REBIND", "CHECKIN", "CHECKOUT", "UNCHECKOUT", "LABEL", "LINK"),
    *("UNLINK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "UPDATE"),
    *("UPDATEREDIRECTREF", "VERSION-CONTROL"),
}
"""The methods of IANA's registry, and none known."""


def check(evidence: Evidence) -> Match | None:
    """405 or 501 to anything but LOCK and UNLOCK; or a PUT refused whose URL is that of a collection."""
    cause = evidence.cause
    if cause is None or cause.member:
        return None
    if cause.status in (400, 403, 404, 409) and slash_on_a_file(evidence) and not refused_as_locked(evidence):
        return _no_collection(evidence)
    if evidence.method in ("LOCK", "UNLOCK"):
        return None
    if _nginx_wants_a_slash(evidence):
        return _slash(evidence)
    path = evidence.target.partition("?")[0]
    put_on_collection = evidence.method == "PUT" and path.endswith("/") and cause.status in (400, 404, 405, 409, 424)
    put_on_collection = put_on_collection or _put_on_what_was_read(evidence, cause.status)
    unknown = cause.status == 400 and evidence.method not in KNOWN
    if cause.status not in (405, 501) and not put_on_collection and not unknown:
        return None
    exists = evidence.method == "MKCOL" and cause.status == 405
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


def _ways(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.method == "PROPFIND":
        how = evidence.server.propfind_setup if evidence.server is not None else ""
        words = how or "Let PROPFIND through to this resource, and answer it"
        return (Remedy(Who.SERVER_ADMIN, f"{words}: without it no client sees a lock", None, Risk.INTRUSIVE),)
    if not evidence.target:
        return ()
    return (Remedy(Who.YOU, "See what it is", ("davlock", "propfind", evidence.target), Risk.SAFE),)


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
    return Match(
        certainty=Certainty.LIKELY,
        headline="The URL ends in a slash, as a collection's does, and what is there is a file",
        explanation="No lock is involved: servers look for something of that name below the file.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request", f"{evidence.method} {evidence.target}", evidence.subject)),
        facts=(("method", evidence.method),),
        remedies=(Remedy(Who.YOU, "Leave the slash out", ("davlock", "diagnose", url), Risk.SAFE),),
    )


def _slash(evidence: Evidence) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline="This server wants a trailing slash on the URL of a MKCOL",
        explanation="nginx answers 409 without it. No lock is involved, and no parent is missing: it is the root.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("method", evidence.method),),
        remedies=(Remedy(Who.YOU, "Add the slash", ("curl", "-X", "MKCOL", f"{evidence.target}/"), Risk.INTRUSIVE),),
    )


RULE = Rule(
    id="405-method-not-allowed",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="the verb is not for this resource",
    page=__doc__,
    check=check,
    references=(rfc(9110, "15.5.6"), rfc4918("9.3.1")),
)
