"""storage or quota, perhaps leaving an empty locked file.

What happened: There is no room for what was sent: the disk or a quota is full. 507, a code of RFC 4331 with any
status, or 413 for one request that is too large: to LOCK that is its lockinfo, in which only the owner has no bounds.
No lock is involved; but a LOCK on a new name creates an empty file, which can be left behind, locked, when the write
then fails.

How sure we are: certain. The status or the code says so.

What to do: free space or raise the quota, then look for an empty file of that name. To a 413, send less.

How to confirm: PROPFIND quota-available-bytes, where the server has it.
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
    """507, 413, or a code that says the same."""
    cause = evidence.cause
    if cause is None:
        return None
    if cause.status == 507 or (cause.status >= 400 and any(code in cause.codes for code in CODES)):
        return _full(evidence)
    return _too_large(evidence) if cause.status == 413 else None


def _full(evidence: Evidence) -> Match:
    room = _room(evidence)
    if evidence.method == "LOCK":
        left = " There is none even for this lock, or for the empty file that it would create."
    else:
        left = " A LOCK before it may have left an empty file." if evidence.method in ("PUT", "") else ""
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server has no room for it",
        explanation=f"No lock stands in the way.{left}",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *room),
        facts=tuple((quote.source, quote.text) for quote in room),
        remedies=(
            safe(
                "See how much room is left (negative numbers mean unknown or unlimited)",
                ("davlock", "propfind", parent_of(evidence.target), "-p", "quota-available-bytes"),
            ),
            for_admin(intrusive("Free space, or raise the limit")),
        ),
    )


def _too_large(evidence: Evidence) -> Match:
    raise_limit = for_admin(
        intrusive("Raise the limit for bodies (nginx: client_max_body_size; Apache, for XML: LimitXMLRequestBody)")
    )
    lock = evidence.method == "LOCK" and not evidence.is_refresh
    shorten = safe("Shorten the owner in the lockinfo: a name or an address", who=Who.CLIENT_AUTHOR)
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The lockinfo of this LOCK is larger than the server takes"
        if lock
        else "The request is larger than this server takes",
        explanation="No lock stands in the way: the server or a proxy limits the size of a body.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        facts=(("fault", "the lockinfo is too long"),) if lock else (),
        remedies=(shorten, raise_limit) if lock else (raise_limit,),
    )


def _room(evidence: Evidence) -> tuple[Quote, ...]:
    """What the server says of its quota (RFC 4331), if it was asked since."""
    found: list[Quote] = []
    for index, exchange in enumerate(evidence.exchanges):
        answer = read_propfind(exchange) if evidence.after_subject(index) else ""
        if isinstance(answer, str):
            continue
        for propstat in (propstat for element in answer.responses for propstat in element.propstats if propstat.ok):
            found += [
                Quote(entry.name.removeprefix("{DAV:}"), entry.text, index)
                for entry in propstat.properties
                if entry.name in QUOTA_PROPERTIES and entry.text.strip()
            ]
    return tuple(found[:2])
