"""What one command judges by: knowledge with plug-ins, and the person who asks."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.plugins import load_knowledge
from davlock.diagnosis.skipped import Skipped

if TYPE_CHECKING:  # a status is explained without any of them
    from davlock.diagnosis.diagnosis import Diagnosis
    from davlock.diagnosis.evidence import Evidence
    from davlock.diagnosis.invocation import Invocation, NamedServer
    from davlock.diagnosis.knowledge import Knowledge
    from davlock.diagnosis.rule import Rule
    from davlock.locks.observed import ObservedLock
    from davlock.operations.anonymous import AnonymousReader
    from davlock.operations.probe import ProbeResult
    from davlock.servers.profile import Profile


class CommandKnowledge:
    """All of it is loaded when any of it is first asked for: before the first request."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._server: NamedServer | None = None

    @cached_property
    def knowledge(self) -> "Knowledge":
        """What evidence is judged by."""
        return load_knowledge(plugins=not self._shared.no_plugins)

    @property
    def rules(self) -> "tuple[Rule, ...]":
        """Every rule, in order of precedence; each says its origin."""
        return self.knowledge.rules

    @property
    def profiles(self) -> "tuple[Profile, ...]":
        """Every server profile, in the order in which they are tried."""
        return self.knowledge.profiles

    @cached_property
    def anonymous(self) -> "AnonymousReader":
        """Who asks, for a live command, whether the server tells users apart."""
        from davlock.cli.anonymous import anonymous_reader

        return anonymous_reader(self._shared)

    def diagnose(self, report: "ProbeResult", *, silent: bool = False) -> "Diagnosis":
        """The diagnosis of what a verb found. What kept it from an answer goes to stderr, unless ``silent``."""
        from davlock.operations.read_failure import first_limit
        from davlock.operations.results import Achieved

        failure, skipped = report.evidence.no_response, report.skipped
        limit = first_limit(report.evidence)
        if limit is not None and not silent:
            complain(f"{report.target}: {limit}")
        if failure is not None:
            if not silent:
                complain(str(failure))
            skipped = (*skipped, Skipped("answer", str(failure)))
        diagnosis = self.judge(self.anonymous.complete(report.evidence), skipped=skipped)
        return replace(diagnosis, achieved=report.achieved is Achieved.YES)

    def judge(
        self,
        evidence: "Evidence",
        *,
        skipped: Iterable[Skipped] = (),
        listed: "tuple[ObservedLock, ...] | None" = None,
        user: str = "",
    ) -> "Diagnosis":
        """The diagnosis of what a live command saw; ``user`` is who asked, where it was not the person."""
        from davlock.diagnosis.judge import judge

        evidence = replace(self.seen_from_here(evidence), invocation=self._invocation(evidence.target, user))
        return judge(evidence, self.knowledge, skipped=skipped, listed=listed)

    def seen_from_here(self, evidence: "Evidence") -> "Evidence":
        """``evidence`` with what only the command knows: the login that its target is asked with, for some servers
        name the user of a lock, and how far the server's clock is off.
        """
        from davlock.cli.credentials import login_for
        from davlock.cli.server_clock import seconds_ahead

        if not evidence.target:
            return evidence
        return replace(evidence, user=login_for(self._shared, evidence.target), ahead=seconds_ahead(evidence.target))

    def as_typed(self, words: tuple[str, ...], target: str) -> tuple[str, ...]:
        """Returns the beginning of a command about ``target``, with the options that reached it: ``-u``, ``-k``."""
        from davlock.diagnosis.printed_command import with_options

        return with_options(words, self._invocation(target, ""))

    def words_for(self, url: str, target: str) -> tuple[str, ...]:
        """Returns ``url`` as it stands in a command about ``target``: ``work:a.odt`` if the person named a profile."""
        if self._shared.from_profile is None:
            return (url,)
        if self._server is None:  # a list asks about each of its rows
            made = self._invocation(target, "")
            self._server = made.server if made is not None else None
        return self._server.words(url) if self._server is not None else (url,)

    def profile_word(self, target: str) -> tuple[str, ...]:
        """Returns the profile that the person named, as a word about ``target``; nothing if it was a URL."""
        return self.words_for(target, target) if self._shared.from_profile is not None else ()

    def again(self, target: str, *more: str) -> tuple[str, ...]:
        """Returns this command line about ``target`` alone, with the options ``more`` before its URL."""
        made = self._invocation(target, "")
        if made is None:
            return ()
        return replace(made, others=(*made.others, *more)).again()

    def _invocation(self, target: str, user: str) -> "Invocation | None":
        """The command line, as a finding about ``target`` may print it again; of another ``user``, where one asked."""
        from davlock.cli.invocation import invocation

        made = invocation(self._shared, target)
        return replace(made, user=user, kept_in="", bearer=False, header=False) if made is not None and user else made
