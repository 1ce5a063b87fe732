"""What ``diagnose`` asks beside the target itself, and hands to the diagnosis."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from davlock.checks.diagnostic import ScratchDiagnosis, diagnose_in, diagnostic_context, scratch_name
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.options import Shared
from davlock.cli.typed_urls import always_writes, url_from
from davlock.diagnosis.diagnosis import Diagnosis
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.skipped import Skipped
from davlock.errors import LocalProtocolError
from davlock.operations.etag_sources import check_if_match
from davlock.operations.probe import ProbeResult
from davlock.operations.put import checked_etag
from davlock.operations.trial_lock import WriteConsent, describe_worst_case
from davlock.protocol.url import origin, same_origin, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send

if TYPE_CHECKING:
    pass


class DiagnoseExtras:
    """``--if-match`` and ``--scratch`` as typed. Raises LocalProtocolError for what cannot be asked."""

    def __init__(
        self,
        *,
        if_match: str | None,
        scratch: str | None,
        consent: WriteConsent,
        known: CommandKnowledge,
        shared: Shared,
    ) -> None:
        if if_match == "current":
            raise LocalProtocolError("--if-match current always matches", "give the ETag that the server refused")
        self._tag = None if if_match is None else checked_etag(if_match, "--if-match")
        self._above = None if scratch is None else _collection(scratch, shared)
        self._consent = consent
        self._recorder = shared.recorder
        self._profiles = known.profiles
        self._removed = ""
        """The scratch collection, where everything was tried in it and it is gone."""

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

    def ask(self, send: Send, url: str, report: ProbeResult) -> ProbeResult:
        """``report`` with all that was learned beside the target."""
        evidence, skipped = report.evidence, report.skipped
        if self._tag is not None:
            self._record_as("if-match")
            condition = check_if_match(send, url, self._tag, profiles=self._profiles)
            evidence = replace(evidence, condition=condition.evidence)
            skipped += condition.skipped
        if self._above is not None:
            self._record_as("scratch")
            learned = self._try_in_scratch(send, self._above, evidence)
            evidence = replace(evidence, scratch=learned.outcomes)
            skipped += learned.skipped
        return replace(report, evidence=evidence, skipped=skipped)

    def not_asked(self, report: ProbeResult) -> ProbeResult:
        """``report``, where the target could not be read: it says that nothing else was asked."""
        why = "nothing else was asked, since the target could not be read"
        return replace(report, skipped=(*report.skipped, Skipped("--if-match, --scratch", why)))

    def _try_in_scratch(self, send: Send, above: str, evidence: Evidence) -> ScratchDiagnosis:
        context = diagnostic_context(
            send,
            above,
            self._consent.mark,
            owner=self._consent.owner,
            target=evidence,
            sleep=time.sleep,
            clock=time.monotonic,
            profiles=self._profiles,
        )
        self._consent.announce(
            f"this writes and locks small files in {context.url} and removes the folder."
            f"{_what_history_keeps(evidence)} If that fails, the folder stays, and {describe_worst_case(evidence)}."
        )
        learned = diagnose_in(context, clock=time.monotonic, now=time.time)
        if not context.made:
            self._consent.announce("; ".join(skipped.why for skipped in learned.skipped))
        if learned.run.left:
            self._consent.announce(learned.run.left)
        self._removed = "" if learned.skipped else context.url
        return learned

    def tell(self, diagnosis: Diagnosis) -> None:
        """Say that the scratch collection is gone, and what it showed if no finding says so."""
        scratch = diagnosis.evidence.scratch
        if scratch is None or not self._removed:
            return
        fine = f": {len(scratch.exchanges)} requests there showed no problem with locks, conditions or headers"
        self._consent.announce(f"removed {self._removed}{'' if diagnosis.seen_in_scratch else fine}")

    def _record_as(self, part: str) -> None:
        if self._recorder is not None:
            self._recorder.part = part


def _what_history_keeps(evidence: Evidence) -> str:
    """Returns what stays after the removal if the server keeps versions by itself; else it is empty."""
    title = evidence.server.title if evidence.server is not None and evidence.server.keeps_revisions else ""
    classes = evidence.dav.value if isinstance(evidence.dav, Known) else ()
    if not title and not {"version-control", "version-history"} & {name.lower() for name in classes}:
        return ""
    return (
        f" {title or 'This server'} keeps versions: each of some tens of writes"
        f" {'stays' if title else 'may stay'} in its history as a revision."
    )


def _collection(text: str, shared: Shared) -> str:
    """The URL typed for ``--scratch``."""
    try:
        url = without_credentials(url_from(text, shared, writes=always_writes))
    except LocalProtocolError as error:
        raise LocalProtocolError(f"--scratch: {error.what}", error.hint) from None
    if urlsplit(url).query:
        raise LocalProtocolError(
            "--scratch: the URL of a collection cannot have a query", "escape the ? as %3F if it is part of the name"
        )
    return url
