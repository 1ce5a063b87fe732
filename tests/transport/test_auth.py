"""Basic, Digest, Bearer and what ``-u`` alone does: against scripts, and against real servers."""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from urllib.request import parse_http_list, parse_keqv_list

import pytest

from davlock.errors import LocalProtocolError
from davlock.protocol.message import Headers, Request
from davlock.transport.http import HttpSender
from davlock.transport.settings import Credentials, Scheme
from tests.conftest import ServerFor
from tests.saying import Saying, saying
from tests.servers import KINDS, supports
from tests.transport.scripted import Conversation, Play, ScriptedServer, response

Serve = Callable[..., ScriptedServer]
Make = Callable[..., HttpSender]

BASIC = 'WWW-Authenticate: Basic realm="r"'
DIGEST = 'WWW-Authenticate: Digest realm="r, s", nonce="n\u00e9", qop="auth", algorithm=MD5, opaque="o"'


def asked(url: str, method: str = "PROPFIND") -> Request:
    return Request(method=method, url=url)


def authorization(request: bytes) -> str | None:
    found = re.search(rb"(?im)^authorization: (.*?)\r$", request)
    return found[1].decode() if found else None


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def answer_to(given: str | None, *challenges: str, until: str) -> bytes:
    good = until and given is not None and given.startswith(until)
    return response("207 Multi-Status", b"yes") if good else response("401 No", b"no", *challenges)


def refusing(*challenges: str, until: str = "") -> Saying:
    """401 with these fields, until the Authorization begins with ``until``."""
    return saying(lambda request: answer_to(request.headers.get("Authorization"), *challenges, until=until))


def refusing_on_the_wire(*challenges: str, until: str = "") -> Play:
    def play(conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.say(answer_to(authorization(request), *challenges, until=until))

    return play


# --- what is sent when ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "https", "given"),
    [(Scheme.BASIC, False, ["x"]), (Scheme.ANY, True, ["x"]), (Scheme.ANY, False, [None, "x"])],
)
def test_basic_is_sent_only_once(sender: Make, scheme: Scheme, https: bool, given: list[str | None]) -> None:
    server = refusing(BASIC)
    url = server.url.replace("http:", "https:") if https else server.url
    exchange = sender(server, credentials=Credentials("ü", "p:w", scheme))(asked(url))
    assert exchange.status == 401
    assert [authorization(request) for request in server.requests] == [one and basic("ü", "p:w") for one in given]
    assert exchange.request.headers.get("Authorization") == "Basic (hidden)"


def test_bearer_is_sent_at_once(sender: Make) -> None:
    server = refusing("WWW-Authenticate: Bearer", until="Bearer abc.def=")
    assert sender(server, credentials=Credentials("", "abc.def=", Scheme.BEARER))(asked(server.url)).status == 207
    assert len(server.requests) == 1


def test_nothing_is_sent_without_credentials(sender: Make) -> None:
    server = refusing(BASIC, DIGEST)
    assert sender(server)(asked(server.url)).status == 401
    assert [authorization(request) for request in server.requests] == [None]


def test_digest_waits_for_a_challenge_and_then_stays(serve: Serve, sender: Make) -> None:
    server = serve(refusing_on_the_wire(BASIC, DIGEST, until="Digest "))
    send = sender(credentials=Credentials("mé", "s3cret", Scheme.DIGEST))
    assert [send(asked(f"{server.url}/%c3//x?y", "LOCK")).status for _ in range(2)] == [207, 207]
    given = [authorization(request) or "" for request in server.requests]
    assert given[0] == ""
    for number, value in enumerate(given[1:], 1):
        fields = parse_keqv_list(parse_http_list(value.removeprefix("Digest ")))
        assert fields["uri"] == "/%c3//x?y"
        assert fields["nc"] == f"{number:08x}"
        ha1 = hashlib.md5("mé:r, s:s3cret".encode(), usedforsecurity=False).hexdigest()
        ha2 = hashlib.md5(b"LOCK:/%c3//x?y", usedforsecurity=False).hexdigest()
        text = f"{ha1}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:auth:{ha2}"
        assert fields["response"] == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    assert server.connections == 1


def schemes(server: Saying) -> list[str]:
    """The scheme of each request's login; empty if it had none."""
    return [(authorization(request) or "").partition(" ")[0] for request in server.requests]


