"""href, lockroot or If differ by escaping, case, slash or Unicode form.

What happened: One name, spelled in two ways, and something in between takes it for two. The URL of the request and the
name in If, in an href or in a lockroot mean the same resource and are spelled differently: escaped or not, %c3 or %C3,
with another slash, in another Unicode form (macOS sends NFD). Who compares the text finds no match. nginx does so with
names that need escaping, and it and sabre/dav write a lockroot without escapes, which a client then copies into If.

How sure we are: likely where you took the lock yourself and only the spelling is left to blame; possible where the lock
was not seen, or may be another user's.

What to do: send the name exactly as the server wrote it, escaped once; or send If without a tag: `If: (<TOKEN>)`. A
name of plain ASCII letters and digits avoids all of it.

How to confirm: the same request with an untagged If goes through.
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

_WITHOUT_A_TAG = intrusive("Send the same request with an untagged If: (<token>)")

MISLEADING = frozenset({Difference.RESERVED, Difference.SLASHES, Difference.UNICODE})
"""Those that remain when a client does with an href what RFC 3986 §6.2.2 asks of it."""

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
    """A token that is right and was refused; a LOCK that fails over its name; an answer that spells it anew."""
    return _token_refused(evidence) or _lock_refused(evidence) or _raw_lockroot(evidence) or _another_href(evidence)


def _token_refused(evidence: Evidence) -> Match | None:
    cause, header = evidence.cause, evidence.if_header
    if cause is None or header is None or cause.status not in REFUSALS or not header.tokens:
        return None
    if "If-Match" in evidence.headers or any(entry.etag for one in header.lists for entry in one.conditions):
        return None  # the entity tag can be what failed
    sent = {token.uri for token in header.tokens}
    ours = [covering for covering in evidence.covering if covering.token in sent]
    if isinstance(evidence.locks, Known) and evidence.after_subject(evidence.locks.exchange) and not ours:
        return None  # another lock, or none
    names = [("If", one.resource) for one in header.lists if one.resource is not None]
    names += [("lockroot", entry.lock.root.as_sent) for entry in ours if entry.lock.root and entry.direct is not False]
    for where, name in names:
        if found := differences(name, evidence.target):
            return _refused(evidence, where, name, found, seen=bool(ours))
    if ours and header.tagged and cause.status in (412, 423) and has_unusual_characters(evidence.target):
        return _refused(evidence, "If", path_of(evidence.target), (), seen=True)
    return None


def _refused(evidence: Evidence, where: str, name: str, found: tuple[Difference, ...], *, seen: bool) -> Match:
    how = f"differ in {_listed(found)}" if found else "need escaping"
    sent = evidence.submitted or ()
    taken = any(entry.lock.token is not None and entry.lock.token.uri in sent for entry in evidence.taken)
    likely = seen and taken and bool(found)
    other = "403-unlock-not-owner" if seen and not taken else "412-if-token-unknown"
    return Match(
        certainty=Certainty.LIKELY if likely else Certainty.POSSIBLE,
        headline=f"The token may be refused for the spelling of the name: request and {where} {how}"
        if found
        else "The token is right: the server may compare names without undoing their escapes",
        explanation="They name one resource, but a server that compares them letter by letter finds no match.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            Quote("request URL", path_of(evidence.target), evidence.subject),
            *(quotes.request_header(evidence, "If") if where == "If" else (Quote("lockroot", name),)),
        ),
        facts=(("differs", tuple(entry.name.lower() for entry in found)),),
        alternatives=() if likely else (Alternative(other, "the same request with an untagged If: (<token>)"),),
        remedies=(_WITHOUT_A_TAG,) if evidence.server is None or not evidence.server.untagged_if_is_deadly else (),
    )


def _lock_refused(evidence: Evidence) -> Match | None:
    """sabre cannot parse a raw lockroot that comes back to it; files_lock does not find names with umlauts."""
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
        headline="The server trips over the name, which has characters that need escaping",
        explanation=f"Its own code gave up with {exception.rpartition(chr(92))[2]}.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("request URL", path_of(evidence.target), evidence.subject)),
        alternatives=alternatives,
        remedies=(
            intrusive("Give it a name of plain ASCII letters and digits"),
            safe("Escape a lockroot before it goes into If, or send If untagged", who=Who.CLIENT_AUTHOR),
        ),
    )


def _raw_lockroot(evidence: Evidence) -> Match | None:
    """The lock just taken by a client that is known to give up on such an answer."""
    root = evidence.granted.root if evidence.granted and not evidence.is_refresh else None
    client = (evidence.headers.get("User-Agent") or "").lower()
    if root is None or not is_raw(root.as_sent) or not any(name in client for name in STRICT_CLIENTS):
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The lockroot in the answer is not escaped: this client may refuse the answer, and lose the lock",
        explanation="neon, and davfs2 which is built on it, take such an answer for broken, though the lock is there.",
        retry=AFTER_CHANGE,
        evidence=(
            Quote("lockroot", root.as_sent, evidence.subject),
            *quotes.request_header(evidence, "User-Agent"),
        ),
        remedies=(safe("Escape a lockroot before it goes into If, or send If untagged", who=Who.CLIENT_AUTHOR),),
    )


def _another_href(evidence: Evidence) -> Match | None:
    """The answer about the target itself names it in a way that clients take for another resource."""
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
            found = differences(href, request.url) or ()
            if MISLEADING.intersection(found):
                return Match(
                    certainty=Certainty.LIKELY,
                    headline=f"The server answers under another spelling of the name: it differs in {_listed(found)}",
                    explanation="A client that compares letter by letter does not find what it asked for.",
                    retry=AFTER_CHANGE,
                    evidence=(Quote("request URL", path_of(request.url), index), Quote("href", href, index)),
                    facts=(("differs", tuple(entry.name.lower() for entry in found)),),
                    remedies=(safe("Use the name as the server spells it"),),
                )
    return None


def _listed(found: tuple[Difference, ...]) -> str:
    return ", ".join(entry.value for entry in found)
