"""Processor time to read a listing of 20,000 resources, in milliseconds. ``READER EVERY``: one in EVERY is locked."""

import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

CHUNK = 64 * 1024
RESOURCES = 20_000

LOCKED = (
    "<D:response><D:href>/col{c}/file-{i}.txt</D:href><D:propstat><D:prop><D:resourcetype/><D:lockdiscovery><D:activelock>"
    "<D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
    "<D:owner><D:href>mailto:user{c}@example.org</D:href></D:owner><D:timeout>Second-604800</D:timeout>"
    "<D:locktoken><D:href>opaquelocktoken:e4446820-928b-4bc6-ad1d-{i:012d}</D:href></D:locktoken>"
    "<D:lockroot><D:href>/col{c}/file-{i}.txt</D:href></D:lockroot></D:activelock></D:lockdiscovery></D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)
FREE = (
    "<D:response><D:href>/col{c}/file-{i}.txt</D:href><D:propstat><D:prop><D:resourcetype/><D:lockdiscovery/></D:prop>"
    "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
)


def listing(count: int, every: int) -> bytes:
    """A multistatus of ``count`` resources, one in ``every`` locked."""
    rows = ((LOCKED if i % every == 0 else FREE).format(c=i // 10, i=i) for i in range(count))
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(rows)}</D:multistatus>'.encode()


def floor(body: bytes) -> None:
    """lxml's pull parser with an event a response, and nothing read."""
    from lxml import etree

    parser = etree.XMLPullParser(events=("end",), tag=("{DAV:}response",), huge_tree=True)
    for start in range(0, len(body), CHUNK):
        parser.feed(body[start : start + CHUNK])
        for _, element in parser.read_events():
            assert isinstance(element, etree._Element)
            above = element.getparent()
            element.clear()
            while above is not None and element.getprevious() is not None:
                del above[0]
    parser.close()


def davlock(body: bytes) -> None:
    """What ``davlock locks`` does."""
    from davlock.protocol.multistatus import MultistatusParser

    parser = MultistatusParser("http://dav.example/", lambda response: None, properties=False)
    for start in range(0, len(body), CHUNK):
        parser.feed(body[start : start + CHUNK])
    parser.close()


def webdav4(body: bytes) -> None:
    """What its client does with a listing; it reads no locks."""
    from webdav4.multistatus import parse_multistatus_response

    parse_multistatus_response(SimpleNamespace(status_code=207, content=body, text=body.decode(), request=None))


def webdav_rfc4918(body: bytes) -> None:
    """What its session does with a listing, locks included."""
    from webdav.dav.multistatus import parse_multistatus_response

    answer = SimpleNamespace(
        status_code=207, content=body, headers={"Content-Type": "application/xml"}, url="http://h/"
    )
    sum(len(one.properties.active_locks) for one in parse_multistatus_response(answer).entries)


READERS: dict[str, Callable[[bytes], None]] = {
    "davlock": davlock,
    "floor": floor,
    "webdav4": webdav4,
    "webdav-rfc4918": webdav_rfc4918,
}


def main() -> None:
    read, every = READERS[sys.argv[1]], int(sys.argv[2])
    read(listing(100, every))  # imports
    body = listing(RESOURCES, every)
    begin = time.process_time()
    read(body)
    print((time.process_time() - begin) * 1000)


main()
