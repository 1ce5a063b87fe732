"""nothing is there, and no lock keeps you from creating it.

What happened: the server finds nothing at this name, but the collection above it exists. No lock on that collection
keeps you from adding a file.

How sure we are: certain that nothing is there. That no lock is in the way is as certain as the server's answer about
the collection.

What to do: nothing. If you expected a file there, check its name: upper and lower case, escapes, the trailing slash.

How to confirm: `davlock propfind COLLECTION --depth 1` lists what is there.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Certainty, RetryVerdict, Severity, Verdict
from davlock.diagnosis.lock_verdict import is_missing, lock_verdict
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.wording import look_above


@rule(
    id="nothing-there-yet",
    severity=Severity.NOTICE,
    role=Role.NOTE,
    retry=(RetryVerdict.NOT_NEEDED,),
    see=(rfc4918("7.4"), rfc4918("9.7.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if nothing was tried, the name is missing in a collection that exists, and no lock stops a PUT."""
    if not is_inquiry(evidence) or not is_missing(evidence) or not isinstance(evidence.exists, Known):
        return None
    above = evidence.parent_is_collection
    if not isinstance(above, Known) or not above.value or lock_verdict(evidence).of("PUT").verdict is not Verdict.CLEAR:
        return None
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"There is nothing at {evidence.target} yet, and no lock keeps you from creating it",
        explanation="The collection above it exists and shows no lock that would stop you.",
        retry=NOT_NEEDED,
        evidence=(quotes.missing(evidence, evidence.exists.exchange),),
        remedies=(look_above(evidence.target, "List the collection, if you expected a file"),),
    )
