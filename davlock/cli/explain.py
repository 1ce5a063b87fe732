"""``davlock explain``.

A status is explained from a page, and nothing is imported for it that only a capture or a finding needs.
"""

import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared, output_options
from davlock.cli.plugins import Knowledge
from davlock.cli.present import Presenter, chosen_format
from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.capture.supplement import Supplement
    from davlock.diagnosis.evidence import Evidence
    from davlock.diagnosis.finding import Finding
    from davlock.diagnosis.rule import Rule
    from davlock.diagnosis.story import Story
    from davlock.operations.results import Skipped
    from davlock.render.pages import Page
    from davlock.render.result import Result
    from davlock.render.tables import Console

FEW = 3
"""Stories that fit a screen; after more of them, a list of all follows."""


@click.command("explain")
@click.argument("subject", metavar="[SUBJECT]", required=False)
@click.option("--list", "list_", is_flag=True, help="List all findings, in place of a SUBJECT.")
@click.option("--method", metavar="METHOD", help="The method of the request, where the capture does not hold it.")
@click.option("--url", metavar="URL", help="The URL of the request, likewise.")
@click.option("--request-header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of it; repeatable.")
@click.option("--request-body", metavar="FILE", help="Its body.")
@click.option("--request-complete", is_flag=True, help="The headers given are all that the request had.")
@output_options
def command(
    subject: str | None,
    list_: bool,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    request_body: str | None,
    request_complete: bool,
    shared: Shared,
) -> int:
    """Explain an answer, a status or a finding, offline.

    SUBJECT is '-' (stdin), a status such as 423, the id of a finding, or a file: a raw response, a raw request and
    its response, what curl -i, -v or -D printed, or a HAR. For a lone response, say what was asked with --method,
    --url and --request-header.
    """
    known = Knowledge(shared)
    if list_ or subject is None:
        return _list(shared, known, list_=list_, subject=subject)
    if (
        subject != "-"
        and not os.path.exists(subject)
        and any(entry is not None for entry in (method, url, request_body))
    ):
        raise LocalProtocolError(f"{subject}: there is no such file", "name the file with the captured answer, or '-'")
    if len(subject) == 3 and subject.isascii() and subject.isdigit():
        return _present_status(shared, int(subject))
    if subject != "-" and (rule := _rule(subject, known)) is not None:
        return _present_finding(shared, rule)
    if subject != "-" and not os.path.exists(subject):
        raise LocalProtocolError(f"{subject!r} is neither a file nor a finding nor a status", _nearest(subject, known))
    return _explain(
        shared,
        known,
        subject,
        method=method,
        url=url,
        headers=headers,
        request_body=request_body,
        request_complete=request_complete,
    )


def _list(shared: Shared, known: Knowledge, *, list_: bool, subject: str | None) -> int:
    if not list_:
        raise LocalProtocolError("nothing to explain was named", "try: davlock explain 423, or davlock explain --list")
    if subject is not None:
        raise LocalProtocolError("--list lists all findings", f"leave {subject} away, or --list")
    from davlock.render import pages

    rules = pages.rule_list(known.rules)

    def show(console: "Console") -> None:
        from davlock.render.manual import show_rules

        show_rules(console, rules)

    return _present(shared, "rules", rules, pages.rule_rows(rules), show)


def _present_status(shared: Shared, status: int) -> int:
    from davlock.diagnosis.topics import TOPICS
    from davlock.render.pages import status_page

    if status not in TOPICS:
        nearest = min(sorted(TOPICS), key=lambda known: abs(known - status))
        known = ", ".join(map(str, sorted(TOPICS)))
        raise LocalProtocolError(
            f"davlock has nothing to say about {status}", f"the nearest that it knows is {nearest}, of {known}"
        )
    return _present_page(shared, status_page(status, TOPICS[status]))


def _present_finding(shared: Shared, rule: "Rule") -> int:
    from davlock.render.pages import finding_page

    return _present_page(shared, finding_page(rule))


def _present_page(shared: Shared, page: "Page") -> int:
    from davlock.render.pages import page_rows

    def show(console: "Console") -> None:
        from davlock.render.manual import show_page

        show_page(console, page)

    return _present(shared, "topic", page, page_rows(page), show)


def _present(shared: Shared, key: str, value: object, rows: Iterator[str], show: Callable[["Console"], None]) -> int:
    """Something to read that is about no target; a RESULT is made of it for JSON alone, under ``key``."""
    if chosen_format(shared) == "tsv":
        for row in rows:
            click.echo(row)
        return ExitCode.OK
    from davlock.render.result import Result

    presenter = Presenter("explain", shared, rows=lambda found: rows, show=lambda console, found: show(console))
    presenter.add(Result(target=None, extra=((key, value),)))
    presenter.finish()
    return ExitCode.OK


def _explain(
    shared: Shared,
    known: Knowledge,
    subject: str,
    *,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    request_body: str | None,
    request_complete: bool,
) -> int:
    from davlock.capture.supplement import Supplement
    from davlock.cli.captured import captured_url
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
    for found in explained(_read(subject), supplement, known):
        presenter.add(found)
        told.append(found)
    if len(told) > FEW:
        presenter.show_all(_show_overview, told)
    presenter.finish()
    return ExitCode.OK


def _show(console: "Console", found: "Result") -> None:
    from davlock.render.tables import show_result

    show_result(console, found)


def _show_overview(console: "Console", told: "list[Result]") -> None:
    from davlock.render.tables import show_overview

    show_overview(console, told)


def explained(data: bytes, supplement: "Supplement", known: Knowledge) -> "Iterator[Result]":
    """One result for each story in a capture."""
    from dataclasses import replace

    from davlock.capture.detect import read_capture
    from davlock.diagnosis.story import judge, tell
    from davlock.render.telling import results

    capture = read_capture(data, supplement)
    unfit: list[Skipped] = []

    def judged(story: "Story") -> "tuple[Evidence, tuple[Finding, ...]]":
        return judge(
            story,
            rules=known.rules,
            profiles=known.profiles,
            applications=known.applications,
            unfit=lambda rule, error: unfit.append(known.left_out(rule, error)),
        )

    for told in results(capture.exchanges, tell(capture.exchanges), judged, deviations=capture.deviations):
        yield replace(told, skipped=(*told.skipped, *dict.fromkeys(unfit)))
        unfit.clear()


def _rule(subject: str, known: Knowledge) -> "Rule | None":
    return next((rule for rule in known.rules if rule.id == subject), None)


def _nearest(subject: str, known: Knowledge) -> str:
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
