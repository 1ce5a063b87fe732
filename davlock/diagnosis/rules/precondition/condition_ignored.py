"""the server ignores conditions: a conditional PUT does not protect.

What happened: your request had a condition that was false, but the server wrote anyway. With If-None-Match: * it
replaced something that existed. Or If-Match named another version than the one read just before, or one of a resource
that did not exist. Or the resource changed after the date in If-Unmodified-Since.

How sure we are: certain if davlock had made up the entity tag. Likely otherwise, because the status contradicts the
condition, or because the server is known to ignore If-Match. Nine of eighteen measured servers ignore it.

What to do: do not rely on conditions here. Take a lock before you write, or compare the entity tag yourself.

How to confirm: `davlock diagnose URL --scratch FOLDER` tries a wrong If-Match on a file of its own.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.etags import condition_that_cannot_be_true, read_condition
from davlock.diagnosis.predicates.sequence import is_write, on_target
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.resource import find, read_propfind
from davlock.diagnosis.rule import Match, Role, Scope, rfc, rule
from davlock.protocol.compressed_tag import same_content
from davlock.protocol.message import Exchange
from davlock.protocol.retry_after import http_date

WRITES = frozenset({"PUT", "PATCH", "DELETE", "PROPPATCH"})


@rule(
    id="412-condition-ignored",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    scope=Scope.SERVER,
    see=(rfc(9110, "13.1.1"), rfc(9110, "13.1.2")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a write that worked although its condition was false.

    It is 204 or 200 to a PUT that may only create, 201 to one that names a version, or any 2xx to a made-up tag. Any
    success of an If-Match also matches on a product that is known to ignore it.
    """
    if evidence.refusals or evidence.status not in (200, 201, 204):
        return None
    made_up = condition_that_cannot_be_true(evidence)
    if (
        evidence.method in WRITES
        and not made_up
        and (read := _other_tag_read(evidence) or _later_date_read(evidence)) is not None
    ):
        return _read_otherwise(evidence, *read)
    if evidence.method != "PUT":
        return None
    replaced = evidence.headers.get("If-None-Match") == "*" and (evidence.status != 201 or _existed(evidence))
    written = evidence.status == 201 and "If-Match" in evidence.headers
    if not made_up and not replaced and not written:
        return _not_checked(evidence)
    name = "If-None-Match" if replaced else "If-Match"
    headline = f"The server ignored {name} and wrote, although the condition is false"
    if made_up:
        explanation = "davlock made up the entity tag in it, so no version can have it."
    elif replaced:
        explanation = "The answer says that the server replaced something."
        if evidence.status == 201:
            explanation = "Something existed at this URL before."
    elif _existed(evidence) is False or _star_created(evidence):
        headline = "The server ignored If-Match and created the resource"
        explanation = "A resource that did not exist has no version to match."
    else:  # Go's WebDAV answers 201 to every PUT
        headline = "The server wrote without checking If-Match"
        doubt = "" if _existed(evidence) else " If nothing was there, there was no version to match."
        explanation = f"It may have overwritten another version.{doubt}"
    return Match(
        certainty=Certainty.CERTAIN if made_up else Certainty.LIKELY,
        headline=headline,
        explanation=explanation,
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, name)),
        remedies=(_LOCK_FIRST,),
    )


def _star_created(evidence: Evidence) -> bool:
    """Returns true if ``*`` led to a 201: it matches whatever exists, and 201 says that nothing did."""
    known_to_ignore = evidence.server is not None and evidence.server.honours_if_match is False
    return (evidence.headers.get("If-Match") or "").strip() == "*" and not known_to_ignore


_LOCK_FIRST = safe("Take a lock before you write here")


def _not_checked(evidence: Evidence) -> Match | None:
    """Matches an If-Match on a product that ignores it. The write may still be right: nobody compared."""
    server = evidence.server
    if server is None or server.honours_if_match is not False or "If-Match" not in evidence.headers:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server wrote without checking If-Match",
        explanation=f"{server.title} is known to ignore If-Match, so success does not mean that the write was safe.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(_LOCK_FIRST,),
    )


def _read_otherwise(evidence: Evidence, name: str, seen: Quote) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The server ignored {name} and wrote over another version",
        explanation="The version that was read just before does not meet the condition. No request that was seen wrote"
        " in between.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, name), seen),
        remedies=(_LOCK_FIRST,),
    )


def _since_last_write(evidence: Evidence) -> range:
    """Returns the exchanges before the one under question, from the last one that may have changed the target."""
    subject = evidence.subject or 0
    changed = [
        index for index, exchange in on_target(evidence) if index < subject and is_write(exchange) and not _no(exchange)
    ]
    return range(changed[-1] + 1 if changed else 0, subject)


def _no(exchange: Exchange) -> bool:
    return exchange.status is not None and 400 <= exchange.status < 500


def _other_tag_read(evidence: Evidence) -> tuple[str, Quote] | None:
    """Quotes the tag that was read of the target, if none of its tags is one of If-Match, compressed or not."""
    condition = read_condition(evidence)
    near = _since_last_write(evidence)
    seen = [entry for entry in evidence.etags if entry.exchange in near]
    if condition is None or condition.any or not seen:
        return None
    if any(same_content(entry.tag, tag) for entry in seen for tag in condition.tags):
        return None
    return "If-Match", Quote(f"{seen[-1].source} before", seen[-1].tag.as_sent, seen[-1].exchange)


def _later_date_read(evidence: Evidence) -> tuple[str, Quote] | None:
    """Quotes a Last-Modified after If-Unmodified-Since, which counts only without If-Match (RFC 9110 §13.1.4)."""
    limit = http_date(evidence.headers.get("If-Unmodified-Since") or "")
    if limit is None or "If-Match" in evidence.headers:
        return None
    near = _since_last_write(evidence)
    for index, exchange in reversed(list(on_target(evidence))):
        response = exchange.response
        if index not in near or response is None or not response.ok:
            continue
        sent = response.headers.get("Last-Modified") or _property(evidence, exchange)
        if sent is not None and (moment := http_date(sent)) is not None:
            return ("If-Unmodified-Since", Quote("Last-Modified before", sent, index)) if moment > limit else None
    return None


def _property(evidence: Evidence, exchange: Exchange) -> str | None:
    """Returns getlastmodified from a PROPFIND on the target."""
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find(answer, exchange.request.url, evidence.target)
    propstats = element.propstats if element is not None else ()
    entries = (entry for propstat in propstats if propstat.ok for entry in propstat.properties)
    return next((entry.text for entry in entries if entry.name == "{DAV:}getlastmodified"), None)


def _existed(evidence: Evidence) -> bool | None:
    """Whether a read before the write found the resource; ``None`` where there was none."""
    exists = evidence.exists
    return exists.value if isinstance(exists, Known) and exists.exchange < (evidence.subject or 0) else None
