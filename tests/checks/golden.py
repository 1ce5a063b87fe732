"""What each check sends, and what it says of a fault, in files: a change of either shows in review.

Write them anew with: python -m tests.checks.golden

``sound.txt`` has the requests of each check to the sound server of memory, with its answers. ``broken.txt`` has the
outcome of each check on its broken server (tests/checks/broken.py), the reason, and the answer that decided.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from davlock.checks.registry import CHECKS
from davlock.checks.results import Checked, Run
from davlock.protocol.message import Exchange, Request
from tests.checks.broken import ALICE, BOB, FAILS, WARNS
from tests.checks.test_broken import with_grounds
from tests.checks.world import SCRATCH, World, chosen, context, run_in

FOLDER = Path(__file__).parent / "golden"

FIELDS = (
    "Depth", "Destination", "Overwrite", "If", "If-Match", "If-None-Match", "If-Unmodified-Since", "Lock-Token",
    "Timeout", "Connection", "User-Agent",
)  # fmt: skip
"""What of a request decides about locks."""

SHOWN = 40
"""Characters of a body that are kept."""


def _sound() -> Iterator[str]:
    for check in CHECKS:
        # A world for each, so that a new check changes no number in the lines of another one.
        run, checked = _run(World(), check.id)
        yield f"{check.id}: {checked.outcome.value}"
        yield from (f"  {_line(run.exchanges[number])}" for number in checked.exchanges)


def _broken() -> Iterator[str]:
    for id, hook in (FAILS | WARNS).items():
        run, checked = _run(World(hook=hook), id)
        yield f"{id}: {checked.outcome.value}"
        yield f"  {checked.why}"
        if checked.subject is not None:
            yield f"  by {_line(run.exchanges[checked.subject])}"


def _run(world: World, id: str) -> tuple[Run, Checked]:
    """A run of the check and of those that it needs, and what it came to."""
    run = run_in(context(world, ALICE, BOB, hostile=True), chosen(*with_grounds(id)))
    return run, next(checked for checked in run.checked if checked.about.id == id)


def _line(exchange: Exchange) -> str:
    """Method, resource, fields and body of the request, and the status of the answer."""
    request = exchange.request
    fields = (f"{name}: {value}" for name in FIELDS if (value := request.headers.get(name)) is not None)
    parts = (f"{request.method} {request.url.replace(SCRATCH, '')}", *fields, *_body(request))
    return f"{' | '.join(parts)} => {exchange.status}".replace(SCRATCH, "")


def _body(request: Request) -> Iterator[str]:
    """The names in a PROPFIND, scope and owner of a LOCK, the beginning of another body."""
    body = request.body if isinstance(request.body, bytes) else b""
    text = body.decode("utf-8", "backslashreplace")
    if request.method == "LOCK" and body:
        scope = re.search(r"<(?:\w+:)?(exclusive|shared)", text)
        owner = re.search(r"<(?:\w+:)?owner>(.*?)</", text, re.DOTALL)
        yield f"{scope[1] if scope else 'no scope'}, {owner[1][:SHOWN] if owner else 'no owner'}"
    elif request.method == "PROPFIND" and body:
        yield " ".join(re.findall(r"<(?:\w+:)?(\w+)(?: [^>]*)?/>", text))
    elif body:
        yield ascii(text[:SHOWN])


FILES: Mapping[Path, Callable[[], Iterator[str]]] = {FOLDER / "sound.txt": _sound, FOLDER / "broken.txt": _broken}
"""The files, and what their lines are."""


def text(path: Path) -> str:
    """The text of a file."""
    return "\n".join([*FILES[path](), ""])


def main() -> None:
    """Write all of them."""
    for path in FILES:
        path.write_text(text(path), encoding="utf-8")


if __name__ == "__main__":
    main()
