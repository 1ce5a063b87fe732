"""What ``--why`` adds: locks with their tokens, every finding with its evidence, further ways out, the server."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from davlock.diagnosis.age import AgeSource
from davlock.diagnosis.finding import Finding, Remedy, Retry, RetryVerdict, Who
from davlock.diagnosis.wording import seconds_in_words
from davlock.locks.server_record import holder_name, lock_comment
from davlock.protocol.visible import columns, visible
from davlock.render.commands import shell_line
from davlock.render.lock_list import end_of
from davlock.render.notes import note_lines
from davlock.render.result import LockView, Result
from davlock.render.tables import cut_short, hang, plain_text
from davlock.render.theme import SEVERITY_MARK, SEVERITY_STYLE

AGE_WORDS = {
    AgeSource.LOCK_TIME: "since it was taken (nc:lock-time)",
    AgeSource.SVN_DATE: "since it was taken or renewed (X-SVN-Creation-Date)",
    AgeSource.LEDGER: "since davlock took it (ledger)",
    AgeSource.UUID1: "since its token was made (the time in it)",
    AgeSource.COUNTDOWN: "since its last renewal (its countdown)",
}

WHO_WORDS = {
    Who.YOU: "you",
    Who.LOCK_OWNER: "the lock's holder",
    Who.SERVER_ADMIN: "the server's administrator",
    Who.CLIENT_AUTHOR: "the client's author",
}

MOST_OF_A_QUOTE = 400
"""Characters of a quote."""


def show_details(console: Console, result: Result) -> None:
    """All that the JSON says and the screen does not."""
    for view in result.locks or ():
        _show_facts(console, "Lock", _lock_facts(view, result.target))
    for finding in result.findings:
        console.print()
        show_finding(console, finding)
    left = result.screen.left if result.screen is not None else ()
    if left:
        console.print()
        show_ways(console, left)
    console.print()
    _show_facts(console, "Server", _server_facts(result))
    for line in note_lines(result.skipped):
        hang(console, Text("Not known:", style="dim"), line)


def _show_facts(console: Console, title: str, facts: Iterable[tuple[str, str]]) -> None:
    listed = [(name, words) for name, words in facts if words]
    if not listed:
        return
    console.print(Text(title, style="bold"))
    width = max(columns(name) for name, _ in listed)
    for name, words in listed:
        whole = name in ("token", "root", "shown on", "asked")
        lead = Text(f"  {visible(name).ljust(width)}", style="dim")
        if whole:
            console.print(Text.assemble(lead, " ", plain_text(words)), soft_wrap=True)
        else:
            hang(console, lead, words)


def _lock_facts(view: LockView, target: str | None) -> Iterator[tuple[str, str]]:
    active = view.lock
    if view.url != target:
        yield "shown on", view.url
    yield "holder", f"{view.holder.whole}{' (yours)' if view.mine else ''}"
    yield "as written", cut_short(holder_name(active), MOST_OF_A_QUOTE)
    yield "comment", lock_comment(active)
    yield "token", active.token.uri if active.token is not None else "not shown"
    yield "scope", active.scope.value if active.scope else "not shown"
    yield "depth", active.depth.value if active.depth else "not shown"
    timeout = active.timeout
    yield "timeout", "never" if view.endless and timeout is None else timeout.as_sent if timeout else "not shown"
    ends = end_of(view)
    yield "ends", ends.strftime("%Y-%m-%dT%H:%M:%SZ (UTC)") if ends is not None else ""
    yield "root", f"{view.root}{'' if active.root else ' (inferred)'}" if view.root is not None else "not shown"
    if view.age is not None:
        yield "age", f"{seconds_in_words(view.age.seconds)} {AGE_WORDS[view.age.source]}, {view.age.certainty.word}"
    yield from active.vendor


def _server_facts(result: Result) -> Iterator[tuple[str, str]]:
    yield "product", result.product_title
    yield "DAV", ", ".join(result.dav)
    yield "Allow", ", ".join(result.allow or ())
    alike: dict[str, list[str]] = {}
    for method, view in result.methods:
        words = f"{view.verdict.value}: {view.why}" if view.why else view.verdict.value
        alike.setdefault(words, []).append(method)
    for words, methods in alike.items():
        yield "verdict", f"{', '.join(methods)} {words}"
    for exchange in result.exchanges:
        status = exchange.status if exchange.status is not None else "no answer"
        elapsed = f", {exchange.elapsed_ms:.0f} ms" if exchange.elapsed_ms is not None else ""
        yield "asked", f"{exchange.request.method or 'a request'} {exchange.request.url}: {status}{elapsed}"


def show_finding(console: Console, finding: Finding) -> None:
    """One finding: what was observed, how sure, what it rests on."""
    mark = Text(SEVERITY_MARK[finding.severity], style=SEVERITY_STYLE[finding.severity])
    hang(console, mark, finding.headline, "bold")
    hang(console, Text(" "), " · ".join((finding.id, finding.certainty.word, retry_words(finding.retry))), "dim")
    hang(console, Text(" "), finding.explanation)
    for other in finding.alternatives:
        hang(console, Text(" "), f"Could also be {other.id}; what would decide: {other.decided_by}")
    names = max((columns(quote.source) for quote in finding.evidence), default=0)
    for quote in finding.evidence:
        lead = Text(f"  {visible(quote.source).ljust(names)}", style="dim")
        hang(console, lead, cut_short(quote.text, MOST_OF_A_QUOTE))
    for reference in finding.references:
        hang(console, Text("  see", style="dim"), f"{reference.title} {reference.url}")


def retry_words(retry: Retry) -> str:
    """When the same request can succeed, in words."""
    words = {
        RetryVerdict.NEVER: "retrying never helps",
        RetryVerdict.AFTER_CHANGE: "retry after something changed",
        RetryVerdict.NOT_NEEDED: "no retry needed",
        RetryVerdict.AFTER_WAIT: "retry after a wait",
    }[retry.verdict]
    return f"{words} of {seconds_in_words(retry.after_seconds)}" if retry.after_seconds is not None else words


def show_remedies(console: Console, findings: Iterable[Finding]) -> None:
    """The ways out of all findings, each once."""
    remedies: list[Remedy] = []
    for finding in findings:
        remedies += [remedy for remedy in finding.remedies if remedy not in remedies]
    show_ways(console, remedies, "What to do")


def show_ways(console: Console, remedies: Iterable[Remedy], title: str = "More ways out") -> None:
    """Ways out, each with who can do it and what it can spoil; commands whole, on lines of their own."""
    listed = list(remedies)
    if not listed:
        return
    console.print(Text(title, style="bold"))
    for number, remedy in enumerate(listed, 1):
        who = "" if remedy.who is Who.YOU else f" [{WHO_WORDS[remedy.who]}]"
        risk = "" if remedy.risk.value == "safe" else f" ({remedy.risk.value})"
        note = f". {remedy.note}" if remedy.note else ""
        hang(console, Text(f"{number}."), f"{remedy.title}{note}{who}{risk}")
        if remedy.command is not None:
            console.print(Text("   " + shell_line(remedy.command), style="bold"), soft_wrap=True)
