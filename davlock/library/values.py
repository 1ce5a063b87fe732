"""What the functions of the library return: frozen values, in the words of the JSON contract."""

from dataclasses import field
from datetime import UTC, datetime
from typing import Literal

from davlock.diagnosis.finding import Finding
from davlock.diagnosis.screen import NextStep
from davlock.diagnosis.skipped import Skipped
from davlock.diagnosis.verdict import Verdict
from davlock.locks.server_record import holder_name
from davlock.render.json_v1 import as_dict
from davlock.render.json_v1 import lock as lock_as_dict
from davlock.render.result import LockView, Result
from davlock.render.screen_words import line_words
from davlock.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock, as a server showed it.

    Who knows the token can often release the lock, so ``repr()`` leaves the token out.
    """

    url: str
    """The resource that showed the lock. A lock of depth infinity shows on every member of its collection, too."""
    root: str | None
    """The URL on which the lock was taken; ``None`` if nobody knows."""
    token: str | None = field(repr=False)
    """Exactly as the server sent it, without angle brackets; ``None`` if the server hides it."""
    owner: str | None
    """What the client that took the lock wrote about its user: a claim, not an identity; ``None`` if nothing."""
    scope: Literal["exclusive", "shared"] | None
    """``None`` if the server does not say."""
    depth: Literal["0", "1", "infinity"] | None
    """``infinity`` also locks everything below ``root``; ``None`` if the server does not say."""
    timeout: float | None
    """Seconds, as the server shows them: what is left, or on some servers what was granted.

    ``None`` if the server shows no time, or if the lock never ends: see ``infinite``.
    """
    infinite: bool
    """True if the lock never ends by itself."""
    expires_at: datetime | None
    """When the lock ends unless its holder renews it, in UTC, by the server's clock.

    ``None`` if the lock never ends, or if davlock does not know that ``timeout`` counts down on this server.
    """
    age: float | None
    """Seconds since the lock was taken, or since it was last renewed if only that is known; ``None`` if unknown."""
    mine: bool | None
    """True if the lock is known to be yours: by the ledger, or because the server names the user who took it.

    ``False`` if it is known to be of somebody else, ``None`` if nobody can tell.
    """
    _view: LockView = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, object]:
        """Returns the lock as the commands print it with ``--json``, with its token."""
        return lock_as_dict(self._view)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedStep:
    """One thing that a person can do about it."""

    title: str
    """Words for people."""
    commands: tuple[tuple[str, ...], ...] = ()
    """Command lines, word by word; the second one only if the first one succeeds. Empty if there is none."""
    note: str = ""
    """What to know before; empty if there is nothing."""
    harmful: bool = False
    """True if the step can cost somebody else their work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDiagnosis:
    """What davlock says about one URL, or about one answer. ``str()`` gives the headline."""

    url: str
    """The URL in question, without credentials; empty if the capture does not say."""
    verdict: Verdict
    """Says if a lock keeps you from writing: ``Verdict.CLEAR``, ``Verdict.BLOCKED`` or ``Verdict.UNKNOWN``."""
    methods: dict[str, Verdict] = field(hash=False)
    """The same for each method: PUT, DELETE, MOVE and LOCK. Empty if the URL is not known."""
    locks: tuple[Lock, ...] | None
    """The locks that matter here, the nearest first.

    ``None`` if davlock could not read them, which is not the same as an empty tuple.
    """
    findings: tuple[Finding, ...] = field(repr=False)  # their quotes and facts hold tokens
    """What is the matter, the most severe first. ``Finding.id`` is stable: programs can decide by it."""
    product: str | None
    """The server, such as ``apache`` or ``nextcloud``; ``None`` if davlock does not recognise it."""
    skipped: tuple[Skipped, ...]
    """What davlock did not ask or could not find out, and why."""
    _result: Result = field(repr=False, compare=False)

    @property
    def headline(self) -> str:
        """Returns how things stand, in one sentence for people. Moments are in local time. The words may change."""
        screen = self._result.screen
        return line_words(screen.headline, _now()) if screen is not None else ""

    @property
    def meaning(self) -> str:
        """Returns what that means for the reader; empty if the headline says it all."""
        screen = self._result.screen
        return line_words(screen.meaning, _now()) if screen is not None else ""

    @property
    def steps(self) -> tuple[SuggestedStep, ...]:
        """Returns what to do, the safest step first. At most one step is harmful, and it comes last."""
        screen = self._result.screen
        if screen is None:
            return ()
        harmful = () if screen.harmful is None else (_step(screen.harmful, harmful=True),)
        return (*(_step(step, harmful=False) for step in screen.steps), *harmful)

    def to_dict(self) -> dict[str, object]:
        """Returns what ``davlock diagnose --json`` and ``davlock explain --json`` print as one result."""
        return as_dict(self._result)

    def __str__(self) -> str:
        return self.headline


@dataclass(frozen=True, slots=True, kw_only=True)
class LockDiscovery:
    """The locks of a URL or of a tree."""

    url: str
    """The URL that was asked, without credentials."""
    locks: tuple[Lock, ...] | None
    """``None`` if davlock could not read the locks, which is not the same as an empty tuple; see ``why``."""
    complete: bool
    """True if ``locks`` holds all locks of the tree.

    ``False`` if ``locks`` is ``None``, if a folder could not be read, or if a limit was reached.
    """
    why: str
    """The reason for that, in words for people; empty if ``complete`` is true."""
    findings: tuple[Finding, ...] = field(repr=False)  # as above
    """What is the matter with the answer, the most severe first."""
    skipped: tuple[Skipped, ...]
    """What davlock did not ask or could not find out, and why."""
    _result: Result = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, object]:
        """Returns what ``davlock locks --json`` prints as one result."""
        return as_dict(self._result)


def lock_value(view: LockView) -> Lock:
    """One lock, for a program."""
    active = view.lock
    timeout = active.timeout
    return Lock(
        url=view.url,
        root=view.root,
        token=active.token.uri if active.token is not None else None,
        owner=holder_name(active) or None,
        scope=active.scope.value if active.scope is not None else None,
        depth=active.depth.value if active.depth is not None else None,
        timeout=timeout.seconds if timeout is not None and not view.endless else None,
        infinite=view.endless,
        expires_at=view.ends_at,
        age=view.age.seconds if view.age is not None else None,
        mine=view.mine,
        _view=view,
    )


def lock_values(views: tuple[LockView, ...] | None) -> tuple[Lock, ...] | None:
    """Several locks, for a program."""
    return None if views is None else tuple(map(lock_value, views))


def diagnosis_value(shown: Result) -> LockDiagnosis:
    """A result, for a program."""
    return LockDiagnosis(
        url=shown.target or "",
        verdict=shown.verdict,
        methods={method: view.verdict for method, view in shown.methods},
        locks=lock_values(shown.locks),
        findings=shown.findings,
        product=shown.product,
        skipped=shown.skipped,
        _result=shown,
    )


def _step(step: NextStep, *, harmful: bool) -> SuggestedStep:
    return SuggestedStep(title=step.title, commands=step.commands, note=step.note, harmful=harmful)


def _now() -> datetime:
    return datetime.now(UTC)
