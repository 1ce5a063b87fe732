"""``davlock explain``.

A status is explained from a page, and nothing is imported for it that only a capture or a finding needs.
"""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from davlock.cli.exit_code import ExitCode
from davlock.cli.options import Shared, output_options
from davlock.cli.plugins import Knowledge, judged
from davlock.cli.present import Presenter
from davlock.diagnosis.topics import TOPICS
from davlock.errors import LocalProtocolError
from davlock.render import pages
from davlock.render.plain import finding_rows
from davlock.render.result import Result

if TYPE_CHECKING:
    from davlock.capture.supplement import Supplement
    from davlock.diagnosis.rule import Rule
    from davlock.render.tables import Console


@click.command("explain")
@click.argument("subject", metavar="SUBJECT")
@click.option("--method", metavar="METHOD", help="The method of the request, where the capture does not hold it.")
@click.option("--url", metavar="URL", help="The URL of the request, likewise.")
@click.option("--request-header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of it; repeatable.")
@click.option("--request-body", metavar="FILE", help="Its body.")
@click.option("--request-complete", is_flag=True, help="The headers given are all that the request had.")
@output_options
def command(
    subject: str,
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
    presenter = Presenter("explain", shared, rows=_rows, show=_show)
    extra = (method, url, request_body)
    if subject != "-" and not os.path.exists(subject) and any(entry is not None for entry in extra):
        raise LocalProtocolError(f"{subject}: there is no such file", "name the file with the captured answer, or '-'")
    if len(subject) == 3 and subject.isascii() and subject.isdigit():
        presenter.add(_topic(int(subject)))
    elif (rule := _rule(subject, known)) is not None:
        presenter.add(Result(target=None, extra=(("topic", pages.rule_topic(rule)),)))
    elif subject == "-" or os.path.exists(subject):
        from davlock.capture.supplement import Supplement
        from davlock.cli.captured import captured_url

        supplement = Supplement(
            method=method.upper() if method is not None else None,
            url=captured_url(url) if url is not None else None,
            request_headers=tuple(_field(text) for text in headers),
            request_body=_read(request_body) if request_body is not None else None,
            request_complete=request_complete,
        )
        presenter.add(explained(_read(subject), supplement, known))
    else:
        raise LocalProtocolError(f"{subject!r} is neither a file nor a finding nor a status", _nearest(subject, known))
    presenter.finish()
    return ExitCode.OK


def explained(data: bytes, supplement: "Supplement", known: Knowledge) -> Result:
    """One capture as one result."""
    from davlock.capture.detect import read_capture
    from davlock.diagnosis.evidence import from_exchanges

    capture = read_capture(data, supplement)
    return judged(from_exchanges(capture.exchanges, profiles=known.profiles), known)


def _topic(status: int) -> Result:
    if status not in TOPICS:
        known = ", ".join(str(entry) for entry in sorted(TOPICS))
        raise LocalProtocolError(f"davlock has nothing to say about {status}", f"it knows {known}")
    return Result(target=None, extra=(("topic", pages.status_topic(TOPICS[status])),))


def _rule(subject: str, known: Knowledge) -> "Rule | None":
    return next((rule for rule in known.rules if rule.id == subject), None)


def _nearest(subject: str, known: Knowledge) -> str:
    import difflib

    names = [*(rule.id for rule in known.rules), *(str(status) for status in TOPICS)]
    close = difflib.get_close_matches(subject.lower(), names, n=3, cutoff=0.5)
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


def _rows(found: Result) -> Iterator[str]:
    topic = dict(found.extra).get("topic")
    return pages.topic_rows(topic) if isinstance(topic, dict) else finding_rows(found)


def _show(console: "Console", found: Result) -> None:
    from davlock.render.tables import show_result, show_topic

    topic = dict(found.extra).get("topic")
    if isinstance(topic, dict):
        show_topic(console, topic)
        return
    show_result(console, found)
