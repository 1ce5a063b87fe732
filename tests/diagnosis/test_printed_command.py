"""No printed command leads away from the origin that was asked: the login would follow."""

from dataclasses import replace
from itertools import pairwise

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.engine import apply_rules
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Finding, Remedy, Risk, Who
from davlock.diagnosis.invocation import Invocation
from davlock.diagnosis.printed_command import printable
from davlock.protocol.message import Exchange, Headers, Response
from davlock.protocol.url import origin, same_origin
from tests.diagnosis.exchanges import TOKEN, activelock, exchange, put, shows
from tests.diagnosis.scenario import Scenario, load_all

TARGET = "http://dav.example/team/a.txt"
ELSEWHERE = ("http://evil.example", "//evil.example", "https://dav.example", "http://dav.example:8080")
ELSEWHERE_TOO = (
    "http://user:secret@evil.example",
    "http://dav.example@evil.example",
    "http://evil.example\\@dav.example",
)


def commands(findings: tuple[Finding, ...]) -> list[tuple[str, ...]]:
    return [remedy.command for finding in findings for remedy in finding.remedies if remedy.command is not None]


def urls(command: tuple[str, ...]) -> list[str]:
    """Its words that are a URL, without a token that is one."""
    values = {"--token", "--if", "-H"}
    return [word for before, word in pairwise(command) if "://" in word and before not in values]


def seen(target: str = TARGET, method: str = "PUT", **sent: str) -> Evidence:
    path = target.removeprefix("http://dav.example") if target else ""
    asked = exchange(method, path, 423, sent=sent)
    return from_exchanges([asked], target=target, subject=0)


def shown(command: tuple[str, ...], evidence: Evidence) -> tuple[str, ...] | None:
    return printable(Remedy(Who.YOU, "way", command, Risk.SAFE), evidence).command


def unlock(url: str) -> tuple[str, ...]:
    return ("davlock", "unlock", url, "--token", TOKEN)


@pytest.mark.parametrize("host", [*ELSEWHERE, *ELSEWHERE_TOO])
@pytest.mark.parametrize("path", ["/team/a.txt", "/team/", "/"])
def test_another_name_of_the_server_becomes_the_one_that_was_asked(host: str, path: str) -> None:
    """Behind a proxy a server knows itself by another name."""
    lockroot = ("http:" if host.startswith("//") else "") + host + path
    assert shown(unlock(lockroot), seen()) == unlock(f"http://dav.example{path}")


@pytest.mark.parametrize("host", [*ELSEWHERE, *ELSEWHERE_TOO[:2]])
@pytest.mark.parametrize(
    "path", ["/other/a.txt", "/team/%2e%2e/a.txt", "/team/b%2f..%2f..%2fa.txt", "/team/a.txt%5c..", ""]
)
@pytest.mark.parametrize("verb", ["unlock", "diagnose"])
def test_no_command_for_what_is_elsewhere(host: str, path: str, verb: str) -> None:
    url = ("http:" if host.startswith("//") else "") + host + path
    command = shown(("davlock", verb, url), seen())
    assert command is None or all(same_origin(word, TARGET) for word in urls(command))
    assert command is None or path == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://dav.example/other/a.txt",
        "http://dav.example/team/b.txt",
        "http://dav.example/team/%2e%2e/",
        "http://dav.example/team/a.txt/..%2f..%2fb.txt",
        "http://dav.example/team/a.txt/..%5cb.txt",
        "http://dav.example/team/a.txt/../b.txt",
        "http://[dav.example/team/a.txt",
        "ftp://dav.example/team/a.txt",
        "file:///etc/passwd",
        "//dav.example/team/a.txt",
        r"\\dav.example\team\a.txt",
    ],
)
def test_no_write_is_printed_for_what_is_neither_asked_nor_above_nor_below(url: str) -> None:
    assert shown(unlock(url), seen()) is None
    assert shown(("curl", "-X", "DELETE", url), seen()) is None


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        (TARGET, TARGET),
        (f"{TARGET}#lock", TARGET),
        (f"{TARGET}?force", TARGET),
        ("http://user:secret@dav.example/team/a.txt", TARGET),
        ("http://DAV.example:80/team/", "http://dav.example/team/"),
        (f"{TARGET}/below", f"{TARGET}/below"),
    ],
)
def test_what_stands_around_the_path_is_left_out(url: str, printed: str) -> None:
    assert shown(unlock(url), seen()) == unlock(printed)


