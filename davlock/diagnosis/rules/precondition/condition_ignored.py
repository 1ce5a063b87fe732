"""a condition that must fail did not: conditional PUT is not honoured here.

What happened: If-None-Match: * is to create only, and the answer says that something was there and was replaced; or
If-Match wants a certain version, and the answer says that there was none, or another one was read right before; or
If-Unmodified-Since is older than the Last-Modified that was read. The server did not look at the condition, and wrote.

How sure we are: certain where the write named an entity tag that davlock had made up. Likely otherwise: the status
contradicts the condition, or the product is known not to look at If-Match; nine of eighteen servers measured ignore it.

What to do: do not rely on conditions here: take a lock before writing, or compare the entity tag yourself.

How to confirm: a PUT with a deliberately wrong If-Match to a file that may be lost succeeds; `davlock diagnose URL
--scratch FOLDER` tries it on a file of its own.
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
    """204 or 200 to a PUT that was to create only; 201 to one that named a version; any 2xx to one that named none.

    And any success of an If-Match on a product that is known not to look.
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
    replaced = evidence.headers.get("If-None-Match") == "*" and (evidence.status != 201 or _was_there(evidence))
    created = evidence.status == 201 and "If-Match" in evidence.headers
    if not made_up and not replaced and not created:
        return _not_looked_at(evidence)
    name = "If-None-Match" if replaced else "If-Match"
    if made_up:
        explanation = "The entity tag in it is one that no server gives: it was made up for this."
    elif replaced:
        explanation = "The answer says that something was replaced."
        if evidence.status == 201:
            explanation = "There was something at this URL before."
    else:
        explanation = (
            "Where nothing was, there was no version to match. Servers that say 201 to every PUT, as Go's webdav does,"
            " do not look at the condition either."
        )
    return Match(
        certainty=Certainty.CERTAIN if made_up else Certainty.LIKELY,
        headline=f"{name} was ignored: the write went through although the condition cannot have been true"
        if replaced or made_up
        else "If-Match was probably ignored: the answer says that the resource was created",
        explanation=explanation,
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, name)),
        remedies=(safe("Do not rely on conditions here: take a lock before writing"),),
    )


def _not_looked_at(evidence: Evidence) -> Match | None:
    """The write may be right all the same: nobody compared."""
    server = evidence.server
    if server is None or server.honours_if_match is not False or "If-Match" not in evidence.headers:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="If-Match was most likely not looked at: that the write went through does not tell that it was safe",
        explanation=f"{server.title} is known to write whatever If-Match says.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(safe("Do not rely on conditions here: take a lock before writing"),),
    )


def _read_otherwise(evidence: Evidence, name: str, seen: Quote) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"{name} was ignored: the write went through, though another version was read right before",
        explanation="What was read before does not meet the condition, and nothing was written in between, as far as"
        " was seen.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, name), seen),
        remedies=(safe("Do not rely on conditions here: take a lock before writing"),),
    )


def _since_last_write(evidence: Evidence) -> range:
    """The exchanges before the one under question, from the last that may have changed the target."""
    subject = evidence.subject or 0
    changed = [
        index for index, exchange in on_target(evidence) if index < subject and is_write(exchange) and not _no(exchange)
    ]
    return range(changed[-1] + 1 if changed else 0, subject)


def _no(exchange: Exchange) -> bool:
    return exchange.status is not None and 400 <= exchange.status < 500


def _other_tag_read(evidence: Evidence) -> tuple[str, Quote] | None:
    """What was read of the target's tags, where none of them is one that If-Match names, whatever compressed it."""
    condition = read_condition(evidence)
    near = _since_last_write(evidence)
    seen = [entry for entry in evidence.etags if entry.exchange in near]
    if condition is None or condition.any or not seen:
        return None
    if any(same_content(entry.tag, tag) for entry in seen for tag in condition.tags):
        return None
    return "If-Match", Quote(f"{seen[-1].source} before", seen[-1].tag.as_sent, seen[-1].exchange)


def _later_date_read(evidence: Evidence) -> tuple[str, Quote] | None:
    """A Last-Modified later than If-Unmodified-Since, which counts only without If-Match (RFC 9110 §13.1.4)."""
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
    """getlastmodified, of a PROPFIND on the target."""
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find(answer, exchange.request.url, evidence.target)
    propstats = element.propstats if element is not None else ()
    entries = (entry for propstat in propstats if propstat.ok for entry in propstat.properties)
    return next((entry.text for entry in entries if entry.name == "{DAV:}getlastmodified"), None)


def _was_there(evidence: Evidence) -> bool:
    """Whether the resource was read before the write."""
    exists = evidence.exists
    return isinstance(exists, Known) and exists.value and exists.exchange < (evidence.subject or 0)
