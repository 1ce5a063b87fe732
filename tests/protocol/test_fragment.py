"""Parts of bodies, as people paste them, and whole ones that are nothing of the kind."""

import pytest

from davlock.errors import RemoteProtocolError
from davlock.protocol.fragment import DEVIATION_LIMIT, Discovery, Envelope, read_locks, read_multistatus
from davlock.protocol.multistatus import ResponseElement

LOCK = (
    "<D:activelock><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:depth>0</D:depth>"
    "<D:locktoken><D:href>urn:a</D:href></D:locktoken><D:lockroot><D:href>/a</D:href></D:lockroot></D:activelock>"
)
LOCKED = '<D:response xmlns:D="DAV:"><D:href>/a</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>'


def read(body: str) -> tuple[list[ResponseElement], Envelope]:
    found: list[ResponseElement] = []
    envelope = read_multistatus(body.encode(), "", found.append)
    return found, envelope


def told(found: Envelope | Discovery) -> list[tuple[str, str]]:
    return [(entry.where, entry.what) for entry in found.deviations]


def in_dav(name: str, inner: str) -> str:
    return f'<D:{name} xmlns:D="DAV:">{inner}</D:{name}>'


# -- multistatus


def test_a_whole_multistatus_needs_no_forgiving() -> None:
    words = "<D:responsedescription>words</D:responsedescription>"
    found, envelope = read(in_dav("multistatus", LOCKED + words))
    assert [(one.hrefs, one.status) for one in found] == [(("/a",), 423)]
    assert envelope == Envelope(description="words", error_codes=(), deviations=())


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (LOCKED, "a response is the root"),
        (in_dav("root", LOCKED), "a response stands in <root>"),
        (f"<a><b>{LOCKED}</b></a>", "a response stands in <a>"),
        (LOCKED.replace(' xmlns:D="DAV:"', ""), "a response is the root"),
    ],
)
def test_a_response_alone(body: str, place: str) -> None:
    found, envelope = read(body)
    assert [(one.hrefs, one.status) for one in found] == [(("/a",), 423)]
    assert ("multistatus", f"is missing: {place}") in told(envelope)


def test_a_response_inside_of_a_response_is_part_of_it() -> None:
    inner = f"<D:propstat><D:prop><x>{LOCKED}</x></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    found, _ = read(in_dav("response", f"<D:href>/b</D:href>{inner}"))
    assert [one.hrefs for one in found] == [("/b",)]


def test_a_multistatus_deep_inside() -> None:
    found, envelope = read(f"<a><b>{in_dav('multistatus', LOCKED)}</b></a>")
    assert len(found) == 1
    assert told(envelope) == [("multistatus", "stands inside of other elements")]


@pytest.mark.parametrize("wrap", ["{}", "<x>{}</x>"])
def test_an_error_alone(wrap: str) -> None:
    error = in_dav("error", '<D:lock-token-submitted><D:href>/a</D:href></D:lock-token-submitted><x xmlns="urn:x"/>')
    found, envelope = read(wrap.format(error))
    assert found == []
    assert envelope.error_codes == ("lock-token-submitted", "{urn:x}x")
    assert [where for where, _ in told(envelope)] == ["multistatus"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<d/>", "is a <d>"),
        ("<html><body/></html>", "HTML"),
        (in_dav("prop", ""), "is a <prop>"),
        ("", "no root element"),
        ("no XML", "not XML"),
        (LOCKED[:-5], "XML"),
        (in_dav("multistatus", LOCKED)[:-5], "XML"),
        (f"<a>{in_dav('multistatus', LOCKED)}{in_dav('multistatus', LOCKED)}</a>", "more than one"),
        (f'<!DOCTYPE a [<!ENTITY b "c">]>{LOCKED}', "entities"),
    ],
)
def test_no_multistatus(body: str, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        read(body)


PROPSTAT = "<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
STATUS = "<D:status>HTTP/1.1 200 OK</D:status>"


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<D:href>/a</D:href>", ["neither a usable status nor a propstat"]),
        ("<D:href>/a</D:href>" + PROPSTAT, []),
        ("<D:href>/a</D:href><D:href>/b</D:href>" + STATUS, []),
        ("<D:href>/a</D:href><D:href>/b</D:href>" + PROPSTAT, ["several hrefs with a propstat"]),
        ("<D:href>/a</D:href>" + STATUS + PROPSTAT, ["both a status and a propstat"]),
        ("<D:href>/a</D:href><D:propstat><D:prop/></D:propstat>", ["no usable status"]),
        ("<D:href>/a b</D:href>" + STATUS, ["' ' cannot stand in a URI"]),
        ("<D:href>http://[::1</D:href>" + STATUS, []),
        (STATUS, ["has no href"]),
    ],
)
def test_departures_of_a_response(inner: str, words: list[str]) -> None:
    _, envelope = read(in_dav("multistatus", f"<D:response>{inner}</D:response>"))
    assert len(envelope.deviations) == len(words)
    for (_, what), expected in zip(told(envelope), words, strict=True):
        assert expected in what