@pytest.mark.parametrize(
    "challenges",
    [
        pytest.param([DIGEST], id="alone"),
        pytest.param([BASIC, DIGEST], id="in two fields"),
        pytest.param([f"{DIGEST}, Basic realm=x"], id="in one field"),
    ],
)
def test_the_stronger_scheme_that_is_offered_is_taken_and_kept(sender: Make, challenges: list[str]) -> None:
    """Also a server that would take Basic must not see the password over http."""
    server = refusing(*challenges, until="Digest ")
    send = sender(server, credentials=Credentials("me", "s3cret"))
    assert [send(asked(server.url)).status for _ in range(3)] == [207] * 3
    assert schemes(server) == ["", *["Digest"] * 3]


@pytest.mark.parametrize(
    ("challenges", "given"),
    [
        pytest.param(["WWW-Authenticate: Negotiate, NTLM"], [""], id="neither of them"),
        pytest.param(['WWW-Authenticate: Digest realm="r"'], [""], id="a digest that nobody can answer"),
        pytest.param(['WWW-Authenticate: Digest realm="r"', BASIC], ["", "Basic"], id="such a digest and basic"),
        pytest.param([], ["", "Basic"], id="no challenge at all"),
    ],
)
def test_basic_is_not_sent_to_who_wants_something_else(sender: Make, challenges: list[str], given: list[str]) -> None:
    server = refusing(*challenges)
    assert sender(server, credentials=Credentials("me", "pw"))(asked(server.url)).status == 401
    assert schemes(server) == given


def test_a_server_that_asks_for_no_login_gets_basic(sender: Make) -> None:
    """It may show more to a person whom it knows."""
    server = saying({}, response("207 Multi-Status", b"yes"))
    send = sender(server, credentials=Credentials("me", "pw"))
    assert [send(asked(server.url)).status for _ in range(2)] == [207] * 2
    assert schemes(server) == ["", "Basic", "Basic"]


@pytest.mark.parametrize(
    "answer", ["302 Found", "307 Temporary Redirect", "200 OK", "500 Oops", "503 Later", "511 Login"]
)
def test_what_a_portal_may_say_gets_no_password(sender: Make, answer: str) -> None:
    server = saying({}, response(answer, b"<html/>", "Location: http://portal.example/"))
    send = sender(server, credentials=Credentials("me", "pw"))
    assert send(asked(server.url)).status == int(answer[:3])
    assert send(Request(method="LOCK", url=server.url)).status == int(answer[:3])
    assert schemes(server) == ["", "", ""]


@pytest.mark.parametrize("answer", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Not Allowed", "501 No"])
def test_what_may_hide_something_gets_a_login(sender: Make, answer: str) -> None:
    server = saying({}, response(answer, b""))
    assert sender(server, credentials=Credentials("me", "pw"))(asked(server.url)).status == int(answer[:3])
    assert schemes(server) == ["", "Basic"]


@pytest.mark.parametrize(("challenge", "scheme"), [(BASIC, "Basic"), (DIGEST, "Digest")])
def test_a_write_is_not_done_to_learn_what_the_server_offers(sender: Make, challenge: str, scheme: str) -> None:
    server = refusing(challenge, until=f"{scheme} ")
    fields = Headers.of([("If", "(<urn:x:1>)"), ("X-Key", "k"), ("Depth", "infinity")])
    request = Request(method="PUT", url=server.url, headers=fields, body=b"content")
    assert sender(server, credentials=Credentials("me", "pw"))(request).status == 207
    question, write = server.requests
    assert question.startswith(b"PROPFIND ")
    assert b"x-key: k" in question.lower()
    assert b"depth: 0" in question.lower()
    assert b"urn:x:1" not in question
    assert write.startswith(b"PUT ")
    assert write.endswith(b"content")
    assert schemes(server) == ["", scheme]


@pytest.mark.parametrize("scheme", [Scheme.ANY, Scheme.DIGEST])
def test_a_wrong_password_ends_after_one_answer(sender: Make, scheme: Scheme) -> None:
    server = refusing(DIGEST)
    assert sender(server, credentials=Credentials("me", "wrong", scheme))(asked(server.url)).status == 401
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("challenge", "answered"),
    [
        ('Digest realm="r", nonce="n"', True),
        ('Digest Realm = "r" , NONCE="n", QOP="auth-int, auth", algorithm="md5"', True),
        ('DIGEST realm="r",nonce="n",algorithm=SHA-256,qop="auth"', True),
        ('Negotiate YII=, Digest realm="r", nonce="n"', True),
        ('Digest realm="r", nonce="n", algorithm=SHA-512-256, Digest realm="r", nonce="n", algorithm=MD5', True),
        ('Digest realm="a\\"b", nonce="n", qop="auth"', True),
        ('Digest realm="a\\\\", nonce="n"', True),
        ("Digest realm=, nonce=n", True),
        ('Digest realm="", nonce=""', True),
        ('Digest realm="a, b=c", nonce="n=="', True),
        ('Digest realm="r", nonce="n', True),
        ('Digest realm="r", nonce="n", algorithm=SHA-512-256', False),
        ('Digest realm="r", nonce="n", qop="auth-int"', False),
        ('Digest realm="r"', False),
        ("Digest", False),
        ('Digest realm="r" nonce', False),
        ('realm="r", nonce="n"', False),
        ("", False),
        (",,=,", False),
    ],
)
def test_challenges(sender: Make, challenge: str, answered: bool) -> None:
    server = refusing(f"WWW-Authenticate: {challenge}", until="Digest ")
    send = sender(server, credentials=Credentials("me", "pw", Scheme.DIGEST))
    assert [send(asked(server.url)).status for _ in range(2)] == ([207, 207] if answered else [401, 401])
    assert len(server.requests) == (3 if answered else 2)


