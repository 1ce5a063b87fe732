"""A login that was refused, on stderr: for commands whose output has no place for findings."""

from collections.abc import Iterable

from davlock.cli.output import complain
from davlock.diagnosis.finding import Certainty, Finding
from davlock.render.commands import shell_line
from davlock.render.result import Result

RULE_ID = "401-not-authenticated"


def login_refusal(findings: Iterable[Finding]) -> Finding | None:
    """The finding about it, where there is one."""
    return next((finding for finding in findings if finding.id == RULE_ID), None)


def complain_of_the_answer(url: str, result: Result, status: int | None, *, form: str) -> None:
    """Why ``url`` was not read: one line. For a refused login also what to do, unless the output says it.

    ``form`` is the format of the output: a table says all about a refused login, so stderr does not repeat it.
    """
    words = f"{url}: the server answered {status} to PROPFIND"
    refusal = login_refusal(result.findings)
    if refusal is not None and form == "table":
        return
    if refusal is None and result.findings and result.findings[0].certainty is not Certainty.POSSIBLE:
        words += f". {result.findings[0].headline}"
    complain_with_login(words, refusal, with_command=form == "tsv")


def complain_with_login(words: str, refusal: Finding | None, *, with_command: bool = True) -> None:
    """``words`` on stderr; of a refused login also what was offered and sent, and on a second line what to type."""
    if refusal is None:
        complain(words)
        return
    complain(f"{words}. {refusal.headline}")
    if with_command:
        say_what_to_type(refusal)


def say_what_to_type(refusal: Finding) -> None:
    """The first step that the finding offers, on stderr."""
    if words := what_to_type(refusal):
        complain(words)


def what_to_type(refusal: Finding) -> str:
    """Returns the first step that the finding offers: one with a command, if there is any."""
    for remedy in refusal.remedies:
        if remedy.command is not None:
            return f"{remedy.title}: {shell_line(remedy.command)}"
    return refusal.remedies[0].title if refusal.remedies else ""