def test_departures_are_told_once_and_not_for_ever() -> None:
    same = "<D:response><D:href>/a</D:href></D:response>" * 1000
    assert len(read(in_dav("multistatus", same))[1].deviations) == 1
    different = "".join(
        f"<D:response><D:href>/{chr(0x4E00 + n)}</D:href>{STATUS}</D:response>" for n in range(DEVIATION_LIMIT + 10)
    )
    assert len(read(in_dav("multistatus", different))[1].deviations) == DEVIATION_LIMIT


# -- lockdiscovery

DISCOVERY = f"<D:lockdiscovery>{LOCK}</D:lockdiscovery>"


def propfind(inner: str, status: str = "200 OK", href: str = "/a") -> str:
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{inner}</D:prop>"
        f"<D:status>HTTP/1.1 {status}</D:status></D:propstat></D:response>"
    )


@pytest.mark.parametrize(
    ("body", "href", "forgiven"),
    [
        (in_dav("prop", DISCOVERY), None, []),
        (in_dav("lockdiscovery", LOCK), None, []),
        (in_dav("multistatus", propfind(DISCOVERY)), "/a", []),
        (propfind(DISCOVERY).replace("response>", 'response xmlns:D="DAV:">', 1), "/a", ["multistatus"]),
        (LOCK.replace("activelock>", 'activelock xmlns:D="DAV:">', 1), None, ["lockdiscovery"]),
        (in_dav("root", LOCK), None, ["lockdiscovery"]),
        (in_dav("root", DISCOVERY), None, ["prop"]),
        (LOCK, None, ["XML namespace"]),
    ],
)
def test_a_lock_wherever_it_stands(body: str, href: str | None, forgiven: list[str]) -> None:
    found = read_locks(body.encode(), "http://dav.example/a")
    ((seen_on, lock),) = found.locks
    assert (seen_on, str(lock.token)) == (href, "urn:a")
    assert lock.root is not None
    assert lock.root.url == "http://dav.example/a"
    assert [where for where, _ in told(found)][: len(forgiven)] == forgiven


@pytest.mark.parametrize(
    "body",
    [
        in_dav("lockdiscovery", ""),
        in_dav("prop", "<D:lockdiscovery/>"),
        in_dav("multistatus", propfind("<D:lockdiscovery/>")),
    ],
)
def test_no_locks_shown(body: str) -> None:
    assert read_locks(body.encode(), "") == Discovery(locks=(), withheld=(), deviations=())


def test_a_lockdiscovery_that_was_refused_is_no_answer() -> None:
    """The value in a propstat that failed is not used, and 403 is not "no locks"."""
    members = (
        propfind(DISCOVERY, "403 Forbidden"),
        propfind("<D:lockdiscovery/>", "403 Forbidden"),
        propfind(DISCOVERY),
    )
    found = read_locks(in_dav("multistatus", "".join(members)).encode(), "")
    assert len(found.locks) == 1
    assert found.withheld == ((403, "Forbidden", 2),)


def test_many_broken_locks_make_few_words() -> None:
    found = read_locks(in_dav("lockdiscovery", "<D:activelock/>" * 5000).encode(), "")
    assert (len(found.locks), len(found.deviations)) == (5000, 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (in_dav("multistatus", propfind("<D:getetag/>")), "holds no lockdiscovery"),
        (in_dav("multistatus", ""), "holds no lockdiscovery"),
        (in_dav("error", "<D:x/>"), "holds no lockdiscovery"),
        (in_dav("prop", ""), "its root is <prop>"),
        ("<html/>", "HTML"),
        (in_dav("prop", DISCOVERY)[:-4], "XML"),
    ],
)
def test_nothing_about_locks(body: str, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        read_locks(body.encode(), "")
