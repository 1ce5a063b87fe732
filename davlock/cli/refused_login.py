"""A login that was refused, on stderr: for commands whose output has no place for findings."""

from davlock.cli.present import complain
from davlock.diagnosis.finding import Finding
from davlock.render.commands import shell_line
from davlock.render.result import Result

RULE_ID = "401-not-authenticated"


def login_refusal(found: Result) -> Finding | None:
    """The finding about it, where there is one."""
    return next((finding for finding in found.findings if finding.id == RULE_ID), None)


def complain_of_the_answer(url: str, found: Result, status: int | None, *, shows_findings: bool) -> None:
    """Why ``url`` was not read: one line. Of a refused login also the command to type, unless the output has it."""
    refusal = login_refusal(found)
    if refusal is None:
        complain(f"{url}: PROPFIND was answered {status}")
        return
    complain_of_the_login(url, refusal, with_command=not shows_findings)


def complain_of_the_login(url: str, refusal: Finding, *, with_command: bool = True) -> None:
    """What the server or the proxy says of the login, and the first thing to do."""
    complain(f"{url}: {refusal.headline}")
    remedy = next((remedy for remedy in refusal.remedies if remedy.command is not None), None)
    if with_command and remedy is not None and remedy.command is not None:
        complain(f"{remedy.title}: {shell_line(remedy.command)}")
    elif with_command and refusal.remedies:
        complain(refusal.remedies[0].title)
