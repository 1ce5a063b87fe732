"""two spellings of one name do not match.

What happened: the request's URL and the name in If, in the answer or in the lock's URL mean the same resource, but are
spelled differently: escaped or not, %c3 or %C3, with another slash, or in another Unicode form (macOS sends NFD). A
server or client that compares letter by letter finds no match. nginx does, and it and sabre/dav send the lock's URL
without escapes, which clients copy into If.

How sure we are: likely if you took the lock yourself and only the spelling can be the reason. A guess if the lock was
not seen, or may be another user's.

What to do: send the name exactly as the server wrote it, escaped once. Or send If without a tag: `If: (<TOKEN>)`. A
name of plain letters and digits avoids all this.

How to confirm: the same request with an untagged If works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.resource import find, read_propfind
from davlock.diagnosis.rule import Match, Role, rfc, rfc4918, rule
from davlock.protocol.spelling import Difference, differences, is_raw, path_of
from davlock.protocol.url import has_unusual_characters, same_resource

_WITHOUT_A_TAG = intrusive("Repeat it with an untagged If: (<token>)")

MISLEADING = frozenset({Difference.RESERVED, Difference.SLASHES, Difference.UNICODE})
"""Differences that remain after a client normalises an href (RFC 3986 §6.2.2)."""

STRICT_CLIENTS = ("neon", "davfs2", "cadaver")

REFUSALS = (400, 404, 409, 412, 423, 500)


@rule(
    id="name-encoding",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("8.3"), rfc(3986, "6.2.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a right token that was refused, a LOCK that fails because of its name, and a name spelled differently."""
    return _token_refused(evidence) or _lock_refused(evidence) or _raw_lockroot(evidence) or _another_href(evidence)


def _token_refused(evidence: Evidence) -> Match | None:
    cause, header = evidence.cause, evidence.if_header
    if cause is None or header is None or cause.status not in REFUSALS or not header.tokens:
        return None
    if "If-Match" in evidence.headers or any(
        condition.etag for group in header.lists for condition in group.conditions
    ):
        return None  # the entity tag can be what failed
    sent = {token.uri for token in header.tokens}
    ours = [covering for covering in evidence.covering if covering.token in sent]
    if isinstance(evidence.locks, Known) and evidence.after_subject(evidence.locks.exchange) and not ours:
        return None  # another lock, or none
    names = [("If", group.resource) for group in header.lists if group.resource is not None]
    names += [("lockroot", entry.lock.root.as_sent) for entry in ours if entry.lock.root and entry.direct is not False]
    for where, name in names:
        if spelled := differences(name, evidence.target):
            return _refused(evidence, where, name, spelled, seen=bool(ours))
    if ours and header.tagged and cause.status in (412, 423) and has_unusual_characters(evidence.target):
        return _refused(evidence, "If", path_of(evidence.target), (), seen=True)
    return None


def _refused(evidence: Evidence, where: str, name: str, spelled: tuple[Difference, ...], *, seen: bool) -> Match:
    place = "If" if where == "If" else "the lock's URL"
    sent = evidence.submitted or ()
    taken = any(entry.lock.token is not None and entry.lock.token.uri in sent for entry in evidence.taken)
    likely = seen and taken and bool(spelled)
    other = "403-unlock-not-owner" if seen and not taken else "412-if-token-unknown"
    return Match(
        certainty=Certainty.LIKELY if likely else Certainty.POSSIBLE,
        headline=f"The server may not recognise the name: request and {place} differ in {_listed(spelled)}"
        if spelled
        else "The token is right, but the server may compare names without decoding them",
        explanation="Both name one resource, but a server that compares letter by letter finds no match.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            Quote("request URL", path_of(evidence.target), evidence.subject),
            *(quotes.request_header(evidence, "If") if where == "If" else (Quote("lockroot", name),)),
        ),
        facts=(("differs", tuple(entry.name.lower() for entry in spelled)),),
        alternatives=() if likely else (Alternative(other, "the same request with an untagged If: (<token>)"),),
        remedies=(_WITHOUT_A_TAG,) if evidence.server is None or not evidence.server.untagged_if_is_deadly else (),
    )


def _lock_refused(evidence: Evidence) -> Match | None:
    """Returns a match if sabre cannot parse a raw lockroot, or files_lock cannot find a name with umlauts."""
    error = evidence.error
    exception = (error.exception if error else None) or ""
    alternatives: tuple[Alternative, ...] = ()
    if exception.endswith("InvalidUriException"):
        certainty = Certainty.LIKELY
    elif (
        evidence.method == "LOCK"
        and evidence.cause is not None
        and exception.endswith("NotFoundException")
        and isinstance(evidence.exists, Known)
        and evidence.exists.value
        and has_unusual_characters(evidence.target)
    ):
        certainty = Certainty.POSSIBLE
        alternatives = (Alternative("404-not-found", "a LOCK on a copy whose name is plain ASCII"),)
    else:
        return None
    return Match(
        certainty=certainty,
        headline="The server fails on special characters in the name",
        explanation=f"Its own code gave up with {exception.rpartition(chr(92))[2]}.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request URL", path_of(evidence.target), evidence.subject)),
        alternatives=alternatives,
        remedies=(
            intrusive("Rename it: plain letters and digits only"),
            safe("Escape the lock's URL before it goes into If", who=Who.CLIENT_AUTHOR),
        ),
    )


def _raw_lockroot(evidence: Evidence) -> Match | None:
    """Returns a match for a lock just taken by a client that is known to reject such an answer."""
    root = evidence.granted.root if evidence.granted and not evidence.is_refresh else None
    client = (evidence.headers.get("User-Agent") or "").lower()
    if root is None or not is_raw(root.as_sent) or not any(name in client for name in STRICT_CLIENTS):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server sends the lock's URL unescaped, so your client may lose the lock",
        explanation="neon and davfs2, which is built on it, reject such an answer, although the lock exists.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("lockroot", root.as_sent, evidence.subject),
            *quotes.request_header(evidence, "User-Agent"),
        ),
        remedies=(safe("Escape the lock's URL before it goes into If", who=Who.CLIENT_AUTHOR),),
    )


def _another_href(evidence: Evidence) -> Match | None:
    """Returns a match if the answer spells the target's own name so that clients think of another resource."""
    if evidence.covering:
        return None  # davlock found the lock under either name
    path = path_of(evidence.target).encode("utf-8", "replace")
    for index, exchange in enumerate(evidence.exchanges):
        request, response = exchange.request, exchange.response
        if request.method.upper() != "PROPFIND" or response is None or path in (response.body or path):
            continue
        if not same_resource(request.url, evidence.target):
            continue
        answer = read_propfind(exchange)
        if isinstance(answer, str):
            continue
        element = find(answer, request.url, request.url)
        if element is None and len(answer.responses) == 1 and request.headers.get("Depth") == "0":
            element = answer.responses[0]
        for href in element.hrefs if element is not None else ():
            spelled = differences(href, request.url) or ()
            if MISLEADING.intersection(spelled):
                return Match(
                    certainty=Certainty.LIKELY,
                    headline=f"The server spells the name differently: it differs in {_listed(spelled)}",
                    explanation="A client that compares letter by letter does not find what it asked for.",
                    retry=AFTER_CHANGE,
                    evidence=(Quote("request URL", path_of(request.url), index), Quote("href", href, index)),
                    facts=(("differs", tuple(entry.name.lower() for entry in spelled)),),
                    remedies=(safe("Use the name as the server spells it"),),
                )
    return None


def _listed(spelled: tuple[Difference, ...]) -> str:
    return ", ".join(entry.value for entry in spelled)
