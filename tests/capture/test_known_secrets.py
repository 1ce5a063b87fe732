"""Secrets that a command uses, hidden wherever a server repeats them, and nothing else."""

import base64
import html
import json
import unicodedata
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from davlock.capture import secret_spelling
from davlock.capture.filtered_feed import FilteredFeed
from davlock.capture.known_secrets import COOKIES_KEPT, KnownSecrets, SecretFilter, is_distinctive
from davlock.capture.secret import HIDDEN
from davlock.capture.secret_spelling import Needle
from davlock.capture.secretless_exchange import hide_in_exchange
from davlock.protocol.message import Exchange, Headers, Request, Response

PASSWORD = "Tr0ub4dor&3"


def knowing(*passwords: str) -> KnownSecrets:
    known = KnownSecrets()
    for password in passwords:
        known.add_login("alice", password)
    return known


@pytest.mark.parametrize(
    "told",
    [
        PASSWORD,
        quote(PASSWORD),
        quote(PASSWORD).lower().replace("tr0ub", "Tr0ub"),
        quote(quote(PASSWORD)),
        html.escape(PASSWORD),
        html.escape(html.escape(PASSWORD)),
        "Tr0ub4dor&#38;3",
        "Tr0ub4dor&#x26;3",
        "Tr0ub4dor\\u00263",
        PASSWORD.encode().hex(),
        "".join(f"&#{ord(char)};" for char in PASSWORD),
        "".join(f"%{ord(char):02x}" for char in PASSWORD),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_every_spelling_is_hidden(told: str, encoding: str) -> None:
    body = f"<a>you sent {told}, did you not?</a>".encode(encoding)
    cleaned = knowing(PASSWORD).filter().body(body).decode(encoding)
    assert cleaned == f"<a>you sent {HIDDEN}, did you not?</a>"


@pytest.mark.parametrize("before", range(3))
def test_base64_is_hidden_wherever_it_begins(before: int) -> None:
    told = base64.b64encode(b"x" * before + f"alice:{PASSWORD}\r\nDepth: 0".encode()).decode()
    cleaned = knowing(PASSWORD).filter().text(told)
    assert HIDDEN in cleaned
    assert len(cleaned) < len(told)


@pytest.mark.long
@settings(max_examples=6, deadline=None)
@given(
    st.text("aZ9&<'\"/%+ \\é€.-", min_size=6, max_size=10),
    st.sampled_from([quote, html.escape, lambda text: json.dumps(text)[1:-1], lambda text: text]),
    st.sampled_from([quote, html.escape, lambda text: json.dumps(text)[1:-1], lambda text: text]),
    st.sampled_from(["utf-8", "utf-16-le", "utf-32-be"]),
)
def test_any_secret_escaped_twice_is_found(secret: str, once: object, twice: object, encoding: str) -> None:
    assert callable(once)
    assert callable(twice)
    form = twice(once(secret)).encode(encoding)
    needle = Needle(secret, encoded_only=False)
    text = b"[\0" + form + b"]"
    places = [(start, end) for start, end, _ in needle.spans(text, text.replace(b"\0", b""))]
    # The zero bytes around it may belong to either neighbour.
    assert any(abs(start - 2) <= 3 and abs(end - 2 - len(form)) <= 3 for start, end in places)
    assert len(form) <= needle.longest


@given(st.lists(st.integers(1, 9)))
def test_a_body_in_pieces_is_the_same_body(sizes: list[int]) -> None:
    """A secret is hidden wherever the pieces are cut."""
    secrets = knowing(PASSWORD).filter()
    told = base64.b64encode(f"alice:{PASSWORD}".encode())
    body = b"<D:owner>%s %s</D:owner>" % (html.escape(PASSWORD).encode(), told) * 3
    got: list[bytes] = []
    feed = FilteredFeed(got.append, lambda: secrets)
    position = 0
    for size in sizes:
        feed(body[position : position + size])
        position += size
    feed(body[position:])
    feed.close()
    assert b"".join(got) == secrets.body(body)
    assert html.escape(PASSWORD).encode() not in b"".join(got)


def test_what_a_cut_leaves_of_a_secret_is_no_secret() -> None:
    secrets = knowing(PASSWORD).filter()
    body = b"x" * 65536 + PASSWORD.encode()
    for cut in range(65536, len(body) + 1):
        assert b"Tr0" not in secrets.cut_body(body[:cut])


@pytest.mark.parametrize(
    "password", ["a", "lock", "report", "alice", "multistatus", "lockdiscovery", "infinity", "12345"]
)
def test_a_word_does_not_damage_an_answer(password: str) -> None:
    """The login as Basic sends it is hidden all the same."""
    known = KnownSecrets()
    known.add_login("anna", password)
    assert not is_distinctive(password)
    body = (
        b"<D:multistatus><D:lockdiscovery/><D:depth>infinity</D:depth><D:href>/report/alice</D:href>"
        b"<D:locktoken>a lock 12345</D:locktoken></D:multistatus>"
    )
    assert known.filter().body(body) == body
    basic = base64.b64encode(f"anna:{password}".encode()).decode()
    if len(basic) >= 8:
        assert basic not in known.filter().text(f"Authorization: Basic {basic}")


@pytest.mark.parametrize("password", ["hunter2", "s3cret", "correcthorsebattery", "p-s-w-d", "20260131", "Report"])
def test_what_is_distinctive_is_hidden(password: str) -> None:
    assert knowing(password).filter().text(f"<{password}>") == f"<{HIDDEN}>"


def test_a_password_that_is_a_part_of_the_url_does_not_damage_it() -> None:
    """The person typed it there, and sees it there."""
    known = knowing("Summer2026")
    assert known.filter("http://h/Summer2026/a.txt").text("/Summer2026/a.txt") == "/Summer2026/a.txt"
    assert known.filter("http://h/a.txt").text("/Summer2026/a.txt") == f"/{HIDDEN}/a.txt"


def test_a_password_that_is_the_user_name_leaves_the_name() -> None:
    known = KnownSecrets()
    known.add_login("Alice77", "Alice77")
    assert known.filter().text("owner Alice77") == "owner Alice77"
    basic = base64.b64encode(b"Alice77:Alice77").decode()
    assert basic not in known.filter().text(f"you sent {basic}")


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("Authorization", "Bearer abcdef-123456", "abcdef-123456"),
        ("Authorization", "token 0123456789abcdef", "0123456789abcdef"),
        ("Authorization", "0123456789abcdef", "0123456789abcdef"),
        ("Authorization", 'Digest username="alice", response="0123456789abcdef", qop=auth', "0123456789abcdef"),
        ("Authorization", 'Digest username="alice", cnonce="fedcba9876543210", qop=auth', "fedcba9876543210"),
        ("Authorization", f"Basic {base64.b64encode(f'alice:{PASSWORD}'.encode()).decode()}", PASSWORD),
        ("Proxy-Authorization", "Negotiate YIIabcdefgh0123", "YIIabcdefgh0123"),
        ("Cookie", "a=1; sid=0123456789abcdef", "0123456789abcdef"),
        ("Set-Cookie", "sid=0123456789abcdef; Path=/; HttpOnly", "0123456789abcdef"),
        ("X-Api-Key", "0123456789abcdef", "0123456789abcdef"),
    ],
)
def test_secrets_are_learned_from_what_is_sent(name: str, value: str, secret: str) -> None:
    known = KnownSecrets()
    known.add_field(name, value)
    assert known.filter().text(f"[{secret}] alice /Path") == f"[{HIDDEN}] alice /Path"


