"""``davlock explain``.

A status is explained from a page, and nothing is imported for it that only a capture or a finding needs.
"""

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.explain_capture import explain_capture, read_file
from davlock.cli.explain_pages import present_mentions, present_pages, present_rules, present_shapes, present_statuses
from davlock.cli.help_page import BriefCommand
from davlock.cli.options import Shared, document_options, why_option
from davlock.cli.profile_targets import TARGET
from davlock.cli.progress import progress_of_reading
from davlock.errors import LocalProtocolError
from davlock.late_pattern import late_pattern

if TYPE_CHECKING:
    from davlock.render.topic_pages import Page

_STATUS_WORDS = late_pattern(r"(?:HTTP(?:/\d(?:\.\d)?)? )?([0-9]{3})(?: (?:Locked|[A-Z][a-z]+(?: [A-Z][a-z]+){0,3}))?")


_LONGEST_NAME = 64
"""Bytes of a paste that may be a status or the id of a finding."""

_STATUS = late_pattern(r"[0-9]{3}")


@click.command("explain", cls=BriefCommand)
@click.argument("subjects", metavar="[SUBJECT]...", nargs=-1)
@click.option("--list", "list_", is_flag=True, help="List all findings. With statuses: those that explain them.")
@click.option("--formats", is_flag=True, help="List the forms of paste that davlock reads.")
@click.option("--method", metavar="METHOD", help="Method of the request, if the paste lacks it.")
@click.option("--url", type=TARGET, metavar="URL", help="URL of the request, if the paste lacks it.")
@click.option(
    "--request-header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of the request. Repeatable."
)
@click.option("--request-body", metavar="FILE", help="Body of the request.")
@click.option("--request-complete", is_flag=True, help="The request had no other headers.")
@why_option
@document_options("list_", "formats")
def command(
    subjects: tuple[str, ...],
    list_: bool,
    formats: bool,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    request_body: str | None,
    request_complete: bool,
    shared: Shared,
) -> int:
    """Explain a status, a finding, or an answer that you have. Asks no server.

    SUBJECT is a status such as 423, the id of a finding, a file, or '-' for stdin. Several statuses stand side by side.

    A file has a raw response, with or without its request, the output of curl -i, -v or -D, or a HAR. davlock also
    reads a log line, an exception, or the words of an error. It reads several files as one story.
    Without SUBJECT, davlock reads stdin, or asks for a paste.

    If you have only the response, describe the request with --method, --url and --request-header.
    """
    known = CommandKnowledge(shared)
    if formats and (subjects or list_):
        other = " ".join(subjects) or "--list"
        raise LocalProtocolError("--formats lists all forms of paste", f"leave out {other}")
    if formats:
        return present_shapes(shared)
    if list_:
        return present_rules(shared, known, [_status(subject) for subject in subjects])
    subject = " ".join(subjects)
    supplied = any(entry is not None for entry in (method, url, request_body))
    are_files = bool(subjects) and all(entry == "-" or os.path.exists(entry) for entry in subjects)
    if len(subjects) == 1 and not are_files and supplied:
        raise LocalProtocolError(f"{subject}: there is no such file", "name the file with the captured answer, or '-'")
    words = _STATUS_WORDS.fullmatch(subject)
    if words is not None:
        return present_statuses(shared, [int(words[1])])
    if subjects and all(map(_STATUS.fullmatch, subjects)):
        return present_statuses(shared, list(map(int, subjects)))
    if subjects and subject != "-" and (pages := _pages(subjects, known)):
        return present_pages(shared, pages)
    if not subjects:
        read = [_asked_for()]
    elif are_files:
        read = [read_file(entry) for entry in subjects]
    elif len(subjects) == 1 and re.search(r"\s", subject) is None and re.search(r"[/.]", subject):
        raise LocalProtocolError(f"{subject!r} is neither a file nor a finding nor a status", _nearest(subject, known))
    else:
        read = [subject.encode("utf-8", "replace")]
    if len(read) == 1 and not supplied and (named := _named_by(read[0])):
        # Who pastes a status or an id wants what they get who type it.
        if _STATUS.fullmatch(named):
            return present_statuses(shared, [int(named)])
        if pages := _pages((named,), known):
            return present_pages(shared, pages)
    try:
        with progress_of_reading(sum(map(len, read)), shared):
            return explain_capture(
                shared,
                known,
                read,
                method=method,
                url=url,
                headers=headers,
                request_body=request_body,
                request_complete=request_complete,
            )
    except LocalProtocolError as error:
        text = getattr(error, "text", "")
        if text and (page := present_mentions(shared, text)) is not None:
            return page
        if subjects and not are_files and hasattr(error, "text"):
            what = f"{subject!r} is neither a file nor a finding nor a status"
            raise LocalProtocolError(what, _nearest(subject, known)) from None
        raise


def _asked_for() -> bytes:
    """What stdin brings: at a terminal, what a person pastes until Ctrl-D."""
    if sys.stdin.isatty():
        click.echo("Paste the answer, the log line or the error, then press Enter and Ctrl-D:", err=True)
    data = read_file("-")
    if not data.strip():
        raise LocalProtocolError("there is nothing to explain", "try: davlock explain 423, or davlock explain --list")
    return data


def _named_by(data: bytes) -> str:
    """Returns a paste that is one word, as a status or an id is; empty if it is more."""
    return data.strip().decode("utf-8", "replace") if len(data) <= _LONGEST_NAME and len(data.split()) == 1 else ""


def _status(subject: str) -> int:
    if _STATUS.fullmatch(subject) is None:
        raise LocalProtocolError(f"--list takes statuses, not {subject!r}", "try: davlock explain --list 423")
    return int(subject)


def _pages(subjects: tuple[str, ...], known: CommandKnowledge) -> "list[Page]":
    """The pages of findings and statuses; empty if one of ``subjects`` names neither."""
    from davlock.diagnosis.topics import TOPICS
    from davlock.render.topic_pages import finding_page, status_page

    rules = {rule.id: rule for rule in known.rules}
    statuses = {str(status): (status, topic) for status, topic in TOPICS.items()}
    if not all(subject in rules or subject in statuses for subject in subjects):
        return []
    return [finding_page(rules[name]) if name in rules else status_page(*statuses[name]) for name in subjects]


def _nearest(subject: str, known: CommandKnowledge) -> str:
    import difflib

    from davlock.diagnosis.topics import TOPICS

    names = [*(rule.id for rule in known.rules), *map(str, TOPICS)]
    # "423 Locked" and "HTTP/1.1 423" name a status, and look like no id.
    close = [word for word in subject.split() if word in names] or difflib.get_close_matches(
        subject.lower(), names, n=3, cutoff=0.5
    )
    return f"did you mean {' or '.join(close)}?" if close else "try: davlock explain 423"
