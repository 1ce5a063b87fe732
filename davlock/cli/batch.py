"""Do one thing to several URLs: an error at one of them does not keep the others from their turn."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from davlock.cli.credentials import login_for
from davlock.cli.exit_code import ExitCode, combine, for_error
from davlock.cli.options import Shared
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import Presenter, complain
from davlock.cli.refused_login import complain_with_login, login_refusal
from davlock.cli.session import checked_url, open_sender, urls_from
from davlock.diagnosis.aside import joined
from davlock.diagnosis.evidence import REDIRECTS, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import NOT_NEEDED, Finding, Severity
from davlock.diagnosis.resource import limit_exceeded, read_propfind, was_kept
from davlock.diagnosis.situation import below_a_file, slash_on_a_file
from davlock.errors import Cancelled, DavlockError, LimitExceeded, LocalProtocolError, NoResponse, OutputFailed
from davlock.operations.case import Report
from davlock.operations.redirect import leads_nowhere
from davlock.operations.results import Achieved, Skipped
from davlock.protocol.message import Exchange
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
    late: ExitCode = ExitCode.NO_RESPONSE,
) -> ExitCode:
    """``act`` on each URL; its results are presented as they come.

    The ``ledger`` is told as whom. ``ready`` is asked about every URL before the first is begun, and raises
    LocalProtocolError for what is not. ``writes`` says where a URL that was typed lets ``act`` change something. No
    request outlasts the time of ``budget``, else of ``shared``; ``late`` is the status of what was not done by then.
    """

    def log_in(url: str) -> None:
        if ledger is not None:
            ledger.login = login_for(shared, url)

    budget = budget if budget is not None else shared.budget
    codes: list[ExitCode] = []
    not_begun = 0
    checked = [checked_url(url) for url in urls_from(urls)]
    if not checked:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    for url in checked:
        log_in(url)
        ready(without_credentials(url))
    try:
        for url in checked:
            if budget is not None and budget.time_is_up:
                not_begun += 1
                presenter.add(Result(target=without_credentials(url), skipped=(Skipped("answer", budget.words()),)))
                codes.append(late)
                continue
            log_in(url)
            try:
                bare = without_credentials(url)
                if shared.recorder is not None:
                    shared.recorder.next_target()
                with open_sender(shared, url, *writes(bare), budget=budget) as send:
                    found, code = act(send, bare)
                presenter.add(found)
            except (Cancelled, LocalProtocolError, OutputFailed):
                raise
            except DavlockError as error:
                complain(error.about(without_credentials(url)))
                code = for_error(error)
                presenter.add(Result(target=without_credentials(url), skipped=(Skipped("answer", str(error)),)))
            if budget is not None and budget.cut:
                code = cut_short(code, late, complained=code is ExitCode.NO_RESPONSE, words=budget.words())
            codes.append(code)
        if not_begun and budget is not None:
            complain(f"{budget.words()}: {not_begun} of {len(checked)} URLs {'was' if not_begun == 1 else 'were'} left")
    finally:
        presenter.finish()
    if not_begun and late is ExitCode.NO_RESPONSE and any(code is not late for code in codes):
        return ExitCode.PARTIAL
    return combine(codes)


def cut_short(code: ExitCode, late: ExitCode, *, complained: bool, words: str) -> ExitCode:
    """The status of what the deadline cut: ``late``, or that a part was done. One line says so, unless one did."""
    if not complained:
        complain(f"{words}: what was not asked by then is left out")
    if late is ExitCode.NO_RESPONSE and code is not late:
        return ExitCode.PARTIAL
    return late


def shown(report: Report, known: Knowledge, *, silent: bool = False) -> Result:
    """A report with its findings; what kept it from an answer goes to stderr as one line, unless ``silent``."""
    evidence = report.evidence
    failure = evidence.no_response
    skipped = report.skipped
    limit = _limit(evidence)
    if limit is not None and not silent:
        complain(f"{report.target}: {limit}")
    if failure is not None:
        if not silent:
            complain(str(failure))
        skipped = (*skipped, Skipped("answer", str(failure)))
    return judged(known.anonymous.complete(evidence), known, skipped=skipped)


def without_answer(evidence: Evidence, failure: NoResponse, known: Knowledge) -> tuple[Result, ExitCode]:
    """What is shown of a target that did not answer, and the code: why it did not goes to stderr."""
    refusal = login_refusal(judged(evidence, known))
    complain_with_login(str(failure), refusal)
    findings = () if refusal is None else (refusal,)
    skipped = (Skipped("answer", str(failure)),)
    return Result(target=evidence.target, findings=findings, skipped=skipped), for_error(failure)


def stopped(evidence: Evidence) -> ExitCode | None:
    """The code where something other than a lock kept us from the answer: no response, login, throttling, no DAV."""
    if isinstance(evidence.no_response, NoResponse):
        return for_error(evidence.no_response)
    if _limit(evidence) is not None:
        return ExitCode.BAD_RESPONSE
    if evidence.page is not None:
        return ExitCode.BAD_RESPONSE
    cause = evidence.cause
    if cause is None:
        return _unusable(evidence)
    about_a_file = below_a_file(evidence) or slash_on_a_file(evidence)  # lighttpd says 403 there, Apache 400
    if cause.status in (401, 403, 407) and not cause.member and not about_a_file:
        return ExitCode.AUTH
    if cause.status in THROTTLED:
        return ExitCode.THROTTLED
    return _unusable(evidence)


def _limit(evidence: Evidence) -> LimitExceeded | None:
    """The first limit that an answer went beyond."""
    return next((limit for limit in map(limit_exceeded, evidence.exchanges) if limit is not None), None)


def _unusable(evidence: Evidence) -> ExitCode | None:
    """BAD_RESPONSE where something was answered that is no DAV answer at all, ``None`` where nothing was.

    Where the target itself was read, what stands above it may be no part of the DAV server.
    """
    read = isinstance(evidence.exists, Known)
    for number, exchange in enumerate(evidence.exchanges):
        members = exchange.request.method == "PROPFIND" and exchange.request.headers.get("Depth") != "0"
        if read and (members or is_ancestor(exchange.request.url, evidence.target)):
            continue
        if _is_no_dav(exchange, subject=number == evidence.subject):
            return ExitCode.BAD_RESPONSE
    return None


def _is_no_dav(exchange: Exchange, *, subject: bool) -> bool:
    """Whether no DAV server says that: to a PROPFIND, or to the request under question."""
    response = exchange.response
    method = exchange.request.method
    if response is None or (method != "PROPFIND" and not subject):
        return False
    if response.status in REDIRECTS:
        return leads_nowhere(exchange)
    if response.status == 207 and method != "LOCK" and was_kept(response):
        return isinstance(read_propfind(exchange), str)  # a write is answered 207, too, with its failed members
    return method == "PROPFIND" and ((response.ok and response.status != 207) or response.status in (405, 501))


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
