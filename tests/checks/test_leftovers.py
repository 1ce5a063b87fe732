"""The scratch collections of other runs are found by their names, among what a listing shows."""

import pytest

from davlock.checks.leftovers import MOST_LEFT, left_by_others
from davlock.errors import NoResponse, NoResponseKind, RemoteProtocolError
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange, Response
from davlock.protocol.requests import propfind
from tests.checks.world import answer
from tests.cli.answers import document

TARGET = "http://dav.example/team/"


def listed(*hrefs: str) -> Exchange:
    done = "<D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    body = document("".join(f"<D:response><D:href>{href}</D:href>{done}</D:response>" for href in hrefs))
    return Exchange(request=propfind(TARGET, Depth.ONE, ()), outcome=answer(207, body))


def test_only_members_with_such_a_name_are_found() -> None:
    exchange = listed(
        "/team/",
        "/team/davlock-check-0123456789abcdef/",
        "http://dav.example/team/davlock-check-00000001/",
        "/team/davlock-check-00000001/",  # twice
        "/team/davlock-scratch-00000006/",  # of a diagnosis
        "/team/davlock-check-12/",  # too short for a mark
        "/team/davlock-check-0123456789abcdeg/",  # not hexadecimal
        "/team/x-davlock-check-00000002/",
        "/team/old/davlock-check-00000003/",  # deeper
        "/other/davlock-check-00000004/",
        "http://elsewhere.example/team/davlock-check-00000005/",
    )
    assert left_by_others(exchange, TARGET) == (
        "davlock-check-0123456789abcdef",
        "davlock-check-00000001",
        "davlock-scratch-00000006",
    )


def test_there_is_a_limit() -> None:
    exchange = listed(*(f"/team/davlock-check-{number:08x}/" for number in range(MOST_LEFT + 1)))
    assert len(left_by_others(exchange, TARGET)) == MOST_LEFT


@pytest.mark.parametrize(
    "outcome",
    [answer(403), answer(200, b"<p>Log in</p>"), NoResponse(NoResponseKind.TIMEOUT, TARGET, "no answer", sent=True)],
    ids=["refused", "a page", "no answer"],
)
def test_a_listing_that_is_none_says_so(outcome: Response | NoResponse) -> None:
    exchange = Exchange(request=propfind(TARGET, Depth.ONE, ()), outcome=outcome)
    with pytest.raises(RemoteProtocolError, match="PROPFIND"):
        left_by_others(exchange, TARGET)
