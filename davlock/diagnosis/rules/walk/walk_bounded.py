"""a bound of the walk was reached.

What happened: davlock reads a tree within bounds: so many requests, so much time, so many names below the start. The
tree is larger than that, or the server makes up new names in each answer. What was read is listed. There may be more
locks in what was not read.

How sure we are: certain. The bounds are davlock's own.

What to do: raise the bound that was reached, with --max-requests or --deadline, or name a smaller tree. The depth has
no option: name one of the deeper collections.

How to confirm: the same command with a larger bound ends with status 0.
"""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, Role, rfc4918, rule
from davlock.diagnosis.walk_end import Bound, WalkEnd
from davlock.diagnosis.wording import seconds_in_words


@rule(
    id="walk-bounded",
    severity=Severity.WARNING,
    role=Role.NOTE,
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.1"), rfc4918("20.2")),
)
def check(evidence: Evidence) -> Match | None:
    """A walk that reached a bound."""
    walk = evidence.walk
    if walk is None or not walk.bounds:
        return None
    reached = " and ".join(_words(bound, walk) for bound in walk.bounds)
    read = f"{_count(walk.collections, 'collection')} read with {_count(walk.requests, 'request')}"
    unread = f"{_count(walk.unread, 'collection')} not read"
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"The walk reached its bound of {reached}: at least {unread}",
        explanation=f"davlock has {read}. There may be more locks, and more collections, in what it did not read.",
        retry=AFTER_CHANGE,
        evidence=(Quote("walk", f"{read}, {unread}"),),
        facts=(
            ("bounds", tuple(bound.value for bound in walk.bounds)),
            ("collections", walk.collections),
            ("requests", walk.requests),
            ("unread", walk.unread),
        ),
        remedies=tuple(remedy for bound in walk.bounds for remedy in _remedies(bound, walk, evidence.target)),
    )


def _words(bound: Bound, walk: WalkEnd) -> str:
    if bound is Bound.REQUESTS:
        return _count(walk.max_requests, "request")
    if bound is Bound.TIME:
        return seconds_in_words(walk.seconds or 0)
    return f"{walk.names} names below the start"


def _remedies(bound: Bound, walk: WalkEnd, target: str) -> tuple[Remedy, ...]:
    more = {
        Bound.REQUESTS: ("--max-requests", f"{max(1, walk.max_requests) * 10}"),
        Bound.TIME: ("--deadline", f"{max(1.0, walk.seconds or 0) * 10:.0f}s"),
    }.get(bound)
    if more is None:
        return (safe("Name one of the deeper collections"),)
    title = f"Raise the bound with {more[0]}, or name a smaller tree"
    return (safe(title, ("davlock", "locks", "-r", *more, target)),)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
