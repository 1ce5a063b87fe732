"""How fast a listing is read, against the least that lxml needs for it: ``python -m tests.bench.multistatus``.

Prints medians of interleaved runs; quote the ratios. The floor parses, sees each response and throws it away.
"""

import statistics
import time
from collections.abc import Callable

from lxml import etree

from davlock.protocol.multistatus import MultistatusParser

CHUNK = 64 * 1024
ROUNDS = 7

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


def listing(count: int, *, every: int) -> bytes:
    """A multistatus of ``count`` resources, one in ``every`` locked."""
    rows = ((LOCKED if i % every == 0 else FREE).format(c=i // 10, i=i) for i in range(count))
    return f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(rows)}</D:multistatus>'.encode()


def floor(body: bytes) -> None:
    """lxml's pull parser with an event a response, and nothing read."""
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


def scan_for_locks(body: bytes) -> None:
    """What ``davlock locks`` does."""
    parser = MultistatusParser("http://dav.example/", lambda response: None, properties=False)
    for start in range(0, len(body), CHUNK):
        parser.feed(body[start : start + CHUNK])
    parser.close()


def main() -> None:
    """Time both on a listing with every resource locked, and with one in a hundred."""
    for every in (1, 100):
        body = listing(20_000, every=every)
        spent: dict[Callable[[bytes], None], list[float]] = {floor: [], scan_for_locks: []}
        for _ in range(ROUNDS):
            for reader, times in spent.items():
                begin = time.perf_counter()
                reader(body)
                times.append(time.perf_counter() - begin)
        least, ours = (statistics.median(times) for times in spent.values())
        rate = len(body) / ours / 1e6
        print(f"one in {every} locked: {ours / least:.2f} x the floor, {rate:.0f} MB/s")


if __name__ == "__main__":
    main()