def test_the_query_that_was_typed_stays() -> None:
    target = f"{TARGET}?version=2"
    assert shown(unlock(TARGET), seen(target)) == unlock(target)


def test_a_token_that_is_a_url_is_sent_as_it_came() -> None:
    command = ("davlock", "unlock", TARGET, "--token", "http://evil.example/lock/1")
    assert shown(command, seen()) == command


def test_without_a_url_there_is_no_command() -> None:
    """A capture of a response alone: where its lock root stands is what a server wrote."""
    evidence = from_exchanges([shows("", activelock(root="https://evil.example/a.txt"))], target="")
    assert shown(unlock("https://evil.example/a.txt"), evidence) is None
    assert shown(("svnadmin", "rmlocks", "REPOSITORY", "PATH"), evidence) is not None
    assert [command for command in commands(apply_rules(evidence)) if urls(command)] == []


def test_the_destination_that_was_typed_may_be_named() -> None:
    named = "http://dav.example/archive/a.txt"
    evidence = seen(method="MOVE", Destination=named)
    assert shown(("curl", "-X", "DELETE", named), evidence) == ("curl", "-X", "DELETE", named)
    foreign = "http://evil.example/archive/a.txt"
    assert shown(("curl", "-X", "DELETE", foreign), seen(method="MOVE", Destination=foreign)) is None


@pytest.mark.parametrize("host", ELSEWHERE)
def test_a_lockroot_on_another_host_is_a_fact_and_no_place_to_unlock(host: str) -> None:
    lock = activelock(root=f"{host}/team/")
    evidence = from_exchanges([put("/team/a.txt", 423), shows("/team/a.txt", lock)], subject=0)
    findings = apply_rules(evidence)
    assert {origin(url) for command in commands(findings) for url in urls(command)} == {"http://dav.example"}
    told = [value for finding in findings for name, value in finding.facts if name == "lockroot"]
    assert told
    assert all(str(value).endswith(f"{host.removeprefix('http:').removeprefix('https:')}/team/") for value in told)


def _spoilt(scenario: Scenario, host: str) -> tuple[Exchange, ...]:
    """The exchanges, with every answer naming another host."""
    return tuple(
        replace(entry, outcome=_renamed(entry.outcome, host)) if isinstance(entry.outcome, Response) else entry
        for entry in scenario.exchanges
    )


def _renamed(response: Response, host: str) -> Response:
    body = response.body
    for name in (b"http://dav.example", b"https://dav.example", b"http://127.0.0.1:8080"):
        body = body.replace(name, host.encode()) if body is not None else None
    if body is not None:
        body = body.replace(b"href>/", b"href>" + host.encode() + b"/")
    fields = [(name, f"{host}/elsewhere" if name.lower() == "location" else value) for name, value in response.headers]
    return replace(response, body=body, headers=Headers.of(fields))


@pytest.mark.long
@pytest.mark.parametrize("host", ["http://evil.example", "http://user:secret@evil.example"])
def test_no_rule_prints_a_host_that_only_an_answer_named(host: str) -> None:
    for scenario in load_all():
        evidence = from_exchanges(_spoilt(scenario, host), subject=scenario.subject, held=scenario.held)
        for command in commands(apply_rules(evidence)):
            for url in urls(command):
                assert "evil.example" not in url, (scenario.name, command)
                assert not url.startswith("http") or same_origin(url, evidence.target), (scenario.name, command)


