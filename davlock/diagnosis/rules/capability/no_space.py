"""There is no room for what was sent: the disk or a quota is full.

What happened: 507, or 413 for one request that is too large. No lock is involved; but a LOCK on a new name creates an
empty file, which can be left behind, locked, when the write then fails.

How sure we are: certain. The status says so.

What to do: free space or raise the quota, then look for an empty file of that name.

How to confirm: PROPFIND quota-available-bytes, where the server has it.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.resource import read_propfind
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.wording import parent_of
from davlock.protocol.requests import QUOTA_PROPERTIES


def check(evidence: Evidence) -> Match | None:
    """507, or 413."""
    if evidence.cause is None or evidence.cause.status not in (413, 507):
        return None
    room = _room(evidence)
    full = evidence.cause.status == 507
    return Match(
        certainty=Certainty.CERTAIN,
        headline="The server has no room for it" if full else "The request is larger than this server takes",
        explanation="No lock is involved. A LOCK before it may have left an empty file."
        if full
        else "No lock is involved: the server or a proxy limits the size of a body.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *room),
        facts=tuple((quote.source, quote.text) for quote in room),
        remedies=(
            Remedy(Who.SERVER_ADMIN, "Raise the limit for bodies (nginx: client_max_body_size)", None, Risk.INTRUSIVE),
        )
        if not full
        else (
            Remedy(
                Who.YOU,
                "See how much room is left (negative numbers mean unknown or unlimited)",
                ("davlock", "propfind", parent_of(evidence.target), "-p", "quota-available-bytes"),
                Risk.SAFE,
            ),
            Remedy(Who.SERVER_ADMIN, "Free space, or raise the limit", None, Risk.INTRUSIVE),
        ),
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


RULE = Rule(
    id="507-no-space",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="storage or quota, perhaps leaving an empty locked file",
    page=__doc__,
    check=check,
    references=(rfc4918("11.5"),),
)
