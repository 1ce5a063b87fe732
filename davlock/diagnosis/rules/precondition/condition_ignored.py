"""A condition that must fail did not: conditional writes are not honoured here.

What happened: If-None-Match: * is to create only, and the answer says that something was there and was replaced; or
If-Match wants a certain version, and the answer says that there was none. The server did not look at the condition,
and wrote.

How sure we are: likely. The status contradicts the condition, or the product is known not to look at If-Match; nine of
eighteen servers measured ignore it.

What to do: do not rely on conditions here: take a lock before writing, or compare the entity tag yourself.

How to confirm: a PUT with a deliberately wrong If-Match to a file that may be lost succeeds.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Role, Rule, rfc


def check(evidence: Evidence) -> Match | None:
    """204 or 200 to a PUT that was to create only; 201 to one that named a version, or any success of it on a product
    that is known not to look.
    """
    if evidence.method != "PUT" or evidence.refusals:
        return None
    replaced = evidence.status in (200, 204) and evidence.headers.get("If-None-Match") == "*"
    created = evidence.status == 201 and "If-Match" in evidence.headers
    if not replaced and not created:
        return _not_looked_at(evidence)
    name = "If-None-Match" if replaced else "If-Match"
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"{name} was ignored: the write went through although the condition cannot have been true"
        if replaced
        else "If-Match was probably ignored: the answer says that the resource was created",
        explanation="The answer says that something was replaced."
        if replaced
        else "Where nothing was, there was no version to match. Servers that say 201 to every PUT, as Go's webdav does,"
        " do not look at the condition either.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, name)),
        remedies=(Remedy(Who.YOU, "Do not rely on conditions here: take a lock before writing", None, Risk.SAFE),),
    )


def _not_looked_at(evidence: Evidence) -> Match | None:
    """The write may be right all the same: nobody compared."""
    server = evidence.server
    if server is None or server.honours_if_match is not False or "If-Match" not in evidence.headers:
        return None
    if evidence.status is None or not 200 <= evidence.status < 300:
        return None
    return Match(
        certainty=Certainty.LIKELY,
        headline="If-Match was most likely not looked at: that the write went through does not tell that it was safe",
        explanation=f"{server.title} is known to write whatever If-Match says.",
        retry=NOT_NEEDED,
        evidence=(quotes.status_line(evidence), *quotes.request_header(evidence, "If-Match")),
        remedies=(Remedy(Who.YOU, "Do not rely on conditions here: take a lock before writing", None, Risk.SAFE),),
    )


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
