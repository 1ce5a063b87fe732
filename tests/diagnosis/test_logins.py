"""Whether the server tells users apart, from exchanges alone."""

from dataclasses import replace

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.fact import Known, NotAsked
from davlock.diagnosis.logins import users_told_apart
from davlock.protocol.message import Exchange, Headers
from tests.diagnosis.exchanges import exchange


def by(made: Exchange, *fields: tuple[str, str], complete: bool = True) -> Exchange:
    headers = Headers.of([*made.request.headers, *fields], complete=complete)
    return replace(made, request=replace(made.request, headers=headers))


LOGIN = ("Authorization", "(hidden)")


def asked(status: int, *fields: tuple[str, str], method: str = "PROPFIND", complete: bool = True) -> Exchange:
    return by(exchange(method, "/a", status), *fields, complete=complete)


@pytest.mark.parametrize(
    ("exchanges", "told"),
    [
        ([asked(207, LOGIN), asked(207)], False),
        ([asked(207), asked(207, LOGIN)], False),
        ([asked(201, LOGIN, method="PUT"), asked(201, method="PUT")], False),
        ([asked(207, LOGIN), asked(401)], True),
        ([asked(401), asked(207, LOGIN)], True),
        ([asked(207, LOGIN), asked(207), asked(401, method="PUT")], True),
        ([asked(207, LOGIN), asked(403)], True),
    ],
)
def test_a_request_with_and_without_a_login_decides(exchanges: list[Exchange], told: bool) -> None:
    fact = users_told_apart(exchanges)
    assert isinstance(fact, Known)
    assert fact.value is told


@pytest.mark.parametrize(
    "exchanges",
    [
        [],
        [asked(207)],
        [asked(207), asked(207)],
        [asked(207, LOGIN), asked(207, LOGIN)],
        [asked(200, LOGIN, method="GET"), asked(200, method="GET")],
        [asked(207, LOGIN), asked(207, ("Cookie", "(hidden)"))],
        [asked(207, LOGIN), asked(207, ("X-Api-Key", "(hidden)"))],
        [asked(207, LOGIN), asked(207, complete=False)],
        [asked(207, LOGIN), asked(200)],
        [asked(207, LOGIN), asked(302)],
        [asked(207, LOGIN), by(exchange("PROPFIND", "/b", 207))],
        [asked(423, LOGIN, method="PUT"), asked(201, method="PUT")],
    ],
)
def test_nothing_else_tells(exchanges: list[Exchange]) -> None:
    """A capture may have lost the login of a request; a page is no answer."""
    assert isinstance(users_told_apart(exchanges), NotAsked)


def test_a_refusal_without_a_login_is_not_what_is_explained() -> None:
    """As it stands at the end of a bundle: the same request with the login was answered before."""
    evidence = from_exchanges([asked(207, LOGIN), asked(401)])
    assert evidence.subject is None


def test_a_refusal_of_a_login_stays_what_is_explained() -> None:
    assert from_exchanges([asked(207, LOGIN), asked(401, LOGIN)]).subject == 1
