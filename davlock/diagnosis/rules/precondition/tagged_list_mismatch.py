"""host, scheme or prefix of a tagged If list is not what the back end sees.

What happened: If: <URL> (<token>) applies to the resource that URL names. A proxy that changes the host, the scheme
or the beginning of the path makes the public URL one that the server behind it does not know. Go's webdav skips such
lists, sabre and WsgiDAV cannot map them, and the condition fails although the token is right.

How sure we are: certain where the same token went through in another form afterwards. Likely where it did so before,
where the lock is known to be active, or where the tag is a path and the server is Go's webdav, which wants an
absolute URL. Possible where the tag differs from the request's own URL in host or scheme. nginx compares the tag
without decoding it, so that a name with spaces or letters beyond ASCII never matches there.

What to do: send the token untagged: If: (<token>). Or let the proxy keep Host, scheme and path as they are.

How to confirm: the same token once untagged, once tagged with the path alone, once with the whole URL.
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
    """412 (or 423) to a tagged If for the target, and something that speaks for the token."""
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
            "The same token went through in another form of the If header.",
            (Quote("request header If", text, index),),
        )
    alive = _alive(evidence)
    if evidence.method in ("COPY", "MOVE", "LOCK"):
        return _two_names(evidence, tags) if alive and evidence.method != "LOCK" else None
    if not all(same_path(tag, evidence.target) for tag in tags):
        if not alive or any(same_path(tag, evidence.target) or is_above_target(tag, evidence) for tag in tags):
            return None
        words = f"The tag says {tags[0]}, and the lock is on {evidence.target}, where the request went."
        return _match(evidence, Certainty.LIKELY, words, quotes.locks(evidence))
    if alive and (locks_read_since(evidence) or has_unusual_characters(evidence.target)):
        return _match(evidence, Certainty.LIKELY, "The lock of this token is active.", quotes.locks(evidence))
    if (doubtful := doubtful_tags(evidence)) and (evidence.cause.status == 423 or right_token_sent(evidence)):
        return _doubtful(evidence, doubtful[0])
    if evidence.cause.status != 412:
        return None
    paths = all((entry.resource or "").startswith("/") for entry in header.lists)
    if paths and evidence.server and evidence.server.wants_absolute_tag:
        return _match(evidence, Certainty.LIKELY, "This server wants an absolute URL in the tag, and got a path.", ())
    foreign = [tag for tag in tags if not same_resource(tag, evidence.target)]
    if foreign:
        words = f"The tag says {origin(foreign[0])}, and the request went to {origin(evidence.target)}."
        return _match(evidence, Certainty.POSSIBLE, words, ())
    if (granted := _granted_lately(evidence)) is not None:
        words = "The lock was granted before, and its time is not over."
        return _match(evidence, Certainty.POSSIBLE, words, (Quote("LOCK answer", "granted", granted),))
    return None


def _doubtful(evidence: Evidence, tag: str) -> Match | None:
    """The tag is a path or names another host: it is looked at before the token, or the user, is blamed."""
    right = right_token_sent(evidence)
    if isinstance(evidence.locks, Known) and locks_read_since(evidence) and not right:
        return None  # the token is that of no lock here
    what = "is a path, without a host" if tag.startswith("/") else f"names the host {origin(tag)}"
    words = f"The tag {what}, and some servers want the whole URL by which they know the resource."
    likely = right and not _refuses_others_so(evidence)
    match = _match(evidence, Certainty.LIKELY if likely else Certainty.POSSIBLE, words, quotes.locks(evidence))
    others = (
        Alternative("423-wrong-token", "the same token in an untagged list: If: (<token>) is refused as well"),
        Alternative("403-unlock-not-owner", "the same request as the user who took the lock"),
        Alternative("proxy-header-dropped", "the same request sent to the server past every proxy"),
    )
    return replace(match, alternatives=others[1:] if right else others)


def _refuses_others_so(evidence: Evidence) -> bool:
    """Whether this product answers the same where another user sends the token."""
    cause, server = evidence.cause, evidence.server
    return cause is not None and server is not None and server.foreign_token_status == cause.status


def _two_names(evidence: Evidence, tags: list[str]) -> Match | None:
    """COPY and MOVE ask for the locks of two resources, so that the host alone decides nothing."""
    foreign = [tag for tag in tags if origin(tag) != origin(evidence.target)]
    if evidence.cause is None or evidence.cause.status != 412 or len(foreign) < len(tags):
        return None
    words = f"The tag says {origin(foreign[0])}, and the request went to {origin(evidence.target)}."
    return _match(evidence, Certainty.POSSIBLE, words, quotes.locks(evidence))


def _match(evidence: Evidence, certainty: Certainty, words: str, seen: tuple[Quote, ...]) -> Match:
    untagged = " ".join(f"(<{token}>)" for token in evidence.submitted or ())
    put = ("davlock", "put", "FILE", evidence.target, "--if", untagged) if evidence.method == "PUT" else None
    return Match(
        certainty=certainty,
        headline="The URL in the If header is not the one by which the server knows the resource"
        if certainty is not Certainty.POSSIBLE
        else "The URL in the If header is perhaps not the one by which the server knows the resource",
        explanation=f"{words} A list that is tagged with another URL does not count, and the token is lost with it.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If"), *seen),
        facts=(("submitted", evidence.submitted or ()),),
        alternatives=(UNTAGGED,) if certainty is Certainty.POSSIBLE else (),
        remedies=(
            intrusive(f"Send the token untagged:  If: {untagged}", put),
            for_admin(
                intrusive(
                    "If a proxy stands in front: pass on Host, scheme and path unchanged (nginx: proxy_set_header Host"
                    " $host)",
                )
            ),
        ),
    )


def _plain(header: IfHeader) -> bool:
    """Whether nothing but tokens is asked for."""
    return all(condition.etag is None and not condition.negated for one in header.lists for condition in one.conditions)


def _other_conditions(evidence: Evidence) -> bool:
    return any(name in evidence.headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since"))


def _other_form(evidence: Evidence) -> tuple[int, str] | None:
    """A request on the target that went through with the same token under another tag or none."""
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
    """Whether another request on the target tells of this one. COPY, MOVE and a refresh ask for more than the target's
    own lock, so that only their like does.
    """
    if evidence.method not in ("COPY", "MOVE", "LOCK"):
        return True
    request = exchange.request
    same = request.method.upper() == evidence.method
    return same and request.headers.get("Destination") == evidence.headers.get("Destination")


def _alive(evidence: Evidence) -> bool:
    """Whether the token is that of a lock which was taken here, by nobody else then, and is there as far as known."""
    taken = {entry.lock.token.uri for entry in evidence.taken if entry.lock.token is not None}
    return any(
        covering.token in taken and covering.token in (evidence.submitted or ()) for covering in evidence.covering
    )


def _granted_lately(evidence: Evidence) -> int | None:
    """The LOCK that granted the token here, if by the server's own clock its time cannot be over."""
    for taken in evidence.taken:
        passed = seconds_between(evidence, taken.exchange, evidence.subject or 0)
        timeout = taken.lock.timeout
        if taken.lock.token is None or taken.lock.token.uri not in (evidence.submitted or ()):
            continue
        if passed is not None and timeout is not None and (timeout.seconds is None or passed < timeout.seconds):
            return taken.exchange
    return None
