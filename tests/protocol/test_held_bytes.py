"""What an answer says takes no more memory than is counted for it."""

import dataclasses
import tracemalloc
from collections.abc import Iterator
from enum import Enum
from sys import getsizeof

import pytest

from davlock.errors import LimitExceeded
from davlock.protocol.held_bytes import held_bytes
from davlock.protocol.multistatus import MultistatusParser, ResponseElement, parse_multistatus
from davlock.protocol.remembered import remembered
from tests.cli.answers import active_lock, document, element

LONG = "\U0001f600" + "x" * 10_000
"""One character makes each of the others take four bytes."""


def flooded(where: str, text: str) -> str:
    return element(locks=active_lock(owner="alice")).replace(where, text + where)


FLOODS = {
    "nothing": element(),
    "a lock": element(locks=active_lock()),
    "locks": element(locks="<D:activelock/>" * 500),
    "owner": element(locks=active_lock(owner=LONG)),
    "owner of elements": element(locks=active_lock(owner="<a/>" * 5_000)),
    "token": element(locks=active_lock(f"urn:x:{LONG}")),
    "lockroot": element(locks=active_lock(root=f"/{LONG}")),
    "timeout": flooded("</D:timeout>", f", {LONG}"),
    "elements of a lock": flooded("</D:activelock>", "<a/>" * 5_000),
    "text of a lock": flooded("</D:activelock>", f"<a>{LONG}</a>"),
    "properties": flooded("</D:prop>", "<a/>" * 5_000),
    "text of a property": flooded("</D:prop>", f"<a>{LONG}</a>"),
    "supported locks": flooded("</D:prop>", f"<D:supportedlock>{'<D:lockentry/>' * 5_000}</D:supportedlock>"),
    "propstats": flooded("</D:response>", "<D:propstat/>" * 5_000),
    "hrefs": flooded("</D:response>", "<D:href>/f</D:href>" * 5_000),
    "href": flooded("</D:href>", LONG),
    "codes": flooded("</D:propstat>", f"<D:error>{'<D:a/>' * 5_000}</D:error>"),
    "codes of a response": flooded("</D:response>", f"<D:error>{'<D:a/>' * 5_000}</D:error>"),
    "words": flooded("</D:propstat>", f"<D:responsedescription>{LONG}</D:responsedescription>"),
    "words of a response": flooded("</D:response>", f"<D:responsedescription>{LONG}</D:responsedescription>"),
    "reason": flooded("</D:status>", LONG),
}


@pytest.mark.parametrize("properties", [True, False])
@pytest.mark.parametrize("kind", FLOODS)
def test_all_that_is_held_is_counted(kind: str, properties: bool) -> None:
    found: list[ResponseElement] = []
    parser = MultistatusParser("http://h/", found.append, properties=properties)
    parser.feed(document(FLOODS[kind]))
    parser.close()
    for response in found:
        taken = sum(map(getsizeof, {id(value): value for value in values(response)}.values()))
        assert taken <= held_bytes(response) <= 3_000 + 10 * taken


def values(value: object) -> Iterator[object]:
    """All values that ``value`` holds, and itself."""
    if value is None or isinstance(value, bool | Enum):
        return
    yield value
    if isinstance(value, tuple):
        for entry in value:
            yield from values(entry)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from values(getattr(value, field.name))


@pytest.mark.parametrize("where", ["D:prop", "D:activelock", "D:error"])
def test_a_long_namespace_stands_in_no_thousand_names(where: str) -> None:
    inside = f"{'<a/>' * 2_000}</{where}>"
    body = element(locks=active_lock()).replace("</D:propstat>", "<D:error></D:error></D:propstat>")
    body = body.replace(f"<{where}>", f"<{where} xmlns='urn:{'n' * 10_000}'>").replace(f"</{where}>", inside)
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded, match="a name with its namespace is longer"):
            parse_multistatus(document(body), "http://h/")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_long_texts_are_not_remembered() -> None:
    def read(text: str) -> int:
        asked.append(text)
        return len(text)

    asked: list[str] = []
    reading = remembered(8)(read)
    for text in ("short", "short", "x" * 2_000, "x" * 2_000):
        assert reading(text) == len(text)
    assert [len(text) for text in asked] == [5, 2_000, 2_000]
