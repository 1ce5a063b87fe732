"""Other spellings of a name, and when they are asked about."""

import pytest

from davlock.diagnosis.fact import Known
from davlock.operations import investigate
from davlock.operations.probe import Probe
from davlock.operations.walk.spellings import MAX_FORMS, other_forms
from davlock.protocol import requests
from davlock.protocol.message import Request
from tests.cli.answers import element
from tests.operations.fake import Answer, FakeSend, answer, listing

BASE = "http://dav.example"
NFC, NFD = "/d/f%C3%BCr.txt", "/d/fu%CC%88r.txt"


@pytest.mark.parametrize(
    ("path", "forms"),
    [
        ("/a.txt", ()),
        (NFC, (NFD, "/d/f%c3%bcr.txt")),
        (NFD, (NFC, "/d/fu%cc%88r.txt")),
        ("/d/f%FCr.txt", (NFC, NFD, "/d/f%fcr.txt")),
        ("/a%20b", ()),
        ("/a%2520b", ("/a%20b",)),
        ("/a%40b", ("/a@b",)),
        ("/a%2Fb", ("/a%2fb",)),
        ("//a//b.txt", ("/a/b.txt",)),
        ("/a/", ("/a",)),
        ("/", ()),
    ],
)
def test_other_forms(path: str, forms: tuple[str, ...]) -> None:
    assert other_forms(BASE + path) == tuple(BASE + form for form in forms)


def test_no_more_than_a_few() -> None:
    assert len(other_forms(f"{BASE}//d/%2520f%C3%bcr%25c3/")) == MAX_FORMS


def world(*paths: str) -> FakeSend:
    """A server that compares names letter by letter, and has these."""

    def play(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return answer(200, b"", ("DAV", "1, 2"))
        if request.method == "PUT":
            return answer(409)
        path = request.url.removeprefix(BASE)
        return listing(element(path)) if path in paths else answer(404)

    return FakeSend(play)


def test_a_name_that_is_there_in_another_form() -> None:
    report = investigate.diagnose(world("/", "/d/", NFD), BASE + NFC)
    assert report.evidence.exists == Known(False, 0)
    (note,) = (entry.why for entry in report.skipped if entry.what == "name")
    assert NFC in note
    assert NFD in note


@pytest.mark.parametrize("typed", ["/d/a.txt/", "/d//a.txt"])
def test_slashes(typed: str) -> None:
    """The name as typed stays missing, whatever is found under another."""
    report = investigate.diagnose(world("/", "/d/", "/d/a.txt"), BASE + typed)
    assert report.evidence.exists == Known(False, 0)
    assert "name" in {entry.what for entry in report.skipped}


def test_a_plain_name_costs_nothing_more() -> None:
    send = world("/", "/d/")
    investigate.diagnose(send, f"{BASE}/d/none.txt")
    assert send.lines == [
        f"PROPFIND {BASE}/d/none.txt",
        f"PROPFIND {BASE}/d/",
        f"PROPFIND {BASE}/",
        f"OPTIONS {BASE}/d/",
    ]


def test_the_collection_above_in_another_form() -> None:
    """A PUT is refused for a parent that is there under another spelling."""
    send = world("/", "/u%CC%88/")
    probe = Probe(send, f"{BASE}/%C3%BC/new.txt")
    probe.ask(requests.put(probe.target, b"x"))
    investigate.explain_refusal(probe, 0)
    (note,) = (entry.why for entry in probe.skipped if entry.what == "name")
    assert f"{BASE}/u%CC%88/ does" in note


def test_quota_after_507() -> None:
    """Asked of the collection that was to take it."""

    def play(request: Request) -> Answer:
        if request.method == "PUT":
            return answer(507)
        return listing(element("/d/", more="<D:quota-available-bytes>17</D:quota-available-bytes>"))

    send = FakeSend(play)
    probe = Probe(send, f"{BASE}/d/a.txt")
    probe.ask(requests.put(probe.target, b"x"))
    investigate.explain_refusal(probe, 0)
    assert send.lines == [f"PUT {BASE}/d/a.txt", f"PROPFIND {BASE}/d/"]
    body = send.requests[1].body
    assert isinstance(body, bytes)
    assert b"quota-available-bytes" in body