def test_a_quote_in_a_realm_and_a_user_name_is_sent_as_a_quoted_pair(sender: Make) -> None:
    server = refusing('WWW-Authenticate: Digest realm="a\\"b", nonce="n\\\\", qop="auth"', until="Digest ")
    send = sender(server, credentials=Credentials('m"e', "pw", Scheme.DIGEST))
    assert [send(asked(server.url)).status for _ in range(2)] == [207, 207]
    for request in server.requests[1:]:
        value = authorization(request) or ""
        assert value.startswith('Digest username="m\\"e", realm="a\\"b", nonce="n\\\\", uri=')
        fields = parse_keqv_list(parse_http_list(value.removeprefix("Digest ")))
        ha1 = hashlib.md5(b'm"e:a"b:pw', usedforsecurity=False).hexdigest()
        ha2 = hashlib.md5(f"PROPFIND:{fields['uri']}".encode(), usedforsecurity=False).hexdigest()
        text = f"{ha1}:n\\:{fields['nc']}:{fields['cnonce']}:auth:{ha2}"
        assert fields["response"] == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_each_new_nonce_is_answered(sender: Make) -> None:
    """A server that gives a nonce for one request only challenges every request."""
    answers: list[bytes] = []
    for number in range(3):
        answers += [response("401 No", b"", f'WWW-Authenticate: Digest realm="r", nonce="{number}", qop="auth"')]
        answers += [response("207 Multi-Status", b"yes")]
    server = saying({"PROPFIND": answers})
    send = sender(server, credentials=Credentials("me", "pw", Scheme.DIGEST))
    assert [send(asked(server.url)).status for _ in range(3)] == [207] * 3
    fields = [authorization(request) or "" for request in server.requests]
    assert [re.findall(r'nonce="(\d)"|nc=(\w+)', value) for value in fields[1::2]] == [
        [(str(number), ""), ("", "00000001")] for number in range(3)
    ]


def test_three_challenges_in_a_row_are_not_all_answered(sender: Make) -> None:
    challenges = [response("401 No", b"", f'WWW-Authenticate: Digest realm="r", nonce="{n}"') for n in range(3)]
    server = saying({"LOCK": challenges})
    credentials = Credentials("me", "pw", Scheme.DIGEST)
    assert sender(server, credentials=credentials)(asked(server.url, "LOCK")).status == 401
    assert len(server.requests) == 2


def test_a_status_other_than_401_is_no_challenge(sender: Make) -> None:
    server = saying({"PROPFIND": response("403 Forbidden", b"", DIGEST)})
    assert sender(server, credentials=Credentials("me", "pw", Scheme.DIGEST))(asked(server.url)).status == 403


def test_the_body_of_a_challenge_is_not_read_without_end(serve: Serve, sender: Make) -> None:
    def play(conversation: Conversation) -> None:
        if conversation.number > 1:
            refusing_on_the_wire(DIGEST, until="Digest ")(conversation)
            return
        conversation.request()
        conversation.say(f"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n{DIGEST}\r\n\r\n".encode("latin-1"))
        while conversation.pause(0):
            conversation.say(b"10000\r\n" + bytes(65536) + b"\r\n")

    server = serve(play)
    assert sender(credentials=Credentials("me", "pw", Scheme.DIGEST))(asked(server.url)).status == 207
    assert server.connections == 2


