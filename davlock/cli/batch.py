"""Do one thing to several URLs: an error at one of them does not keep the others from their turn."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from davlock.cli.exit_code import ExitCode, combine, for_error
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import Presenter, complain
from davlock.cli.session import checked_url, login_for, open_sender, urls_from
from davlock.diagnosis.aside import joined
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Finding, Severity
from davlock.diagnosis.resource import read_propfind
from davlock.errors import Cancelled, DavlockError, LocalProtocolError, NoResponse
from davlock.operations.case import Report
from davlock.operations.results import Achieved, Skipped
from davlock.protocol.retry_after import THROTTLED
from davlock.protocol.url import is_ancestor, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:  # an explanation needs none
    from davlock.ledger import Ledger
    from davlock.operations.budget import Budget


def whole_tree(url: str) -> tuple[WriteScope, ...]:
    """The URL that was typed, and what is below it."""
    return (WriteScope(url=url),)


Act = Callable[[Send, str], tuple[Result, ExitCode]]


def for_each(
    urls: tuple[str, ...],
    shared: Shared,
    presenter: Presenter,
    act: Act,
    *,
    ledger: "Ledger | None" = None,
    ready: Callable[[str], object] = lambda url: None,
    writes: Callable[[str], tuple[WriteScope, ...]] = lambda url: (),
    budget: "Budget | None" = None,
) -> ExitCode:
    """``act`` on each URL; its results are presented as they come.

    The ``ledger`` is told as whom. ``ready`` is asked about every URL before the first is begun, and raises
    LocalProtocolError for what is not. ``writes`` says where a URL that was typed lets ``act`` change something. No
    request outlasts the time of ``budget``.
    """

    def log_in(url: str) -> None:
        if ledger is not None:
            ledger.login = login_for(shared, url)

    codes: list[ExitCode] = []
    checked = [checked_url(url) for url in urls_from(urls)]
    if not checked:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    for url in checked:
        log_in(url)
        ready(without_credentials(url))
    try:
        for url in checked:
            log_in(url)
            try:
                bare = without_credentials(url)
                if shared.recorder is not None:
                    shared.recorder.next_target()
                with open_sender(shared, url, *writes(bare), budget=budget) as send:
                    found, code = act(send, bare)
                presenter.add(found)
            except (Cancelled, LocalProtocolError):
                raise
            except DavlockError as error:
                complain(str(error))
                code = for_error(error)
                presenter.add(Result(target=without_credentials(url), skipped=(Skipped("answer", str(error)),)))
            codes.append(code)
    finally:
        presenter.finish()
    return combine(codes)


def shown(report: Report, known: Knowledge, *, silent: bool = False) -> Result:
    """A report with its findings; what kept it from an answer goes to stderr as one line, unless ``silent``."""
    evidence = report.evidence
    failure = evidence.no_response
    skipped = report.skipped
    if failure is not None:
        if not silent:
            complain(str(failure))
        skipped = (*skipped, Skipped("answer", str(failure)))
    return judged(known.anonymous.complete(evidence), known, skipped=skipped)


def stopped(evidence: Evidence) -> ExitCode | None:
    """The code where something other than a lock kept us from the answer: no response, login, throttling, no DAV."""
    if isinstance(evidence.no_response, NoResponse):
        return ExitCode.NO_RESPONSE
    if evidence.page is not None:
        return ExitCode.BAD_RESPONSE
    cause = evidence.cause
    if cause is None:
        return _unusable(evidence)
    if cause.status in (401, 403, 407) and not cause.member:
        return ExitCode.AUTH
    if cause.status in THROTTLED:
        return ExitCode.THROTTLED
    return _unusable(evidence)


def _unusable(evidence: Evidence) -> ExitCode | None:
    """Whether a PROPFIND was answered with something that is no DAV answer at all.

    Where the target itself was read, what stands above it may be no part of the DAV server.
    """
    read = isinstance(evidence.exists, Known)
    for exchange in evidence.exchanges:
        response = exchange.response
        if exchange.request.method != "PROPFIND" or response is None:
            continue
        if read and is_ancestor(exchange.request.url, evidence.target):
            continue
        page = response.ok and response.status != 207
        if page or response.status in (405, 501):
            return ExitCode.BAD_RESPONSE
        if response.status == 207 and not response.body_truncated and isinstance(read_propfind(exchange), str):
            return ExitCode.BAD_RESPONSE
    return None


def done(report: Report, known: Knowledge) -> tuple[Result, ExitCode]:
    """What a verb did, and the exit status; that it could not be read back goes to stderr where no finding says so."""
    found = shown(report, known)
    if report.overcome is not None:
        found = replace(found, findings=joined(found.findings, _overcome(report.overcome, known)))
    code = for_doer(report, found)
    evidence = report.evidence
    explained = any(finding.severity is Severity.ERROR for finding in found.findings)
    if code is ExitCode.UNKNOWN and evidence.status is not None and not explained:
        reasons = [f" ({one.why})" for one in found.skipped if one.what in ("locks", "lockdiscovery")]
        what = f"{evidence.method} was answered {evidence.status}"
        complain(f"{report.target}: {what}, and what came of it could not be read back{''.join(reasons[:1])}")
    return found, code


def _overcome(refused: Evidence, known: Knowledge) -> tuple[Finding, ...]:
    """What a refusal tells of the server, though another form of the same request went through."""
    return tuple(
        replace(
            finding, explanation=f"{finding.explanation} Another form of the request went through.", retry=NOT_NEEDED
        )
        for finding in judged(refused, known).findings
        if finding.id == "412-tagged-list-mismatch"
    )


def for_doer(report: Report, found: Result) -> ExitCode:
    """0 only if the effect was achieved, as read back."""
    if report.achieved is Achieved.YES:
        return ExitCode.OK
    stop = stopped(report.evidence)
    # lighttpd says 403 where a parent is missing: no other login would help there.
    about_login = not found.findings or found.findings[0].id.startswith(("401", "403"))
    if stop is not None and (stop is not ExitCode.AUTH or about_login):
        return stop
    return ExitCode.FOUND if report.achieved is Achieved.NO else ExitCode.UNKNOWN
