"""the server knows the resource by another URL than the If header.

What happened: your If header sends the token for a URL, but the server knows the resource by another one. A proxy that
changes the host, the scheme or the start of the path causes that. Go's WebDAV skips such a token, sabre and WsgiDAV
cannot map the URL, and nginx never matches names with spaces or non-ASCII letters. The condition fails, although the
token is right.

How sure we are: certain if the same token works afterwards in another form. Likely if it worked before, if the lock is
known to be active, or if the header names a path and Go's WebDAV wants a whole URL. Possible if the header only names
another host or scheme than the request.

What to do: send the token without a URL: If: (<token>). Or let the proxy keep Host, scheme and path (nginx:
proxy_set_header Host $host).

How to confirm: send the token without a URL, then with the path alone, then with the whole URL.
"""

from dataclasses import replace

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import failed_header, is_above_target
from davlock.diagnosis.predicates.sequence import lock_may_have_ended, on_target, seconds_between
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.submitted_tokens import doubtful_tags, right_token_sent
from davlock.errors import RemoteProtocolError
from davlock.protocol.if_header import IfHeader, parse_if
from davlock.protocol.message import Exchange
from davlock.protocol.url import has_unusual_characters, origin, resolve, same_path, same_resource
from davlock.protocol.web_page import page_instead

UNTAGGED = Alternative("412-if-token-unknown", "the same token in an untagged list: If: (<token>)")


