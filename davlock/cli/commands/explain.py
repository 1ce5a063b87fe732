"""``davlock explain``.

A status is explained from a page, and nothing is imported for it that only a capture or a finding needs.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.options import Shared, output_options
from davlock.cli.output import Presenter, chosen_format
from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.capture.supplement import Supplement
    from davlock.diagnosis.rule import Rule
    from davlock.render.result import Result
    from davlock.render.tables import Console
    from davlock.render.topic_pages import Page

_STATUS_WORDS = re.compile(r"(?:HTTP(?:/\d(?:\.\d)?)? )?([0-9]{3})(?: (?:Locked|[A-Z][a-z]+(?: [A-Z][a-z]+){0,3}))?")

FEW = 3
"""Stories that fit a screen; after more of them, a list of all follows."""


@click.command("explain")
@click.argument("subjects", metavar="[SUBJECT]...", nargs=-1)
@click.option("--list", "list_", is_flag=True, help="List all findings, in place of a SUBJECT.")
@click.option("--formats", is_flag=True, help="List the shapes in which a paste can be read, in place of a SUBJECT.")
@click.option("--method", metavar="METHOD", help="The method of the request, where the capture does not hold it.")
@click.option("--url", metavar="URL", help="The URL of the request, likewise.")
@click.option("--request-header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of it; repeatable.")
@click.option("--request-body", metavar="FILE", help="Its body.")
@click.option("--request-complete", is_flag=True, help="The headers given are all that the request had.")
@output_options
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
    """Explain an answer, a status or a finding, offline.

    SUBJECT is '-' (stdin), a status such as 423, the id of a finding, or a file: a raw response, a raw request and
    its response, what curl -i, -v or -D printed, or a HAR. A line of a log, an exception or the words of an error are
    read as far as they go. Several files are one story. Without a SUBJECT, davlock reads stdin, or asks for a paste.
    For a lone response, say what was asked with --method, --url and --request-header.
    """
    known = CommandKnowledge(shared)
    if list_ or formats:
        if subjects or (list_ and formats):
            other = " ".join(subjects) or "--formats"
            raise LocalProtocolError("--list lists all findings", f"leave {other} away, or --list")
        return _list(shared, known) if list_ else _list_formats(shared)
    subject = " ".join(subjects)
    supplied = any(entry is not None for entry in (method, url, request_body))
    are_files = bool(subjects) and all(entry == "-" or os.path.exists(entry) for entry in subjects)
    if len(subjects) == 1 and not are_files and supplied:
        raise LocalProtocolError(f"{subject}: there is no such file", "name the file with the captured answer, or '-'")
    words = _STATUS_WORDS.fullmatch(subject)
    if words is not None:
        return _present_status(shared, int(words[1]))
    if subject and subject != "-" and (rule := _rule(subject, known)) is not None:
        return _present_finding(shared, rule)
    if not subjects:
        read = [_asked_for()]
    elif are_files:
        read = [_read(entry) for entry in subjects]
    elif len(subjects) == 1 and re.search(r"\s", subject) is None and re.search(r"[/.]", subject):
        raise LocalProtocolError(f"{subject!r} is neither a file nor a finding nor a status", _nearest(subject, known))
    else:
        read = [subject.encode("utf-8", "replace")]
    try:
        return _explain(
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
        if text and (page := _mentioned(shared, text)) is not None:
            return page
        if subjects and not are_files and hasattr(error, "text"):
            what = f"{subject!r} is neither a file nor a finding nor a status"
            raise LocalProtocolError(what, _nearest(subject, known)) from None
        raise


def _asked_for() -> bytes:
    """What stdin brings: at a terminal, what a person pastes until Ctrl-D."""
    if sys.stdin.isatty():
        click.echo("Paste the answer, the log line or the error, then press Enter and Ctrl-D:", err=True)
    data = _read("-")
    if not data.strip():
        raise LocalProtocolError("nothing to explain was named", "try: davlock explain 423, or davlock explain --list")
    return data


def _mentioned(shared: Shared, text: str) -> int | None:
    """The page of what a text mentions; ``None`` where it is about something else."""
    from davlock.diagnosis.mentions import RECORD, mentions
    from davlock.render.topic_pages import mention_list, mention_rows

    shown = mention_list(mentions(text))
    if not shown:
        return None

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_mentions

        show_mentions(console, shown, RECORD)

    return _present(shared, "mentions", shown, mention_rows(shown), show)


def _list_formats(shared: Shared) -> int:
    from davlock.capture.shapes import SHAPES

    shapes = [{"name": shape.name, "title": shape.title} for shape in SHAPES]

    def show(console: "Console") -> None:
        for shape in shapes:
            console.print(f"{shape['name']:<20} {shape['title']}", markup=False, highlight=False)

    return _present(shared, "shapes", shapes, (f"{shape['name']}\t{shape['title']}" for shape in shapes), show)


def _list(shared: Shared, known: CommandKnowledge) -> int:
    from davlock.render import topic_pages

    rules = topic_pages.rule_list(known.rules)

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_rules

        show_rules(console, rules)

    return _present(shared, "rules", rules, topic_pages.rule_rows(rules), show)


def _present_status(shared: Shared, status: int) -> int:
    from davlock.diagnosis.topics import TOPICS
    from davlock.render.topic_pages import status_page

    if status not in TOPICS:
        nearest = min(sorted(TOPICS), key=lambda known: abs(known - status))
        known = ", ".join(map(str, sorted(TOPICS)))
        raise LocalProtocolError(
            f"davlock has nothing to say about {status}", f"the nearest that it knows is {nearest}, of {known}"
        )
    return _present_page(shared, status_page(status, TOPICS[status]))


def _present_finding(shared: Shared, rule: "Rule") -> int:
    from davlock.render.topic_pages import finding_page

    return _present_page(shared, finding_page(rule))


def _present_page(shared: Shared, page: "Page") -> int:
    from davlock.render.topic_pages import page_rows

    def show(console: "Console") -> None:
        from davlock.render.topic_tables import show_page

        show_page(console, page)

    return _present(shared, "topic", page, page_rows(page), show)


def _present(shared: Shared, key: str, value: object, rows: Iterator[str], show: Callable[["Console"], None]) -> int:
    """Something to read that is about no target; a RESULT is made of it for JSON alone, under ``key``."""
    if chosen_format(shared) == "tsv":
        for row in rows:
            click.echo(row)
        return ExitStatus.OK
    from davlock.render.result import Result

    presenter = Presenter("explain", shared, rows=lambda found: rows, show=lambda console, found: show(console))
    presenter.add(Result(target=None, extra=((key, value),)))
    presenter.finish()
    return ExitStatus.OK


def _explain(
    shared: Shared,
    known: CommandKnowledge,
    read: list[bytes],
    *,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    request_body: str | None,
    request_complete: bool,
) -> int:
    from davlock.capture.supplement import Supplement
    from davlock.cli.options import captured_url
    from davlock.render.plain import finding_rows

    supplement = Supplement(
        method=method.upper() if method is not None else None,
        url=captured_url(url) if url is not None else None,
        request_headers=tuple(_field(text) for text in headers),
        request_body=_read(request_body) if request_body is not None else None,
        request_complete=request_complete,
    )
    presenter = Presenter("explain", shared, rows=finding_rows, show=_show)
    told = []
    for found in explained(read, supplement, known):
        presenter.add(found)
        told.append(found)
    if len(told) > FEW:
        presenter.show_all(_show_overview, told)
    presenter.finish()
    return ExitStatus.OK


def _show(console: "Console", found: "Result") -> None:
    from davlock.render.tables import show_result

    show_result(console, found)


def _show_overview(console: "Console", told: "list[Result]") -> None:
    from davlock.render.tables import show_overview

    show_overview(console, told)


def explained(read: list[bytes], supplement: "Supplement", known: CommandKnowledge) -> "Iterator[Result]":
    """One result for each incident in a capture; several captures are one."""
    from davlock.capture.detect import read_capture
    from davlock.diagnosis.judge_capture import judge_capture
    from davlock.render.build_result import result

    captures = [read_capture(data, supplement) for data in read]
    exchanges = tuple(exchange for capture in captures for exchange in capture.exchanges)
    deviations = tuple(deviation for capture in captures for deviation in capture.deviations)
    for diagnosis in judge_capture(exchanges, known.knowledge, deviations=deviations):
        yield result(diagnosis)


def _rule(subject: str, known: CommandKnowledge) -> "Rule | None":
    return next((rule for rule in known.rules if rule.id == subject), None)


def _nearest(subject: str, known: CommandKnowledge) -> str:
    import difflib

    from davlock.diagnosis.topics import TOPICS

    names = [*(rule.id for rule in known.rules), *map(str, TOPICS)]
    # "423 Locked" and "HTTP/1.1 423" name a status, and look like no id.
    close = [word for word in subject.split() if word in names] or difflib.get_close_matches(
        subject.lower(), names, n=3, cutoff=0.5
    )
    return f"did you mean {' or '.join(close)}?" if close else "try: davlock explain 423"


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise LocalProtocolError("--request-header wants a name and a value", "write --request-header 'Name: value'")
    return name.strip(), value.strip()


def _read(path: str) -> bytes:
    from davlock.capture.detect import CAPTURE_LIMIT

    try:
        if path == "-":
            data = sys.stdin.buffer.read(CAPTURE_LIMIT + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(CAPTURE_LIMIT + 1)
    except OSError as error:
        raise LocalProtocolError(f"{path}: {error.strerror}", "name a readable file, or '-' for stdin") from None
    return data
