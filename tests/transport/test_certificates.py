"""A certificate that is refused: why, and what to do about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.errors import NoResponse, NoResponseKind
from davlock.protocol.message import Request
from davlock.transport.http import HttpSender
from tests.servers.certificate import Certificate
from tests.transport.scripted import ScriptedServer, answering, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]

HERE = "IP:127.0.0.1"


def refused(serve: Serve, sender: Make, certificate: Certificate, *, trusted: bool) -> NoResponse:
    server = serve(answering(response()), tls=certificate.server_context())
    send = sender(cacert=certificate.cert) if trusted else sender()
    outcome = send(Request(method="PROPFIND", url=f"{server.url}/x")).outcome
    assert isinstance(outcome, NoResponse)
    assert (outcome.kind, outcome.sent) == (NoResponseKind.TLS, False)
    assert server.requests == []
    assert "-k skips the check" in outcome.hint
    return outcome


@pytest.mark.parametrize(
    ("begins", "ends", "trusted", "why", "hint"),
    [
        ("20200101000000Z", "20200201000000Z", True, "has expired", "its owner must renew it"),
        ("20980101000000Z", "20990101000000Z", True, "is not valid yet", "check the clock of this computer"),
        ("20200101000000Z", "20990101000000Z", False, "is self-signed and not trusted here", "--cacert FILE"),
    ],
)
def test_each_fault_has_its_own_words(
    serve: Serve, sender: Make, tmp_path: Path, begins: str, ends: str, trusted: bool, why: str, hint: str
) -> None:
    certificate = Certificate(tmp_path, HERE, begins=begins, ends=ends)
    failure = refused(serve, sender, certificate, trusted=trusted)
    assert failure.why == f"the server's certificate {why}"
    assert hint in failure.hint
    assert ("--cacert" in failure.hint) is not trusted


def test_an_authority_that_is_not_trusted(serve: Serve, sender: Make, tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    authority = Certificate(tmp_path / "authority", "DNS:authority.example", subject="An authority")
    failure = refused(serve, sender, Certificate(tmp_path, HERE, issuer=authority), trusted=False)
    assert failure.why.startswith(
        "the server's certificate is signed by an authority that this computer does not trust ("
    )
    assert "name that authority with --cacert FILE" in failure.hint


@pytest.mark.parametrize(
    ("names", "shown", "hint"),
    [
        (("DNS:dav.example",), "dav.example", "write that name in the URL, if necessary with --resolve dav.example:"),
        (
            ("DNS:*.dav.example", "DNS:dav.example", "IP:192.0.2.7"),
            "*.dav.example, dav.example, 192.0.2.7",
            "write one of these names in the URL, if necessary with --resolve dav.example:",
        ),
        (("DNS:*.dav.example",), "*.dav.example", "write that name in the URL; -k"),
        (("DNS:x;id.example",), "x;id.example", "write that name in the URL; -k"),
        (
            tuple(f"DNS:{number}.example" for number in range(9)),
            "0.example, 1.example, 2.example, 3.example, 4.example and 4 more",
            "write one of these names in the URL, if necessary with --resolve 0.example:",
        ),
    ],
)
def test_a_certificate_for_other_names_tells_them(
    serve: Serve, sender: Make, tmp_path: Path, names: tuple[str, ...], shown: str, hint: str
) -> None:
    failure = refused(serve, sender, Certificate(tmp_path, *names), trusted=True)
    assert failure.why == f"the server's certificate is for {shown}, not for 127.0.0.1"
    assert failure.hint.startswith(hint)
    assert "--cacert" not in failure.hint


def test_the_name_and_address_that_the_hint_gives_do_it(serve: Serve, sender: Make, tmp_path: Path) -> None:
    from davlock.transport.resolution import AddressOverride

    certificate = Certificate(tmp_path, "DNS:dav.example")
    failure = refused(serve, sender, certificate, trusted=True)
    given = failure.hint.partition("--resolve ")[2].partition(";")[0]
    server = serve(answering(response()), tls=certificate.server_context())
    _, _, address = given.split(":")
    override = AddressOverride.parse(f"dav.example:{server.port}:{address}")
    send = sender(cacert=certificate.cert, resolve=(override,))
    assert send(Request(method="PROPFIND", url=f"https://dav.example:{server.port}/x")).status == 200


def test_names_that_cannot_be_read_are_not_invented(
    serve: Serve, sender: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("davlock.transport.network.names_of", lambda sock: ())
    failure = refused(serve, sender, Certificate(tmp_path, "DNS:dav.example"), trusted=True)
    assert failure.why == "the server's certificate is for another name than 127.0.0.1"
    assert "URL" in failure.hint
