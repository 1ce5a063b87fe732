"""two parts of the server compute different entity tags.

What happened: one part of the server (a front end, a cache, the web server itself) hands out an entity tag. Another
part (the WebDAV application behind it) compares If-Match with a tag that it computes itself. Such a condition is never
true, however new the tag is. The content need not have changed, and no lock is involved.

How sure we are: likely if the server hands out the same tag again after the refusal, if reads one after another return
different tags, or if the refusal has a tag of another form than the one that was served. Possible if only the forms of
the two tags differ.

What to do: do not use If-Match here. Take a lock, or compare the content. Report it to the provider: the front end
must pass on the entity tags of the back end.

How to confirm: read the ETag with HEAD, send If-Match with it, and read it again. The tag stays the same, but the
condition fails.
"""

import re

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.predicates.sequence import is_write, on_target
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.resource import find, read_propfind, view
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.errors import RemoteProtocolError
from davlock.protocol.compressed_tag import same_content
from davlock.protocol.headers import EntityTag, parse_etag_leniently, parse_etag_list
from davlock.protocol.message import Exchange


@rule(
    id="412-etag-two-sources",
    severity=Severity.ERROR,
    statuses=(412,),
    retry=(RetryVerdict.NEVER,),
    see=(rfc(9110, "8.8.3"), rfc(9110, "13.1.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to an If-Match with a strong tag that another part of the server still hands out."""
    if evidence.cause is None or evidence.cause.status != 412 or evidence.submitted:
        return None
    named = failed_header(evidence)
    if named not in ("", "if-match") or "If-Match" not in evidence.headers:
        return None
    try:
        sent = parse_etag_list(evidence.headers.get("If-Match") or "").tags
    except RemoteProtocolError:
        return None
    if len(sent) != 1 or sent[0].weak:
        return None
    return _judge(evidence, sent[0])


def _judge(evidence: Evidence, sent: EntityTag) -> Match | None:
    served = _served(evidence)
    answered = _tag(evidence.response.headers.get("ETag") if evidence.response else None)
    same = [entry for entry in served if entry[2].weak_equal(sent)]
    seen = tuple(Quote(source, tag.as_sent, index) for index, source, tag in (*same[:1], *same[1:][-1:]))
    if answered is not None and answered.weak_equal(sent):
        if not evidence.headers.complete or any(name in evidence.headers for name in ("If", "If-Unmodified-Since")):
            return None  # another condition can have failed
        if answered.weak:
            return None  # the version is the same, and If-Match never matches a weak tag
        return _match(evidence, Certainty.LIKELY, "The refusal itself contains the tag that you sent.", seen)
    if same and evidence.after_subject(same[-1][0]):
        if same[-1][2].weak:
            return None
        return _match(evidence, Certainty.LIKELY, "The server still hands out the tag that it just refused.", seen)
    for index, source, tag in served:
        if len(same) > 1 and same[0][0] < index < same[-1][0] and not same_content(tag, sent):
            words = "Reads one after another return different tags."
            return _match(evidence, Certainty.LIKELY, words, (*seen, Quote(source, tag.as_sent, index)))
    if (
        answered is None
        or same_content(answered, sent)
        or _form(answered) == _form(sent)
        or not (same or _made_by_a_web_server(sent, answered))
    ):
        return None
    words = f"The refusal names {answered.as_sent}, which has another form than {sent.as_sent}."
    return _match(evidence, Certainty.LIKELY if same else Certainty.POSSIBLE, words, seen)


def _match(evidence: Evidence, certainty: Certainty, words: str, seen: tuple[Quote, ...]) -> Match:
    return Match(
        certainty=certainty,
        headline="Two parts of the server compute different entity tags, so If-Match is never true"
        if certainty is not Certainty.POSSIBLE
        else "Two parts of the server may compute different entity tags",
        explanation=f"{words} The content need not have changed, and no lock is involved.",
        retry=NEVER,
        evidence=(
            *seen,
            *quotes.answer(evidence),
            *quotes.response_header(evidence, "ETag"),
            *quotes.request_header(evidence, "If-Match"),
        ),
        facts=(
            ("sent", evidence.headers.get("If-Match")),
            ("current", evidence.response.headers.get("ETag") if evidence.response else None),
        ),
        alternatives=()
        if certainty is not Certainty.POSSIBLE
        else (Alternative("412-etag-changed", "HEAD again: its ETag is no longer the one that was sent"),),
        remedies=(
            intrusive(
                "Lock it, then write without If-Match",
                ("davlock", "lock", evidence.target),
            ),
            for_admin(intrusive("Let the front end pass on entity tags")),
        ),
    )


def _served(evidence: Evidence) -> list[tuple[int, str, EntityTag]]:
    """Returns the target's tags since the last write, each with its exchange and where the answer has it."""
    served: list[tuple[int, str, EntityTag]] = []
    for index, exchange in on_target(evidence):
        response = exchange.response
        if response is None or not response.ok:
            continue
        if is_write(exchange):
            served = []
        tag, source = _named(exchange)
        if tag is not None:
            served.append((index, source, tag))
    return served


def _named(exchange: Exchange) -> tuple[EntityTag | None, str]:
    """Returns the tag of an answer, and where the answer has it."""
    method = exchange.request.method.upper()
    if method in ("GET", "HEAD", "PUT") and exchange.response is not None:
        return _tag(exchange.response.headers.get("ETag")), f"ETag of {method}"
    if method != "PROPFIND":
        return None, ""
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find(answer, exchange.request.url, exchange.request.url)
    return (view(element, exchange.request.url).etag if element is not None else None), "getetag"


def _tag(text: str | None) -> EntityTag | None:
    try:
        return parse_etag_leniently(text)[0] if text is not None else None
    except RemoteProtocolError:
        return None


def _form(tag: EntityTag) -> tuple[tuple[str, ...], bool]:
    """Returns the form of a tag: the separators of its parts, and whether it has the length of a digest."""
    separators = tuple(re.findall(r"[^0-9A-Za-z]", tag.value))
    return separators, _is_digest(tag)


def _is_digest(tag: EntityTag) -> bool:
    return re.fullmatch(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}", tag.value) is not None


def _made_by_a_web_server(sent: EntityTag, answered: EntityTag) -> bool:
    """Whether one is a time and size, as nginx and Apache use, and the other a digest, as applications use."""
    by_time = re.fullmatch(r"[0-9a-f]{8,16}-[0-9a-f]+|[0-9a-f]+-[0-9a-f]{8,16}", sent.value) is not None
    return by_time and _is_digest(answered)
