"""there is nothing at this URL.

What happened: the request needs a resource, and there is none at this URL (404). If-Match: * also fails on a name that
does not exist. If the collection above it is missing, too, a PUT gets 409.

How sure we are: certain from a 404 to a method that needs the resource.

What to do: check the URL: upper and lower case, escapes, the trailing slash, the base path. Create the collections that
are missing.

How to confirm: `davlock propfind COLLECTION --depth 1` lists what is there.
"""

from dataclasses import replace

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Remedy, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.tokens import unlock_not_found
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.diagnosis.wording import look_above, parent_of
from davlock.servers.phrases import Said


@rule(
    id="404-not-found",
    severity=Severity.ERROR,
    statuses=(207, 403, 404, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.5.5"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 404 or 410, and 412 to If-Match: *, which fails only if nothing exists."""
    cause = evidence.cause
    if cause is None or is_inquiry(evidence):
        return _asked(evidence)
    star = evidence.headers.get("If-Match") == "*" and cause.status == 412
    if cause.status not in (404, 410) and not star:
        return _said(evidence)
    if unlock_not_found(evidence):
        return None
    if star and isinstance(evidence.exists, Known) and evidence.exists.value:
        return None
    url = cause.url or evidence.target
    extra = quotes.request_header(evidence, "If-Match") if star else ()
    return Match(
        certainty=Certainty.LIKELY if star else Certainty.CERTAIN,
        headline=f"There is nothing at {url}" if url else "There is nothing at that URL",
        explanation="No lock is involved."
        if not star
        else "If-Match: * fails only if nothing exists there. No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *extra),
        remedies=(look_above(url, "List the collection above it"), *_create(evidence)) if url else (),
    )


def _create(evidence: Evidence) -> tuple[Remedy, ...]:
    """Returns the command that also locks a free name, if davlock lock found the name free and sent no LOCK."""
    made = evidence.invocation
    if made is None or made.verb[-1:] != ("lock",) or evidence.method == "LOCK" or "--create" in made.others:
        return ()
    again = replace(made, others=(*made.others, "--create")).again()
    return (intrusive("Create an empty file and lock it", again, typed=True),)


def _said(evidence: Evidence) -> Match | None:
    """Returns a match if the body says that nothing is there, whatever the status says."""
    if refused_as_locked(evidence) or stated_cause(evidence) is not Said.MISSING or not evidence.target:
        return None
    creating = evidence.method in ("LOCK", "COPY", "MOVE")
    above = Alternative(
        "409-missing-parent", f"PROPFIND {parent_of(evidence.destination or evidence.target)}: it is 404"
    )
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The server says there is nothing at {evidence.target}",
        explanation="The text of the answer says so, although its status means something else.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=(above,) if creating else (),
        remedies=(look_above(evidence.target, "List the collection above it"),),
    )


def _asked(evidence: Evidence) -> Match | None:
    """Returns a match if nothing was tried and PROPFIND found nothing."""
    there = evidence.exists_now
    if not is_inquiry(evidence) or not isinstance(there, Known) or there.value:
        return None
    above = evidence.parent_is_collection
    if isinstance(above, Known) and above.value:
        return None  # other rules say whether a lock on that collection is in the way
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"There is nothing at {evidence.target}",
        explanation=_above(evidence),
        retry=AFTER_CHANGE,
        evidence=(quotes.missing(evidence, there.exchange),),
        remedies=(*_ways_on(evidence), *_create(evidence)),
    )


def _above(evidence: Evidence) -> str:
    """Returns what is known about the collections above it."""
    above = evidence.parent_is_collection
    if not isinstance(above, Known):
        return "It is not known whether the collection above it exists."
    if evidence.nearest is None:
        return "The collection above it does not exist either."
    if evidence.nearest == parent_of(evidence.target):
        return f"{evidence.nearest} above it is a file, so nothing can be created below it."
    return (
        f"The collection above it does not exist either: the path ends at {evidence.nearest}."
        " A PUT fails until you create the collections."
    )


def _ways_on(evidence: Evidence) -> tuple[Remedy, ...]:
    if evidence.nearest is None:
        asked = isinstance(evidence.parent_is_collection, Known)
        return () if asked else (look_above(evidence.target, "List the collection above it"),)
    command = ("davlock", "propfind", evidence.nearest, "--depth", "1")
    return (safe("List what is there", command),)
