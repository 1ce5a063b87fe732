"""Whether what is sent arrives whole: proxies drop verbs and header fields, and change hosts."""

from urllib.parse import urlsplit

from davlock.checks.check import Group
from davlock.checks.exclusive import PUT
from davlock.checks.not_passed import Failed
from davlock.checks.results import Level
from davlock.checks.site import Site
from davlock.operations.answers import answer
from davlock.operations.case import went_well
from davlock.operations.scratch import OLD
from davlock.protocol import requests
from davlock.protocol.lock import Depth

GROUP = Group("proxy", needs=("scratch", PUT))
check = GROUP.check


@check(
    "destination-header",
    "Destination arrives",
    Level.MUST,
    "RFC 4918 §10.3",
    diagnostic=True,
)
def destination_header(site: Site) -> None:
    """COPY to an absolute URL. Behind a proxy that ends TLS, or changes the host, many servers take it for one of
    another server's.
    """
    file, copy = site.file(), site.name()
    asked = site.ask(requests.copy(file, copy))
    subject = site.last
    if not went_well(asked):
        by_path = site.name()
        again = site.ask(requests.copy(file, urlsplit(by_path).path))
        more = "; with a path alone it works" if went_well(again) else ""
        raise Failed(f"COPY to {copy}: {answer(asked)}{more}", subject)
    site.done(asked, copy, OLD, what="COPY")


@check("verbs", "Every verb of WebDAV gets through", Level.MUST, "RFC 4918 §9", needs=("destination-header",))
def verbs(site: Site) -> None:
    """MKCOL, PROPFIND, COPY, MOVE and DELETE in the collection. A proxy that knows GET and POST alone stops them."""
    folder, file, copy, moved = site.collection(), site.file(), site.name(), site.name()
    asked = (
        site.ask(requests.propfind(folder, Depth.ZERO, ("{DAV:}resourcetype",))),
        site.ask(requests.copy(file, copy)),
        site.request("MOVE", copy, ("Destination", moved)),
        site.ask(requests.delete(moved)),
        site.ask(requests.delete(folder)),
    )
    for number, exchange in enumerate(asked, site.last - len(asked) + 1):
        if exchange.response is None or not exchange.response.ok:
            raise Failed(answer(exchange), number)


@check("overwrite-header", "Overwrite: F overwrites nothing", Level.MUST, "RFC 4918 §10.6")
def overwrite_header(site: Site) -> None:
    """COPY with Overwrite: F onto another file: 412. Where the header is lost, people lose files."""
    file, there = site.file(), site.file(content=b"davlock: another file\n")
    asked = site.ask(requests.copy(file, there))
    site.refused(asked, there, b"davlock: another file\n", status=(412,), what="COPY with Overwrite: F")


@check("timeout-header", "Timeout arrives", Level.MAY, "RFC 4918 §10.7", needs=("lock",))
def timeout_header(site: Site) -> None:
    """Two locks with different timeouts: a server that grants what it likes gives both the same."""
    short, long = site.lock(site.file(), seconds=60), site.lock(site.file(), seconds=600)
    times = [taken.lock.timeout.as_sent if taken.lock and taken.lock.timeout else "" for taken in (short, long)]
    if times[0] == times[1]:
        raise Failed(f"60 s and 600 s were asked for, and {times[0] or 'nothing'} was granted to both", long.subject)


@check("body-whole", "A body arrives whole", Level.MUST, "RFC 9112 §6")
def body_whole(site: Site) -> None:
    """PUT and GET of 256 KiB, every byte value in it."""
    content = bytes(range(256)) * 1024
    url = site.name("b", ".bin")
    site.done(site.put(url, content), url, content, what="PUT of 256 KiB")
