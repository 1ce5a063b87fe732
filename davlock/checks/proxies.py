"""Does everything reach the server? Proxies drop methods and header fields, and change hosts."""

from urllib.parse import urlsplit

from davlock.checks.check import CheckGroup
from davlock.checks.context import CheckContext
from davlock.checks.exclusive import PUT
from davlock.checks.outcomes import CheckFailed
from davlock.checks.results import Level
from davlock.operations.answers import refusal
from davlock.operations.probe import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import requests
from davlock.protocol.lock import Depth

GROUP = CheckGroup("proxy", needs=("scratch", PUT))
check = GROUP.check


@check(
    "destination-header",
    "The server accepts its own URL as Destination",
    Level.MUST,
    "RFC 4918 §10.3",
    diagnostic=True,
)
def destination_header(context: CheckContext) -> None:
    """Sends COPY to an absolute URL. Behind a proxy that ends TLS or changes the host, many servers take the URL for a
    foreign one. Renaming fails then.
    """
    file, copy = context.file(), context.name()
    asked = context.ask(requests.copy(file, copy))
    subject = context.last
    if not went_well(asked):
        by_path = context.name()
        again = context.ask(requests.copy(file, urlsplit(by_path).path))
        remark = "; it accepts the path alone" if went_well(again) else ""
        raise CheckFailed(f"{refusal(asked, f'COPY to {copy}')}{remark}", subject)
    context.done(asked, copy, OLD, what="COPY")


@check("verbs", "Every WebDAV method reaches the server", Level.MUST, "RFC 4918 §9", needs=("destination-header",))
def verbs(context: CheckContext) -> None:
    """Sends MKCOL, PROPFIND, COPY, MOVE and DELETE. A proxy that knows only GET and POST stops them."""
    folder, file, copy, moved = context.collection(), context.file(), context.name(), context.name()
    asked = (
        context.ask(requests.propfind(folder, Depth.ZERO, ("{DAV:}resourcetype",))),
        context.ask(requests.copy(file, copy)),
        context.request("MOVE", copy, ("Destination", moved)),
        context.ask(requests.delete(moved)),
        context.ask(requests.delete(folder)),
    )
    for number, exchange in enumerate(asked, context.last - len(asked) + 1):
        if exchange.response is None or not exchange.response.ok:
            raise CheckFailed(refusal(exchange), number)


@check("overwrite-header", "Overwrite: F protects an existing file", Level.MUST, "RFC 4918 §10.6")
def overwrite_header(context: CheckContext) -> None:
    """COPY with Overwrite: F onto another file must return 412. If the header gets lost, people lose files."""
    file, there = context.file(), context.file(content=b"davlock: another file\n")
    asked = context.ask(requests.copy(file, there))
    context.refused(asked, there, b"davlock: another file\n", status=(412,), what="COPY with Overwrite: F")


@check("timeout-header", "The server honours the Timeout header", Level.MAY, "RFC 4918 §10.7", needs=("lock",))
def timeout_header(context: CheckContext) -> None:
    """Sends two LOCKs with timeouts of 60 and 600 seconds. If both locks last equally long, the server ignores Timeout,
    or a proxy drops it.
    """
    short, long = context.lock(context.file(), seconds=60), context.lock(context.file(), seconds=600)
    times = [taken.lock.timeout.as_sent if taken.lock and taken.lock.timeout else "" for taken in (short, long)]
    if times[0] == times[1]:
        raise CheckFailed(
            f"the server granted {times[0] or 'no timeout'} for 60 s and for 600 s: Timeout has no effect",
            long.subject,
        )


@check("body-whole", "The server stores a body of 256 KiB unchanged", Level.MUST, "RFC 9112 §6")
def body_whole(context: CheckContext) -> None:
    """Sends PUT and GET of 256 KiB with every byte value. A proxy that cuts or changes bodies damages files."""
    content = bytes(range(256)) * 1024
    url = context.name("b", ".bin")
    context.done(context.put(url, content), url, content, what="PUT of 256 KiB")
