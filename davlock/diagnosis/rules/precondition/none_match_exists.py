"""If-None-Match: * and the resource exists: the answer to "create only".

What happened: the request was to create the resource and not to overwrite it. It is there, so nothing was written.
This is the condition doing its work, not a lock.

How sure we are: certain for *, or where the server names the header: the condition can fail in no other way. Likely
for an entity tag, which the resource then still has.

What to do: write under another name, or without the condition if overwriting is meant.

How to confirm: PROPFIND on the URL finds a resource.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Certainty, Remedy, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc
from davlock.diagnosis.situation import failed_header


def check(evidence: Evidence) -> Match | None:
    """412 to If-None-Match as the only condition, or the server's word that this header failed."""
    if evidence.cause is None or evidence.cause.status != 412:
        return None
    named = failed_header(evidence)
    sent = evidence.headers.get("If-None-Match")
    if named and named != "if-none-match":
        return None
    if not named and (sent is None or "If-Match" in evidence.headers or evidence.submitted):
        return None
    if sent is not None and sent != "*" and not sent.startswith(('"', "W/")):
        return None
    excluded = sent is not None and sent != "*"
    return Match(
        certainty=Certainty.LIKELY if excluded and not named else Certainty.CERTAIN,
        headline="It exists already, and the request was to create it only"
        if not excluded
        else "It still has the version that If-None-Match excludes",
        explanation="If-None-Match did its work: nothing was overwritten. No lock is involved.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "If-None-Match")),
        remedies=(
            Remedy(
                Who.YOU,
                "If overwriting is meant, write without the condition",
                ("davlock", "put", "FILE", evidence.target),
            ),
        ),
    )


RULE = Rule(
    id="412-none-match-exists",
    family=Family.PRECONDITION,
    severity=Severity.NOTICE,
    title='If-None-Match: * and it exists: the answer to "create only"',
    page=__doc__,
    check=check,
    references=(rfc(9110, "13.1.2"),),
)
