"""What ``diagnose`` asks beside the target itself, and how it joins the target's result."""

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from davlock.checks.diagnostic import diagnose_in, diagnostic_context, scratch_name
from davlock.checks.requester import SECONDS
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.session import checked_url
from davlock.diagnosis.engine import diagnose
from davlock.diagnosis.finding import Finding
from davlock.diagnosis.merge import joined, seen_in_scratch, seen_of_condition
from davlock.diagnosis.skipped import Skipped
from davlock.errors import LocalProtocolError
from davlock.operations.etags import check_if_match
from davlock.operations.probe import ProbeResult
from davlock.operations.put import checked_etag
from davlock.operations.trial_lock import WriteConsent, worst_of_a_lock
from davlock.protocol.message import Exchange
from davlock.protocol.url import origin, same_origin, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:
    from davlock.cli.bundle import Recorder


class Beside:
    """``--if-match`` and ``--scratch`` as typed. Raises LocalProtocolError for what cannot be asked."""

    def __init__(
        self,
        *,
        if_match: str | None,
        scratch: str | None,
        consent: WriteConsent,
        known: CommandKnowledge,
        recorder: "Recorder | None" = None,
    ) -> None:
        if if_match == "current":
            raise LocalProtocolError("--if-match current always matches", "give the entity tag that was refused")
        self._tag = None if if_match is None else checked_etag(if_match, "--if-match")
        self._above = None if scratch is None else _collection(scratch)
        self._consent = consent
        self._recorder = recorder
        self._profiles = known.profiles
        self._find = partial(diagnose, rules=known.rules, unfit=known.knowledge.unfit)

    def refuse(self, url: str) -> None:
        """Raises LocalProtocolError where the scratch collection would be on another server than ``url``."""
        if self._above is not None and not same_origin(self._above, url):
            raise LocalProtocolError(
                f"--scratch {self._above} is on another server", f"name a collection of {origin(url)}/"
            )

    @property
    def writes(self) -> tuple[WriteScope, ...]:
        """Where --scratch lets davlock change something."""
        if self._above is None:
            return ()
        return (WriteScope(url=f"{self._above.rstrip('/')}/{scratch_name(self._consent.mark)}/"),)

    def ask(self, send: Send, url: str, report: ProbeResult, found: Result) -> Result:
        """``found`` with all that was learned."""
        if self._tag is not None:
            self._record_as("if-match")
            condition = check_if_match(send, url, self._tag, profiles=self._profiles)
            exchanges = condition.evidence.exchanges
            more = seen_of_condition(condition.evidence, self._find, offset=len(found.exchanges))
            found = _with(found, more, exchanges, condition.skipped)
        if self._above is not None:
            self._record_as("scratch")
            context = diagnostic_context(
                send,
                self._above,
                self._consent.mark,
                owner=self._consent.owner,
                target=report.evidence,
                sleep=time.sleep,
                clock=time.monotonic,
                profiles=self._profiles,
            )
            self._consent.announce(
                f"MKCOL {context.url}: small files are written, locked and copied in it, and all of it is removed."
                f" Should the removal fail, it stays there; a lock in it: {worst_of_a_lock(report.evidence, SECONDS)}"
            )
            learned = diagnose_in(context, clock=time.monotonic, now=time.time)
            exchanges = learned.run.exchanges
            if learned.run.left:
                self._consent.announce(learned.run.left)
            more = seen_in_scratch(learned.evidence, self._find, offset=len(found.exchanges))
            if not more and not learned.skipped:
                self._consent.announce(
                    f"{context.url} was removed again: {len(exchanges)} requests there showed nothing wrong with locks,"
                    " conditions or header fields"
                )
            if learned.lock_granted:  # whatever OPTIONS announces
                findings = tuple(finding for finding in found.findings if finding.id != "lock-not-supported")
                found = replace(found, findings=findings)
            found = _with(found, more, exchanges, learned.skipped)
        return found

    def _record_as(self, part: str) -> None:
        if self._recorder is not None:
            self._recorder.part = part


def _collection(text: str) -> str:
    """The URL typed for ``--scratch``."""
    try:
        url = without_credentials(checked_url(text))
    except LocalProtocolError as error:
        raise LocalProtocolError(f"--scratch: {error.what}", error.hint) from None
    if urlsplit(url).query:
        raise LocalProtocolError(
            "--scratch: the URL of a collection has no query", "escape the ? as %3F if it is part of the name"
        )
    return url


def _with(
    found: Result, more: tuple[Finding, ...], exchanges: tuple[Exchange, ...], skipped: tuple[Skipped, ...]
) -> Result:
    return replace(
        found,
        findings=joined(found.findings, more),
        exchanges=(*found.exchanges, *exchanges),
        skipped=(*found.skipped, *skipped),
    )
