"""The plan of a clean-up: the trees it was given, the locks that were found there, and which of them are to go."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Protocol

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.lock_filter import Judgement
from davlock.diagnosis.resource import OwnLock
from davlock.locks.observed import ObservedLock
from davlock.operations.results import EVERY_LOCK, Decision, Planned
from davlock.protocol.lock import token_key
from davlock.protocol.url import is_ancestor
from davlock.protocol.write_scope import why_outside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send
from davlock.values import dataclass

Judge = Callable[[ObservedLock, Evidence], Judgement]
"""True if a lock is selected. The evidence is of a look at it, and tells the product."""


class ReadOwn(Protocol):
    """Reads the locks that davlock holds there, or those of them with these tokens."""

    def __call__(self, tokens: frozenset[str] | None = None) -> tuple[OwnLock, ...]: ...


def _no_own(tokens: frozenset[str] | None = None) -> tuple[OwnLock, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which locks are judged."""

    judge: Judge
    now: Callable[[], float]
    counts_down: bool | None = None
    """True if the server shows the time that is left: known of the product, or seen. Where it is ``None``, a time that
    did not fall may have been renewed.
    """
    held_back: Callable[[ObservedLock, Evidence], str] = lambda observed, evidence: ""
    """Why a lock stays although it is selected; empty where it does not. Asked once more before UNLOCK."""
    own: ReadOwn = _no_own
    """Read each time: a refresh by another davlock counts. For one lock, ask for its token alone."""
    profiles: tuple[Profile, ...] = PROFILES


def plan_locks(
    target: str,
    observed: Iterable[ObservedLock],
    evidence: Evidence,
    *,
    judge: Judge,
    spared: Callable[[ObservedLock], str] = lambda lock: "",
    first: int = 1,
) -> Iterator[Planned]:
    """What is to be done about each lock below ``target``, and why.

    ``spared`` says why one is to be left alone whatever the person selects; empty where it is not.
    """
    for number, lock in enumerate(observed, first):
        why = _out_of_reach(lock, target) or spared(lock)
        if not why:
            judged = judge(lock, evidence)
            if judged.met is True and lock.lock.token is None:
                why = WITHHELD
            elif judged.met is True:
                yield Planned(
                    number=number, target=target, found=lock, decision=Decision.RELEASE, why=judged.why or EVERY_LOCK
                )
                continue
            else:
                why = judged.why if judged.met is False else f"not known: {judged.why}"
        yield Planned(number=number, target=target, found=lock, decision=Decision.SKIP, why=why)


WITHHELD = "the server does not show its token"
"""Why only its holder can release a selected lock."""


def _out_of_reach(lock: ObservedLock, target: str) -> str:
    if lock.inside is False:
        why = why_outside(target, lock.root) if lock.root is not None and is_ancestor(target, lock.root) else ""
        return f"its lock root, {lock.root}, is {f'outside: {why}' if why else f'not below {target}'}"
    if lock.root is None or lock.inside is None:
        return "nobody can see where its lock root is"
    return ""


@dataclass(slots=True)
class CleanupTarget:
    """One URL that is cleaned up, how to ask there, and what was learned."""

    url: str
    login: str
    send: Send
    terms: Terms
    evidence: Evidence
    strayed: bool = False
    """True if a redirect led the walk out of the tree."""

    def not_taken(self, locks: Iterable[Planned]) -> list[Planned]:
        """Those of ``locks`` that the ledger, read once, does not know as taken by this login."""
        taken = {token_key(own.token) for own in self.terms.own()}
        return [
            planned
            for planned in locks
            if planned.found.lock.token is None or token_key(planned.found.lock.token.uri) not in taken
        ]


@dataclass(slots=True)
class CleanupPlan:
    """All targets by URL, and all planned locks by number."""

    targets: dict[str, CleanupTarget] = field(default_factory=dict)
    planned: dict[int, Planned] = field(default_factory=dict)

    def target_of(self, planned: Planned) -> CleanupTarget:
        """Where a planned lock was found."""
        return self.targets[planned.target]

    def chosen(self, target: CleanupTarget | None = None) -> list[Planned]:
        """What is to be released, everywhere or at one target."""
        return [
            planned
            for planned in self.planned.values()
            if planned.decision is Decision.RELEASE and (target is None or planned.target == target.url)
        ]

    def add(self, planned: Iterable[Planned]) -> None:
        """More of the plan; what was there by the same number is replaced."""
        self.planned.update((entry.number, entry) for entry in planned)