def test_only_harmless_fields_that_were_typed_stay() -> None:
    known = KnownSecrets()
    known.add_typed_field("X-Our-Key", "0123456789abcdef")
    known.add_typed_field("X-Requested-With", "XMLHttpRequest")
    assert known.filter().text("0123456789abcdef XMLHttpRequest") == f"{HIDDEN} XMLHttpRequest"


def test_the_byte_order_that_reads_more_of_a_secret_wins() -> None:
    told = quote(html.escape("9999&a"))
    cleaned = knowing("9999&a").filter().body(f"[{told}".encode("utf-32-be")).decode("utf-32-be")
    assert cleaned == f"[{HIDDEN}"


@pytest.mark.parametrize(
    "told",
    [
        "Zürich2024!".encode().decode("latin-1"),
        "Zürich2024!".encode().decode("cp1252"),
        repr("Zürich2024!".encode())[2:-1],
        json.dumps(repr("Zürich2024!".encode())[2:-1])[1:-1],
        ascii("Zürich2024!")[1:-1],
        "Z\\303\\274rich2024!",
        unicodedata.normalize("NFD", "Zürich2024!"),
        html.escape("Zürich2024!".encode().decode("latin-1")),
        quote("Zürich2024!".encode().decode("latin-1")),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_misread_secret_is_hidden(told: str, encoding: str) -> None:
    cleaned = knowing("Zürich2024!").filter().body(f"<{told}>".encode(encoding)).decode(encoding)
    assert cleaned == f"<{HIDDEN}>"


def test_a_secret_with_its_accents_apart_is_hidden_composed() -> None:
    typed = unicodedata.normalize("NFD", "Zürich2024!")
    assert knowing(typed).filter().text("<Zürich2024!>") == f"<{HIDDEN}>"


@pytest.mark.parametrize(
    "told",
    [
        PASSWORD.lower(),
        PASSWORD.upper(),
        PASSWORD.encode().hex(":"),
        PASSWORD.encode().hex(" ").upper(),
        "".join(f"\\x{ord(char):02x}" for char in PASSWORD),
        "".join(f"\\{ord(char):03o}" for char in PASSWORD),
        "".join(f"&#{ord(char):03d};" for char in PASSWORD),
        "".join(f"&#{ord(char):05d};" for char in PASSWORD),
        "".join(f"&#x{ord(char):04X};" for char in PASSWORD),
    ],
)
def test_rare_spellings_are_hidden(told: str) -> None:
    assert knowing(PASSWORD).filter().text(f"<{told}>") == f"<{HIDDEN}>"


def test_a_word_in_another_case_is_no_secret() -> None:
    assert knowing("Report").filter().text("Allow: REPORT, report") == "Allow: REPORT, report"


def test_no_number_of_cookies_adds_to_the_work_of_an_answer() -> None:
    """A server may set a thousand with each answer; the latest ones are hidden where it repeats them."""
    known = knowing(PASSWORD)
    before = len(known.filter().needles)
    for number in range(1000):
        known.add_field("Set-Cookie", f"s{number}=0123456789abcdef{number:04d}; path=/")
    assert len(known.filter().needles) == before + COOKIES_KEPT
    assert known.filter().text("<0123456789abcdef0999>") == f"<{HIDDEN}>"


def test_a_cookie_builds_no_pattern_of_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def forms(piece: str, few: bool) -> tuple[str, ...]:
        built.append(piece)
        return (piece,)

    monkeypatch.setattr("davlock.capture.secret_spelling._forms", forms)
    known = KnownSecrets()
    for number in range(10):
        known.add_field("Set-Cookie", f"s=0123456789abcdef{number:04d}")
        known.filter().body(f"<0123456789abcdef{number:04d}>".encode())
    assert built == []


def test_a_cookie_that_is_a_part_of_the_url_does_not_damage_it() -> None:
    known = KnownSecrets()
    known.add_field("Set-Cookie", "folder=Summer2026")
    assert known.filter("http://h/Summer2026/a").text("/Summer2026/a") == "/Summer2026/a"


def test_small_pieces_are_not_searched_one_by_one() -> None:
    class Counting(SecretFilter):
        searched = 0

        def split(self, buffer: bytes, cut: int) -> tuple[bytes, bytes]:
            self.searched += len(buffer)
            return super().split(buffer, cut)

    secrets = Counting(knowing(PASSWORD).filter().needles)
    got: list[bytes] = []
    feed = FilteredFeed(got.append, lambda: secrets)
    for _ in range(200_000):
        feed(b"x")
    feed.close()
    assert b"".join(got) == b"x" * 200_000
    assert secrets.searched <= 2 * 200_000


def test_an_echo_hides_a_password_that_is_a_word_but_not_in_names() -> None:
    known = KnownSecrets()
    known.add_login("bob", "sekrit")
    hidden = known.filter()
    assert hidden.text("sekrit of /sekrit.txt, sekrits") == "sekrit of /sekrit.txt, sekrits"
    assert hidden.text("user bob, Password: sekrit; bob:sekrit") == "user bob, Password: (hidden); bob:(hidden)"
    echo = "sekrit of /sekrit.txt and bob:sekrit, by Basic Ym9iOnNla3JpdA==."
    assert hidden.text(echo) == "(hidden) of /sekrit.txt and bob:(hidden), by Basic (hidden)."


def test_the_shortest_login_is_hidden_behind_its_scheme() -> None:
    known = KnownSecrets()
    known.add_field("Authorization", "Basic YTpi")
    assert known.filter().text("Basic YTpi is not YTpix") == "(hidden) is not YTpix"


OF_SPECIALS = [
    "eyJ0eXAiOiJK" + "\u200d" * 100,
    "abcdefgh" + "e\u0301" * 40,
    "пароль " * 14,
    "пароль " * 400,
    "a!b$c/" * 40,
    "!$/&\"'" * 40,
    "!$/&\"'" * 1400,
    "".join(map(chr, range(0x4E00, 0x4E00 + 250))),
]
"""Secrets of many characters that escapes change."""


@pytest.mark.parametrize("secret", OF_SPECIALS)
def test_no_secret_makes_a_pattern_without_measure(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To make a pattern takes some microseconds for each byte: a paste may hold any text as a token."""
    made = 0
    group = secret_spelling._group

    def counted(piece: str, few: bool) -> str:
        nonlocal made
        made += len(pattern := group(piece, few))
        return pattern

    monkeypatch.setattr(secret_spelling, "_group", counted)
    text = f"<{secret}>".encode()
    assert list(Needle(secret, encoded_only=False).spans(text + b"\0", text))
    assert made <= 128 * 1024


@pytest.mark.parametrize("secret", OF_SPECIALS)
@pytest.mark.parametrize(
    "escape",
    [str, partial(quote, safe=""), html.escape, lambda text: json.dumps(text)[1:-1], repr],
    ids=["plain", "quote", "html", "json", "repr"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be"])
def test_a_secret_of_many_specials_is_hidden(secret: str, escape: Callable[[str], str], encoding: str) -> None:
    hidden = SecretFilter([Needle(secret, encoded_only=False)]).body(f"<{escape(secret)}>".encode(encoding))
    assert hidden.decode(encoding).strip("'\"<>") == HIDDEN


XML = '<?xml version="1.0" encoding="%s"?><D:error xmlns:D="DAV:"><m xmlns="urn:m">by %s</m></D:error>'


@pytest.mark.parametrize(
    ("password", "told", "charset", "declared"),
    [
        ("Пароль-Секрет-26", "Пароль-Секрет-26", "windows-1251", "windows-1251"),
        ("Пароль-Секрет-26", "Пароль-Секрет-26", "koi8-r", "koi8-r"),
        ("Pa€sword€99 Ž", "Pa€sword€99 Ž", "cp1252", ""),
        ("Plain$ecret+9~x", "Plain$ecret+9~x", "cp037", ""),
        ("Pl@in$ecret_9!x(y)", "Pl@in<![CDATA[$ecret_9!x(y)]]>", "utf-8", "utf-8"),
        ("Pl@in$ecret_9!x(y)", "Pl@in<!-- z -->$ecret_9!x(y)", "utf-8", "utf-8"),
        ("Pl@in$ecret_9!x(y)", "Pl@in<?z y?>$ecret_9!x(y)", "utf-8", "utf-8"),
        ("Pl@in$ecret_9!x(y)", "Pl&#000000000064;in$ecret_9!x(y)", "utf-8", "utf-8"),
        ("Pl@in$ecret_9!x(y)", "Pl&commat;in&dollar;ecret&lowbar;9&excl;x&lpar;y&rpar;", "utf-8", "utf-8"),
        ("Pl@in$ecret_9!x(y)", "Pl&#64in$ecret_9!x(y)", "utf-8", "utf-8"),
        ("A]]>9x<y>&Secret", "<![CDATA[A]]]]><![CDATA[>9x<y>&Secret]]>", "utf-8", "utf-8"),
        ("correct horse battery", "correct horse\n  battery", "utf-8", "utf-8"),
        ("correct horse battery", "correct&nbsp;horse&#160;battery", "utf-8", "utf-8"),
        ("correct horse battery", "correct horse\n  battery", "utf-16", "utf-16"),
    ],
)
def test_a_secret_that_a_reader_of_the_document_sees_is_hidden(
    password: str, told: str, charset: str, declared: str
) -> None:
    response = Response(
        status=423,
        headers=Headers.of([] if declared else [("Content-Type", f"text/xml; charset={charset}")]),
        body=(XML % (declared, told)).encode(charset),
    )
    sent = Request(method="PUT", url="http://h/a", headers=Headers.of([]))
    exchange = hide_in_exchange(Exchange(request=sent, outcome=response), knowing(password).filter())
    assert exchange.response is not None
    assert (exchange.response.body or b"").decode(charset) == XML % (declared, HIDDEN)


def test_a_body_in_pieces_is_read_as_a_document() -> None:
    got: list[bytes] = []
    feed = FilteredFeed(got.append, knowing("Пароль-Секрет-26").filter)
    for byte in (XML % ("windows-1251", "Пароль-<!-- z -->Секрет-26")).encode("cp1251"):
        feed(bytes([byte]))
    feed.close()
    assert b"".join(got).decode("cp1251") == XML % ("windows-1251", HIDDEN)
