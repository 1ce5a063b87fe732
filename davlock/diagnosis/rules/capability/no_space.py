"""the disk or quota is full, or the request is too large.

What happened: the server has no space for what you sent: its disk or a quota is full (507, or a code of RFC 4331 with
any status). Or one request is too large (413). No lock is involved. But LOCK on a new name creates an empty file, which
may stay behind, locked, if the write then fails.

How sure we are: certain. The status or the code says so.

What to do: free some space or raise the quota. Then look for an empty file with that name. After a 413, send less, or
raise the limit for bodies (nginx: client_max_body_size; Apache, for XML: LimitXMLRequestBody). In a LOCK only the owner
can be too long.

How to confirm: `davlock propfind URL -p quota-available-bytes` shows the space left, if the server has it. A negative
number means unknown or unlimited.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity, Who
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.rule import Match, rfc, rfc4918, rule
from davlock.diagnosis.wording import parent_of
from davlock.protocol.requests import QUOTA_PROPERTIES

CODES = ("quota-not-exceeded", "sufficient-disk-space")
"""The preconditions of RFC 4331 §6; it names 507 for them, and servers send them with 403 and 409 as well."""


@rule(
    id="507-no-space",
    severity=Severity.ERROR,
    statuses=(403, 409, 413, 507),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("11.5"), rfc(4331, "6")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 507, 413, or a code that says the same."""
    cause = evidence.cause
    if cause is None:
        return None
    if cause.status == 507 or (cause.status >= 400 and any(code in cause.codes for code in CODES)):
        return _full(evidence)
    return _too_large(evidence) if cause.status == 413 else None


def _full(evidence: Evidence) -> Match:
    room = _room(evidence)
    if evidence.method == "LOCK":
        left = " There is not even space for the lock, or for its empty file."
    else:
        left = " An earlier LOCK may have left an empty file." if evidence.method in ("PUT", "") else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server has no space left: its disk or a quota is full",
        explanation=f"No lock is in your way.{left}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *room),
        facts=tuple((quote.source, quote.text) for quote in room),
        remedies=(
            safe(
                "See how much space is left",
                ("davlock", "propfind", parent_of(evidence.target), "-p", "quota-available-bytes"),
            ),
            for_admin(intrusive("Free some space, or raise the quota")),
        ),
    )


def _too_large(evidence: Evidence) -> Match:
    raise_limit = for_admin(intrusive("Raise the limit for request bodies"))
    lock = evidence.method == "LOCK" and not evidence.is_refresh
    shorten = safe("Shorten the owner in the LOCK request", who=Who.CLIENT_AUTHOR)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="Your LOCK request is larger than the server accepts"
        if lock
        else "Your request is larger than the server accepts",
        explanation="No lock is in your way: the server or a proxy limits the size of requests.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("fault", "the lockinfo is too long"),) if lock else (),
        remedies=(shorten, raise_limit) if lock else (raise_limit,),
    )


def _room(evidence: Evidence) -> tuple[Quote, ...]:
    """Returns what the server says about its quota (RFC 4331), if somebody asked it afterwards."""
    shown: list[Quote] = []
    for index, exchange in enumerate(evidence.exchanges):
        answer = read_propfind(exchange) if evidence.after_subject(index) else ""
        if isinstance(answer, str):
            continue
        for propstat in (propstat for element in answer.responses for propstat in element.propstats if propstat.ok):
            shown += [
                Quote(entry.name.removeprefix("{DAV:}"), entry.text, index)
                for entry in propstat.properties
                if entry.name in QUOTA_PROPERTIES and entry.text.strip()
            ]
    return tuple(shown[:2])
