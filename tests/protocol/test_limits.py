"""What a body may cost: each limit is reached before the parser sees the bytes, and no honest listing reaches one."""

import json
import tracemalloc
from collections.abc import Callable

import pytest

from davlock.errors import LimitExceeded, RemoteProtocolError
from davlock.protocol import precondition
from davlock.protocol.content import ContentReader, read_content
from davlock.protocol.fragment import read_locks, read_multistatus
from davlock.protocol.lockdiscovery import parse_lock_answer
from davlock.protocol.message import Headers, Response
from davlock.protocol.multistatus import MultistatusParser, parse_multistatus
from davlock.protocol.precondition import BodyKind, read_error, read_locks_of, read_multistatus_of
from davlock.protocol.xml_bounds import TAG_LIMIT

URL = "http://dav.example/f.txt"
SIZE = 3_000_000
CHUNK = 64 * 1024


def flood(unit: str, size: int = SIZE) -> str:
    return unit * (size // len(unit))


def numbered(unit: str, count: int) -> str:
    return "".join(unit.format(n) for n in range(count))


def multistatus(inside: str) -> str:
    return f'<D:multistatus xmlns:D="DAV:">{inside}</D:multistatus>'


def prop(inside: str) -> str:
    status = "<D:status>HTTP/1.1 200 OK</D:status>"
    return multistatus(
        f"<D:response><D:href>/f.txt</D:href><D:propstat><D:prop>{inside}</D:prop>{status}</D:propstat></D:response>"
    )


LOCKS = prop(f"<D:lockdiscovery>{flood('<D:activelock/>')}</D:lockdiscovery>")

FLOODS = {
    "elements": (multistatus(flood("<a/>")), "more than 100000 tags"),
    "properties": (prop(flood("<a/>")), "more than 100000 tags"),
    "prefixes": (prop(numbered("<p{}:a/>", 200_000)), "more than 100000 tags"),
    "attributes": (prop("<a " + numbered("a{}='' ", 100_000) + "/>"), "more than 50000 attributes"),
    "namespaces": (prop("<a " + numbered("xmlns:p{}='u' ", 100_000) + "/>"), "declares more than 500 namespaces"),
    "comments": (multistatus(flood("<!---->")), "more than 100000 tags"),
    "instructions": (prop(flood("x<?a?>")), "more than 100000 tags"),
    "propstats": (
        multistatus(f"<D:response><D:href>/f</D:href>{flood('<D:propstat/>')}</D:response>"),
        "more than 100000 tags",
    ),
    "hrefs": (multistatus(f"<D:response>{flood('<D:href>a</D:href>')}</D:response>"), "more than 100000 tags"),
    "locks": (LOCKS, "more than 100000 tags"),
    "text": (prop(f"<a>{flood('x')}</a>"), "longer than 1 MiB"),
    "entities": (prop(f"<a>{flood('&amp;')}</a>"), "longer than 1 MiB"),
    "texts": (prop(flood("<a>" + "x" * 100_000 + "</a>", 6_000_000)), "larger than 2 MiB"),
    "references without an end": (
        prop(f"{'&' * 500_000};"),
        "more than 20000 references have no end",
    ),
    "tags without an end": (prop(f"{flood('<a b ', 500_000)}>"), "more than 200 tags have no end"),
    "depth": (prop(flood("<a>")), "deeper inside each other than 2048"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32"])
@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_refused_and_the_limit_named(kind: str, encoding: str) -> None:
    body, words = FLOODS[kind]
    for parse in (parse_multistatus, parse_lock_answer, read_locks):
        with pytest.raises(LimitExceeded, match=words):
            parse(body.encode(encoding), URL)


@pytest.mark.parametrize("kind", FLOODS)
def test_of_a_flood_little_is_parsed(kind: str) -> None:
    body, fed = FLOODS[kind][0].encode(), 0
    parser = MultistatusParser(URL, lambda response: None)

    def feed() -> None:
        nonlocal fed
        for start in range(0, len(body), CHUNK):
            parser.feed(body[start : start + CHUNK])
            fed += CHUNK

    with pytest.raises(LimitExceeded):
        feed()
    assert fed <= 4 * 1024 * 1024


def listing(count: int) -> str:
    entry = "<D:lockentry><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
    kinds = entry.format("exclusive") + entry.format("shared")
    return multistatus(
        "".join(
            f"<D:response><D:href>/f/{n}?a=b</D:href><D:propstat><D:prop><D:supportedlock>{kinds}</D:supportedlock>"
            "<D:lockdiscovery/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            for n in range(count)
        )
    )


def test_a_long_listing_reaches_no_limit() -> None:
    body = listing(6_000).encode()
    assert body.count(b"<") > TAG_LIMIT
    seen = 0

    def take(response: object) -> None:
        nonlocal seen
        seen += 1

    parser = MultistatusParser(URL, take)
    for start in range(0, len(body), CHUNK):
        parser.feed(body[start : start + CHUNK])
    parser.close()
    assert seen == 6_000


def test_what_is_held_of_one_body_is_limited() -> None:
    responses = "<D:response><D:href>a</D:href><D:propstat/></D:response>"
    reader = ContentReader(URL, limit=250_000)
    reader.feed(multistatus(responses * 501).encode())
    content = reader.close()
    assert isinstance(content.trouble, LimitExceeded)
    assert content.multistatus is None


def test_namespaces_that_are_declared_far_outside_are_not_repeated_without_end() -> None:
    far = numbered("xmlns:p{0}='urn:a-rather-long-name-of-a-namespace-{0}' ", 400)
    few = parse_multistatus(prop(f"<a {far}>{'<p1:b/>' * 20}</a>").encode(), URL)
    assert len(few.responses[0].propstats[0].properties[0].xml) > 400 * 20
    many = prop(f"<a {far}>{'<p1:b/>' * 2_000}</a>").encode()
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded, match="its content is longer than 4 MiB"):
            parse_multistatus(many, URL)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


BODIES: dict[str, bytes] = {
    "multistatus": listing(2).encode(),
    "error": b'<D:error xmlns:D="DAV:"><D:lock-token-submitted/></D:error>',
    "lock": b'<D:prop xmlns:D="DAV:"><D:lockdiscovery/></D:prop>',
    "broken": b"<a>",
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_read_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0
    read = read_content

    def counted(body: bytes, base: str, *, charset: str | None = None) -> object:
        nonlocal reads
        reads += 1
        return read(body, base, charset=charset)

    monkeypatch.setattr(precondition, "read_content", counted)
    response = Response(status=207, body=BODIES[kind])
    readers: tuple[Callable[[Response, str], object], ...] = (read_error, read_multistatus_of, read_locks_of)
    for reader in (*readers, *readers):
        try:
            reader(response, URL)
        except RemoteProtocolError:
            assert kind != "multistatus"
    assert reads == 1


def test_a_pasted_body_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fed = 0
    feed = MultistatusParser.feed

    def counted(self: MultistatusParser, data: bytes) -> None:
        nonlocal fed
        fed += len(data)
        feed(self, data)

    monkeypatch.setattr(MultistatusParser, "feed", counted)
    body = b'<D:response xmlns:D="DAV:"><D:href>/a</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>'
    taken: list[object] = []
    read_multistatus(body, URL, taken.append)
    assert len(taken) == 1
    assert fed == len(body)


def test_a_large_json_body_is_quoted_and_not_read() -> None:
    body = json.dumps({"error": [[]] * 400_000}).encode()
    response = Response(status=423, headers=Headers.of([("Content-Type", "application/json")]), body=body)
    tracemalloc.start()
    try:
        error = read_error(response, URL)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(body)
    finally:
        tracemalloc.stop()
    assert error.kind is BodyKind.JSON
    assert error.quote.startswith('{"error"')


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_read(encoding: str) -> None:
    body = '<?xml version="1.0"?>' + listing(1)
    assert parse_multistatus(body.encode(encoding), URL).responses[0].hrefs == ("/f/0?a=b",)
