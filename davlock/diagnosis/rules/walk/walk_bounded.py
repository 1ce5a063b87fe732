"""davlock stopped before it had read the whole tree.

What happened: davlock reads a tree within limits: a number of requests, a time, a number of names below the start, and
the memory for locks. Your tree is larger, or the server makes up new names in each answer. davlock lists what it read.
The rest may contain more locks.

How sure we are: certain. The limits are davlock's own.

What to do: raise the limit with --max-requests or --deadline, or name a smaller tree. The depth has no option: start at
one of the deeper collections. Nor has the memory: read the tree in parts with --shard.

How to confirm: the same command with a larger limit ends with status 0.
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
    """Matches a walk that reached a limit."""
    walk = evidence.walk
    if walk is None or not walk.bounds:
        return None
    reached = " and ".join(_words(bound, walk) for bound in walk.bounds)
    read, requests = _count(walk.collections, "collection"), _count(walk.requests, "request")
    unread = _count(walk.unread, "collection")
    return Match(
        certainty=Certainty.CERTAIN,
        headline=f"Reading stopped at the limit of {reached}, with at least {unread} left",
        explanation=f"It read {read} with {requests}. The rest may contain more locks and more collections.",
        retry=AFTER_CHANGE,
        evidence=(Quote("walk", f"{read} read with {requests}, {unread} not read"),),
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
    if bound is Bound.MEMORY:
        return f"{walk.memory // 1024 // 1024} MiB of memory for locks"
    return f"{walk.names} names below the start"


def _remedies(bound: Bound, walk: WalkEnd, target: str) -> tuple[Remedy, ...]:
    more = {
        Bound.REQUESTS: ("--max-requests", f"{max(1, walk.max_requests) * 10}"),
        Bound.TIME: ("--deadline", f"{max(1.0, walk.seconds or 0) * 10:.0f}s"),
    }.get(bound)
    if bound is Bound.MEMORY:
        return (safe("Read the tree in parts with --shard", ("davlock", "locks", "-r", "--shard", "1/10", target)),)
    if more is None:
        return (safe("Start at one of the deeper collections"),)
    title = f"Raise the limit with {more[0]}"
    return (safe(title, ("davlock", "locks", "-r", *more, target)),)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
