"""A condition that must fail did not: conditional writes are not honoured here.

What happened: If-None-Match: * is to create only, and the answer says that something was there and was replaced; or
If-Match wants a certain version, and the answer says that there was none. The server did not look at the condition,
and wrote.

How sure we are: certain where the write named an entity tag that davlock had made up. Likely otherwise: the status
contradicts the condition, or the product is known not to look at If-Match; nine of eighteen servers measured ignore it.

What to do: do not rely on conditions here: take a lock before writing, or compare the entity tag yourself.

How to confirm: a PUT with a deliberately wrong If-Match to a file that may be lost succeeds; `davlock diagnose URL
--scratch FOLDER` tries it on a file of its own.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.proof import condition_that_cannot_be_true
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc


def check(evidence: Evidence) -> Match | None:
    """204 or 200 to a PUT that was to create only; 201 to one that named a version; any 2xx to one that named none.

    And any success of an If-Match on a product that is known not to look.
    """
    if evidence.method != "PUT" or evidence.refusals or evidence.status not in (200, 201, 204):
        return None
    made_up = condition_that_cannot_be_true(evidence)
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
        remedies=(Remedy(Who.YOU, "Do not rely on conditions here: take a lock before writing", None, Risk.SAFE),),
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
        remedies=(Remedy(Who.YOU, "Do not rely on conditions here: take a lock before writing", None, Risk.SAFE),),
    )


def _was_there(evidence: Evidence) -> bool:
    """Whether the resource was read before the write."""
    exists = evidence.exists
    return isinstance(exists, Known) and exists.value and exists.exchange < (evidence.subject or 0)


RULE = Rule(
    id="412-condition-ignored",
    family=Family.PRECONDITION,
    severity=Severity.WARNING,
    title="a condition that must fail did not: conditional PUT is not honoured here",
    page=__doc__,
    check=check,
    role=Role.NOTE,
    references=(rfc(9110, "13.1.1"), rfc(9110, "13.1.2")),
)