def test_a_source_is_read_again_for_the_answer_to_a_challenge(serve: Serve, sender: Make) -> None:
    class Source:
        length = 200_000

        def __iter__(self) -> Iterator[bytes]:
            return iter([b"a" * 100_000, b"b" * 100_000])

    server = serve(refusing_on_the_wire(DIGEST, until="Digest "))
    send = sender(credentials=Credentials("me", "pw", Scheme.DIGEST))
    assert send(Request(method="PUT", url=server.url, body=Source())).status == 207
    assert [request[-200_000:] for request in server.requests] == [b"a" * 100_000 + b"b" * 100_000] * 2


def test_a_207_is_fed_after_the_challenge(sender: Make) -> None:
    fed: list[bytes] = []
    server = refusing(DIGEST, until="Digest ")
    sender(server, credentials=Credentials("me", "pw"))(asked(server.url), feed=fed.append)
    assert fed == [b"yes"]


def test_an_authorization_of_the_callers_own_wins(sender: Make) -> None:
    server = refusing(BASIC)
    request = Request(method="GET", url=server.url, headers=Headers.of([("authorization", "Mine 1")]))
    sender(server, credentials=Credentials("me", "pw"))(request)
    assert [authorization(request) for request in server.requests] == ["Mine 1"]


def test_user_and_password_in_the_url(sender: Make) -> None:
    server = refusing(DIGEST, until="Digest ")
    send = sender(server)
    url = server.url.replace("//", "//m%40e:p%3aw@")
    assert [send(asked(url)).status for _ in range(2)] == [207, 207]
    assert len(server.requests) == 3
    assert 'username="m@e"' in (authorization(server.requests[2]) or "")


def test_credentials_win_over_those_in_the_url(sender: Make) -> None:
    server = refusing(BASIC)
    sender(server, credentials=Credentials("me", "pw"))(asked(server.url.replace("//", "//other:x@")))
    assert [authorization(request) for request in server.requests] == [None, basic("me", "pw")]


def test_threads_do_not_use_a_nonce_count_twice(sender: Make) -> None:
    server = refusing(DIGEST, until="Digest ")
    send = sender(server, credentials=Credentials("me", "pw", Scheme.DIGEST))
    assert send(asked(server.url)).status == 207

    def work() -> None:
        for _ in range(20):
            send(asked(server.url))

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = re.findall(rb"nc=([0-9a-f]{8})", b"".join(server.requests))
    assert len(counts) == len(set(counts)) == 101


# --- credentials that cannot be -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        (Credentials("a:b", "s3cret"), "colon"),
        (Credentials("a:b", "s3cret", Scheme.BASIC), "colon"),
        (Credentials("a\nb", "s3cret", Scheme.DIGEST), "control character"),
        (Credentials("a\nb", "s3cret"), "control character"),
        (Credentials("", "s3cret\r\nX: y", Scheme.BEARER), "bearer token"),
        (Credentials("", "s3crét", Scheme.BEARER), "bearer token"),
        (Credentials("", "", Scheme.BEARER), "bearer token"),
    ],
)
def test_what_cannot_be_sent_is_the_callers_fault(sender: Make, credentials: Credentials, says: str) -> None:
    with pytest.raises(LocalProtocolError, match=says) as raised:
        sender(credentials=credentials)
    assert "s3cr" not in str(raised.value)


def test_a_password_is_not_shown() -> None:
    assert repr(Credentials("me", "s3cret")) == "Credentials(user='me', scheme=<Scheme.ANY: 'any'>)"


# --- real servers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [Scheme.ANY, Scheme.BASIC, Scheme.DIGEST])
@pytest.mark.parametrize(
    ("kind", "auth"),
    [(kind, auth) for kind in KINDS for auth in ("basic", "digest") if supports(kind, auth)],
)
def test_real_servers(server_for: ServerFor, sender: Make, kind: str, auth: str, scheme: Scheme) -> None:
    server = server_for(kind, auth)
    good = scheme is Scheme.ANY or scheme.value == auth
    send = sender(credentials=Credentials("alice", "alice", scheme))
    request = Request(method="PROPFIND", url=server.url, headers=Headers.of([("Depth", "0")]))
    assert [send(request).status for _ in range(3)] == [207 if good else 401] * 3
    assert sender(credentials=Credentials("alice", "wrong", scheme))(request).status == 401
    put = Request(method="PUT", url=f"{server.url}a%20%c3%a4;b", body=b"content")
    assert send(put).status in ((200, 201, 204) if good else (401,))
