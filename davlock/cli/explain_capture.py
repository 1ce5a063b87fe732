"""What explain reads and shows of a capture: one result for each incident in it."""

import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from davlock.cli.command_knowledge import CommandKnowledge
from davlock.cli.exit_status import ExitStatus
from davlock.cli.options import Shared
from davlock.cli.output import Presenter
from davlock.errors import LocalProtocolError

if TYPE_CHECKING:
    from davlock.render.result import Result
    from davlock.render.tables import Console

FEW = 3
"""Stories that fit a screen; after more of them, a list of all follows."""


def explain_capture(
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
    from davlock.capture.detect import read_captures
    from davlock.capture.supplement import Supplement
    from davlock.cli.options import parse_captured_url
    from davlock.diagnosis.judge_capture import judge_capture
    from davlock.render.build_result import result
    from davlock.render.plain import FINDING_COLUMNS, finding_rows

    supplement = Supplement(
        method=method.upper() if method is not None else None,
        url=parse_captured_url(url) if url is not None else None,
        request_headers=tuple(_field(text) for text in headers),
        request_body=read_file(request_body) if request_body is not None else None,
        request_complete=request_complete,
    )
    captures = read_captures(read, supplement)  # several are one
    diagnoses = judge_capture(
        tuple(exchange for capture in captures for exchange in capture.exchanges),
        known.knowledge,
        deviations=tuple(deviation for capture in captures for deviation in capture.deviations),
    )
    del captures  # what no diagnosis is about need not be in memory
    presenter = Presenter(
        "explain", shared, rows=finding_rows, columns=FINDING_COLUMNS, show=partial(_show, why=shared.why)
    )
    results = []
    now = datetime.now(UTC)
    for diagnosis in diagnoses:
        results.append(result(diagnosis, now=now))
        presenter.add(results[-1])
    if len(results) > FEW:
        presenter.show_all(_show_overview, results)
    presenter.finish()
    return ExitStatus.OK


def _show(console: "Console", shown: "Result", *, why: bool) -> None:
    from davlock.render.screens import show_result

    show_result(console, shown, why=why)


def _show_overview(console: "Console", results: "list[Result]") -> None:
    from davlock.render.screens import show_overview

    show_overview(console, results)


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise LocalProtocolError("--request-header needs a name and a value", "write --request-header 'Name: value'")
    return name.strip(), value.strip()


def read_file(path: str) -> bytes:
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