MADE = Invocation(
    verb=("davlock", "diagnose"),
    user="bob",
    asks=(("-u", "bob"), ("--password-file", "secret.txt"), ("--digest",)),
    reach=(("-k",), ("--resolve", "dav.example:80:127.0.0.1")),
)


def asked_by_bob(command: tuple[str, ...], who: Who = Who.YOU, made: Invocation = MADE) -> tuple[str, ...] | None:
    evidence = replace(seen(), invocation=made)
    return printable(Remedy(who, "way", command, Risk.SAFE), evidence).command


def test_a_command_logs_in_and_reaches_the_server_as_the_person_did() -> None:
    assert asked_by_bob(("davlock", "wait", TARGET)) == (
        *("davlock", "wait", "-u", "bob", "--password-file", "secret.txt", "--digest"),
        *("-k", "--resolve", "dav.example:80:127.0.0.1", TARGET),
    )
    recover = asked_by_bob(("davlock", "ledger", "recover", TARGET))
    assert recover is not None
    assert recover[:5] == ("davlock", "ledger", "recover", "-u", "bob")


def test_curl_gets_the_options_that_it_has() -> None:
    assert asked_by_bob(("curl", "-X", "MKCOL", TARGET)) == (
        *("curl", "-u", "bob", "--digest", "-k", "--resolve", "dav.example:80:127.0.0.1", "-X", "MKCOL", TARGET),
    )


@pytest.mark.parametrize(
    ("user", "asks", "login"),
    [
        ("bob", (), "--anyauth -u bob"),  # DAVLOCK_USER, which curl does not know
        ("bob", (("-u", "bob"), ("--password-file", "f")), "--anyauth -u bob"),
        ("bob", (("--basic",),), "-u bob --basic"),
        ("", (("--netrc",),), "--anyauth --netrc"),
        ("", (("--negotiate",),), "--negotiate -u :"),
        ("", (), ""),
    ],
)
def test_curl_logs_in_as_davlock_does(user: str, asks: tuple[tuple[str, ...], ...], login: str) -> None:
    made = replace(MADE, user=user, asks=asks, reach=())
    assert asked_by_bob(("curl", "-X", "MKCOL", TARGET), made=made) == ("curl", *login.split(), "-X", "MKCOL", TARGET)


def test_what_only_the_owner_can_do_has_a_login_to_fill_in() -> None:
    expected = ("davlock", "unlock", "-u", "THEIR-LOGIN", "-k", "--resolve", "dav.example:80:127.0.0.1")
    assert asked_by_bob(unlock(TARGET), Who.LOCK_OWNER) == (*expected, *unlock(TARGET)[2:])
    nobody = replace(MADE, user="", asks=())
    assert asked_by_bob(("davlock", "unlock", TARGET), Who.LOCK_OWNER, nobody) == (
        *("davlock", "unlock", "-k", "--resolve", "dav.example:80:127.0.0.1", TARGET),
    )


def test_a_command_that_names_a_login_keeps_it() -> None:
    command = asked_by_bob(("davlock", "unlock", "-u", "alice", TARGET))
    assert command == ("davlock", "unlock", "-k", "--resolve", "dav.example:80:127.0.0.1", "-u", "alice", TARGET)


def test_svn_gets_the_login_and_captures_get_nothing() -> None:
    svn = ("svn", "info", TARGET)
    assert asked_by_bob(svn) == ("svn", "info", "--username", "bob", TARGET)
    assert shown(svn, seen()) == svn
    assert shown(("davlock", "wait", TARGET), seen()) == ("davlock", "wait", TARGET)


def test_put_names_the_file_that_was_typed() -> None:
    put_again = ("davlock", "put", "FILE", TARGET, "--token", TOKEN)
    typed = replace(MADE, verb=("davlock", "put"), arguments=("my report.odt", TARGET), asks=(), reach=())
    assert asked_by_bob(put_again, made=typed) == ("davlock", "put", "my report.odt", TARGET, "--token", TOKEN)
    assert asked_by_bob(put_again, made=replace(typed, verb=("davlock", "diagnose"), arguments=(TARGET,))) == put_again
