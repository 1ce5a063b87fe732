"""``put`` that a signal stops says what may be on the server by now."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest

from davlock.cli.activity import CountedBody
from davlock.cli.upload import Upload
from davlock.errors import Cancelled, Terminated
from davlock.protocol import requests
from davlock.protocol.message import Exchange, Headers, Request, Response
from tests.cli.answers import element, multistatus
from tests.cli.command import run
from tests.saying import Say

URL = "http://h/f"


class Body:
    """30 bytes in three pieces."""

    length = 30

    def __iter__(self) -> Iterator[bytes]:
        yield from [bytes(10)] * 3


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (0, ""),
        (2, "davlock sent 10 bytes of 30 bytes; the server may keep a part of the file"),
        (9, "davlock sent the whole file, 30 bytes, and has no answer; the server may still write it"),
    ],
)
def test_what_was_sent_is_named(pieces: int, words: str) -> None:
    upload = Upload(Body())

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        if pieces and isinstance(request.body, CountedBody):
            for _ in islice(request.body, pieces):
                pass
        raise Terminated(15)

    with pytest.raises(Cancelled if words else Terminated) as stopped, upload.naming_what_may_be_there(URL):
        upload.observed(send)(requests.put(URL, upload.body))
    assert str(stopped.value) == (
        f"{URL}: {words}; check with: davlock propfind {URL}" if words else str(stopped.value)
    )


def test_an_answer_that_came_is_named() -> None:
    upload = Upload(Body())

    def send(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        assert not isinstance(request.body, bytes)
        for _ in request.body or ():
            pass
        return Exchange(request=request, outcome=Response(status=201, reason="", headers=Headers.of(()), body=b""))

    upload.observed(send)(requests.put(URL, upload.body))
    with pytest.raises(Cancelled, match="the server answered 201 to PUT"), upload.naming_what_may_be_there(URL):
        raise KeyboardInterrupt


def test_put_says_so(tmp_path: Path, say: Say) -> None:
    def answer(request: httpx.Request) -> bytes:
        if request.method == "PUT":
            raise KeyboardInterrupt
        return multistatus(element())

    file = tmp_path / "f"
    file.write_bytes(bytes(3000))
    done = run("put", str(file), f"{say(answer).url}/f")
    assert (done.code, done.out) == (130, "")
    assert "f: davlock sent the whole file, 3.0 kB, and has no answer;" in done.err
