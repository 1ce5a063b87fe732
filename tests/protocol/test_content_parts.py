"""How much of the bound of a body a response takes."""

import pytest

from davlock.protocol.content import parts
from davlock.protocol.multistatus import MultistatusParser, ResponseElement
from tests.cli.answers import active_lock, document, element


@pytest.mark.parametrize(
    ("locks", "count"),
    [
        ("", 2),
        (active_lock(), 6),
        (active_lock(owner="o" * 48_512), 6 + 1000),
        (active_lock("urn:x:" + "t" * 48_512), 6 + 1000),
    ],
)
def test_texts_that_are_longer_than_anybody_writes_count(locks: str, count: int) -> None:
    found: list[ResponseElement] = []
    parser = MultistatusParser("http://h/", found.append)
    parser.feed(document(element(locks=locks)))
    parser.close()
    assert count <= parts(found[0]) <= count + 2
