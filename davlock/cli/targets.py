"""Do one thing to several URLs: an error at one of them does not keep the others from their turn."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from davlock.cli.activity import activity_of
from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import ExitStatus, for_cut, for_effect, for_error, for_failure, for_late, for_targets
from davlock.cli.options import Shared
from davlock.cli.output import Presenter, complain
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import open_sender
from davlock.cli.typed_urls import urls_from
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding, Severity
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.skipped import Skipped
from davlock.errors import Cancelled, DavlockError, LocalProtocolError, NoResponse, OutputFailed, ReadFailure
from davlock.operations.probe import ProbeResult
from davlock.operations.read_failure import read_failure
from davlock.protocol.url import same_resource, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.build_result import result
from davlock.render.result import Result
from davlock.transport.base import Send

if TYPE_CHECKING:  # an explanation needs none
    from davlock.ledger import Ledger
    from davlock.operations.budget import Budget


def whole_tree(url: str) -> tuple[WriteScope, ...]:
    """The URL that was typed, and what is below it."""
    return (WriteScope(url=url),)


Act = Callable[[Send, str], tuple[Result, ExitStatus]]


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
    waits: bool = False,
) -> ExitStatus:
    """``act`` on each URL; its results are presented as they come.

    The ``ledger`` learns each login. ``ready`` is asked about every URL before the first is begun, and raises
    LocalProtocolError for what is not. ``writes`` says where a URL that was typed lets ``act`` change something. No
    request outlasts the time of ``budget``, else of ``shared``. ``waits``: the command
    waits for locks, so what is not done by then was not acquired.
    """

    def log_in(url: str) -> None:
        if ledger is not None:
            ledger.login = login_for(shared, url)

    budget = budget if budget is not None else shared.budget
    codes: list[ExitStatus] = []
    not_begun = 0
    checked = urls_from(urls, shared, writes=lambda url: any(same_resource(scope.url, url) for scope in writes(url)))
    for url in checked:
        log_in(url)
        ready(without_credentials(url))
    try:
        for url in activity_of(shared).each(checked):
            if budget is not None and budget.time_is_up:
                not_begun += 1
                presenter.add(Result(target=without_credentials(url), skipped=(Skipped("answer", budget.words()),)))
                codes.append(for_late(waits=waits))
                continue
            log_in(url)
            try:
                bare = without_credentials(url)
                if shared.recorder is not None:
                    shared.recorder.next_target()
                with open_sender(shared, url, *writes(bare), budget=budget, logged_in=partial(log_in, url)) as send:
                    found, code = act(send, bare)
                # Its screen has only the name: of several URLs, the whole one says which it is.
                presenter.add(replace(found, heading=bare) if len(checked) > 1 else found)
            except (Cancelled, LocalProtocolError, OutputFailed):
                raise
            except DavlockError as error:
                complain(error.about(without_credentials(url)))
                code = for_error(error)
                presenter.add(Result(target=without_credentials(url), skipped=(Skipped("answer", str(error)),)))
            if budget is not None and budget.cut:
                if code is not ExitStatus.NO_RESPONSE:  # else one line says so already
                    complain(f"{budget.words()}: what was not asked by then is left out")
                code = for_cut(code, waits=waits)
            codes.append(code)
        if not_begun and budget is not None:
            complain(f"{budget.words()}: {not_begun} of {len(checked)} URLs {'was' if not_begun == 1 else 'were'} left")
    except (KeyboardInterrupt, Cancelled):
        presenter.stop(_stopped(url) for url in checked[len(codes) :])
        raise
    finally:
        presenter.finish()
    return for_targets(codes, not_begun=not_begun > 0, waits=waits)


def _stopped(url: str) -> Result:
    return Result(target=without_credentials(url), skipped=(Skipped("answer", "a signal stopped davlock"),))


def judge_report(report: ProbeResult, known: CommandKnowledge, *, silent: bool = False) -> Result:
    """A report with its findings, as it is shown; ``silent`` as for :meth:`CommandKnowledge.diagnose`."""
    return result(known.diagnose(report, silent=silent))


def report_no_answer(evidence: Evidence, failure: NoResponse, known: CommandKnowledge) -> tuple[Result, ExitStatus]:
    """What is shown of a target that did not answer, and the code: why it did not goes to stderr."""
    refusal = login_refusal(known.judge(evidence).findings)
    complain_with_login(str(failure), refusal)
    findings = () if refusal is None else (refusal,)
    skipped = (Skipped("answer", str(failure)),)
    return Result(target=evidence.target, findings=findings, skipped=skipped), for_error(failure)


def failure_status(evidence: Evidence) -> ExitStatus | None:
    """The status where something other than a lock kept us from the answer."""
    failure = read_failure(evidence)
    return None if failure is None else for_failure(failure)


def conclude(report: ProbeResult, known: CommandKnowledge) -> tuple[Result, ExitStatus]:
    """What a verb did, and the exit status; that it could not be read back goes to stderr where no finding says so."""
    diagnosis = judge_report(report, known)
    code = for_doer(report, diagnosis.findings)
    evidence = report.evidence
    explained = any(finding.severity is Severity.ERROR for finding in diagnosis.findings)
    if code is ExitStatus.UNKNOWN and evidence.status is not None and not explained:
        reasons = {skipped.what: f" ({skipped.why})" for skipped in reversed(diagnosis.skipped)}
        why = next((reasons[what] for what in ("locks", "lockdiscovery", "token") if what in reasons), "")
        what = f"the server answered {evidence.status} to {evidence.method}"
        complain(f"{report.target}: {what}, but davlock could not read the result back{why}")
    return diagnosis, code


def for_doer(report: ProbeResult, findings: tuple[Finding, ...]) -> ExitStatus:
    """OK only if the effect was achieved, as read back."""
    about_login = not findings or findings[0].id.startswith(("401", "403"))
    failure = read_failure(report.evidence)
    if failure is ReadFailure.NOT_DAV and application_refusal(report.evidence) is not None:
        failure = None  # the write says what is in the way, whatever PROPFIND gets
    return for_effect(report.achieved, failure, about_login=about_login)