@rule(
    id="412-tagged-list-mismatch",
    severity=Severity.ERROR,
    statuses=(412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("10.4.2"), rfc4918("8.3")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 or 423 to a tagged If for the target, if something shows that the token is right."""
    header = evidence.if_header
    if evidence.cause is None or evidence.cause.status not in (412, 423) or header is None or not header.tagged:
        return None
    named = failed_header(evidence)
    tags = [resolve(evidence.target, entry.resource or "") for entry in header.lists]
    if named not in ("", "if") or not evidence.submitted or not _plain(header) or _other_conditions(evidence):
        return None
    if (other := _other_form(evidence)) is not None:
        index, text = other
        return _match(
            evidence,
            Certainty.CERTAIN if evidence.after_subject(index) else Certainty.LIKELY,
            "The same token worked in another form of the If header.",
            (Quote("request header If", text, index),),
        )
    alive = _alive(evidence)
    if evidence.method in ("COPY", "MOVE", "LOCK"):
        return _two_names(evidence, tags) if alive and evidence.method != "LOCK" else None
    if not all(same_path(tag, evidence.target) for tag in tags):
        if not alive or any(same_path(tag, evidence.target) or is_above_target(tag, evidence) for tag in tags):
            return None
        words = f"The header names {tags[0]}, but the lock is on {evidence.target}."
        return _match(evidence, Certainty.LIKELY, words, quotes.locks(evidence))
    if alive and (locks_read_since(evidence) or has_unusual_characters(evidence.target)):
        return _match(evidence, Certainty.LIKELY, "The lock of this token is active.", quotes.locks(evidence))
    if (doubtful := doubtful_tags(evidence)) and (evidence.cause.status == 423 or right_token_sent(evidence)):
        return _doubtful(evidence, doubtful[0])
    if evidence.cause.status != 412:
        return None
    paths = all((entry.resource or "").startswith("/") for entry in header.lists)
    if paths and evidence.server and evidence.server.wants_absolute_tag:
        return _match(evidence, Certainty.LIKELY, "This server wants a whole URL in the header, but got a path.", ())
    foreign = [tag for tag in tags if not same_resource(tag, evidence.target)]
    if foreign:
        words = f"The header names {origin(foreign[0])}, but the request went to {origin(evidence.target)}."
        return _match(evidence, Certainty.POSSIBLE, words, ())
    if (granted := _granted_lately(evidence)) is not None:
        words = "The lock was granted earlier, and its time is not over."
        return _match(evidence, Certainty.POSSIBLE, words, (Quote("LOCK answer", "granted", granted),))
    return None


def _doubtful(evidence: Evidence, tag: str) -> Match | None:
    """Matches a tag that is a path or names another host, before another rule blames the token or the user."""
    right = right_token_sent(evidence)
    if isinstance(evidence.locks, Known) and locks_read_since(evidence) and not right:
        return None  # no lock here has the token
    what = "is a path, without a host" if tag.startswith("/") else f"names the host {origin(tag)}"
    words = f"The URL in the header {what}, and some servers want the whole URL that they know."
    likely = right and not _refuses_others_so(evidence)
    match = _match(evidence, Certainty.LIKELY if likely else Certainty.POSSIBLE, words, quotes.locks(evidence))
    others = (
        Alternative("423-wrong-token", "the same token in an untagged list: If: (<token>) is refused, too"),
        Alternative("403-unlock-not-owner", "the same request as the user who took the lock"),
        Alternative("proxy-header-dropped", "the same request, sent to the server without a proxy"),
    )
    return replace(match, alternatives=others[1:] if right else others)


def _refuses_others_so(evidence: Evidence) -> bool:
    """Whether this product gives the same answer if another user sends the token."""
    cause, server = evidence.cause, evidence.server
    return cause is not None and server is not None and server.foreign_token_status == cause.status


def _two_names(evidence: Evidence, tags: list[str]) -> Match | None:
    """Matches a COPY or MOVE. They need the locks of two resources, so another host alone only makes it possible."""
    foreign = [tag for tag in tags if origin(tag) != origin(evidence.target)]
    if evidence.cause is None or evidence.cause.status != 412 or len(foreign) < len(tags):
        return None
    words = f"The header names {origin(foreign[0])}, but the request went to {origin(evidence.target)}."
    return _match(evidence, Certainty.POSSIBLE, words, quotes.locks(evidence))


def _match(evidence: Evidence, certainty: Certainty, words: str, seen: tuple[Quote, ...]) -> Match:
    untagged = " ".join(f"(<{token}>)" for token in evidence.submitted or ())
    put = ("davlock", "put", "FILE", evidence.target, "--if", untagged) if evidence.method == "PUT" else None
    return Match(
        certainty=certainty,
        headline=f"The server {'may know' if certainty is Certainty.POSSIBLE else 'knows'} the resource by another URL"
        " than your If header names",
        explanation=f"{words} A token that is sent for another URL does not count.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *seen),
        facts=(("submitted", evidence.submitted or ()),),
        alternatives=(UNTAGGED,) if certainty is Certainty.POSSIBLE else (),
        remedies=(
            intrusive("Send the token without a URL" if put else f"Send  If: {untagged}", put),
            for_admin(intrusive("Let the proxy keep host, scheme and path")),
        ),
    )


def _plain(header: IfHeader) -> bool:
    """Whether the header has only tokens."""
    conditions = [condition for entry in header.lists for condition in entry.conditions]
    return all(condition.etag is None and not condition.negated for condition in conditions)


def _other_conditions(evidence: Evidence) -> bool:
    return any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))


def _other_form(evidence: Evidence) -> tuple[int, str] | None:
    """Returns a request on the target that worked with the same token under another tag or none: index and If."""
    for index, exchange in on_target(evidence):
        text = exchange.request.headers.get("If")
        if text is None or exchange.response is None or not exchange.response.ok or exchange.response.status == 207:
            continue
        if page_instead(exchange) is not None or not _asks_the_same(evidence, exchange):
            continue
        try:
            header = parse_if(text)
        except RemoteProtocolError:
            continue
        tokens = {token.uri for token in header.tokens}
        tags = {entry.resource for entry in header.lists}
        gone = lock_may_have_ended(evidence, *sorted((index, evidence.subject or 0)))
        if gone or evidence.if_header is None or tags == {entry.resource for entry in evidence.if_header.lists}:
            continue
        if _plain(header) and tokens & set(evidence.submitted or ()):
            return index, text
    return None


def _asks_the_same(evidence: Evidence, exchange: Exchange) -> bool:
    """Whether another request on the target says something about this one.

    COPY, MOVE and a renewal need more than the target's own lock, so only the same request does.
    """
    if evidence.method not in ("COPY", "MOVE", "LOCK"):
        return True
    request = exchange.request
    same = request.method.upper() == evidence.method
    return same and request.headers.get("Destination") == evidence.headers.get("Destination")


def _alive(evidence: Evidence) -> bool:
    """Returns true if the token is of a lock that was taken in these exchanges and that probably still exists."""
    taken = {entry.lock.token.uri for entry in evidence.taken if entry.lock.token is not None}
    return any(
        covering.token in taken and covering.token in (evidence.submitted or ()) for covering in evidence.covering
    )


def _granted_lately(evidence: Evidence) -> int | None:
    """Returns the index of the LOCK that granted the token, if its time cannot be over by the server's own clock."""
    for taken in evidence.taken:
        passed = seconds_between(evidence, taken.exchange, evidence.subject or 0)
        timeout = taken.lock.timeout
        if taken.lock.token is None or taken.lock.token.uri not in (evidence.submitted or ()):
            continue
        if passed is not None and timeout is not None and (timeout.seconds is None or passed < timeout.seconds):
            return taken.exchange
    return None
