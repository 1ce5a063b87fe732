"""Header fields: what servers send, what is forgiven and said, and what is refused."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.protocol.headers import (
    LARGEST_TIMEOUT,
    EntityTag,
    EtagCondition,
    parse_allow,
    parse_dav,
    parse_depth,
    parse_etag,
    parse_etag_leniently,
    parse_etag_list,
    parse_lock_token,
    parse_timeout,
)
from davlock.protocol.lock import Depth, LockToken
from davlock.protocol.message import Headers
from davlock.protocol.retry_after import (
    LONGEST_WAIT,
    RateLimit,
    RetryAfter,
    WaitAdvice,
    parse_rate_limit,
    parse_retry_after,
    wait_advice,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"
EPOCH = int(NOW.timestamp())

# Entity tags

ETAGS = [
    ("strong", '"xyzzy"', EntityTag("xyzzy")),
    ("weak", 'W/"xyzzy"', EntityTag("xyzzy", weak=True)),
    ("empty", '""', EntityTag("")),
    ("white space around it", ' "xyzzy"\r\n', EntityTag("xyzzy")),
    ("RFC 4918 §10.4.6 has blanks", '"I am an ETag"', EntityTag("I am an ETag")),
    ("a backslash escapes nothing (RFC 9110 §8.8.3)", r'"a\b"', EntityTag(r"a\b")),
    ("characters beyond ASCII", '"é"', EntityTag("é")),
]


@pytest.mark.parametrize(("text", "etag"), [row[1:] for row in ETAGS], ids=[row[0] for row in ETAGS])
def test_etag(text: str, etag: EntityTag) -> None:
    assert parse_etag(text) == etag
    assert parse_etag(text).as_sent == text.strip() == str(etag)
    assert parse_etag_leniently(text) == (etag, ())


LENIENT_ETAGS = [
    (
        "without quotes, getetag of WsgiDAV and Nephele",
        "2181754-1795350206-6",
        EntityTag("2181754-1795350206-6"),
        ["no double"],
    ),
    ("weak, without quotes", "W/abc", EntityTag("abc", weak=True), ["no double"]),
    ("a weak mark in lower case", 'w/"a b"', EntityTag("a b", weak=True), ["lower case"]),
    ("both", "w/abc", EntityTag("abc", weak=True), ["no double", "lower case"]),
    ("nothing but the mark", "W/", EntityTag("W/"), ["no double"]),
]


@pytest.mark.parametrize(
    ("text", "etag", "said"), [row[1:] for row in LENIENT_ETAGS], ids=[row[0] for row in LENIENT_ETAGS]
)
def test_etag_leniently(text: str, etag: EntityTag, said: list[str]) -> None:
    found, deviations = parse_etag_leniently(text, where="getetag")
    assert found == etag
    assert found.as_sent == text
    assert [deviation.where for deviation in deviations] == ["getetag"] * len(said)
    for deviation, words in zip(deviations, said, strict=True):
        assert words in deviation.what
    with pytest.raises(RemoteProtocolError):
        parse_etag(text)


@pytest.mark.parametrize("text", ["", " ", '"', '"a', 'a"', '"a"b"', "a b", '"a\nb"', '"a\x00b"', '"a", "b"', 'W/ "a"'])
def test_no_etag(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"^getetag: .*no entity tag"):
        parse_etag_leniently(text, where="getetag")
    with pytest.raises(RemoteProtocolError, match=r"^ETag: "):
        parse_etag(text)


def test_etag_comparison_is_the_table_of_rfc_9110() -> None:
    """RFC 9110 §8.8.3.2."""
    weak_1, weak_2, strong_1 = EntityTag("1", True), EntityTag("2", True), EntityTag("1")
    assert (weak_1.strong_equal(weak_1), weak_1.weak_equal(weak_1)) == (False, True)
    assert (weak_1.strong_equal(weak_2), weak_1.weak_equal(weak_2)) == (False, False)
    assert (weak_1.strong_equal(strong_1), weak_1.weak_equal(strong_1)) == (False, True)
    assert (strong_1.strong_equal(weak_1), strong_1.weak_equal(weak_1)) == (False, True)
    assert (strong_1.strong_equal(strong_1), strong_1.weak_equal(strong_1)) == (True, True)
    assert not strong_1.strong_equal(EntityTag("2"))


def test_an_etag_is_the_same_with_and_without_quotes() -> None:
    bare, _ = parse_etag_leniently("abc")
    assert {bare, parse_etag('"abc"')} == {EntityTag("abc")}


@pytest.mark.parametrize("value", ['a"b', "a\r\nX-Evil: 1", "a\x00"])
def test_an_etag_cannot_carry_a_line_or_a_quote(value: str) -> None:
    with pytest.raises(LocalProtocolError):
        EntityTag(value)


A, B = EntityTag("a"), EntityTag("b", weak=True)

ETAG_LISTS = [
    ("any", " * ", EtagCondition(True), "*"),
    ("one", '"a"', EtagCondition(False, (A,)), '"a"'),
    ("two", '"a",W/"b"', EtagCondition(False, (A, B)), '"a", W/"b"'),
    ("empty members (RFC 9110 §5.6.1.2)", ', "a" , , W/"b",', EtagCondition(False, (A, B)), '"a", W/"b"'),
    ("a comma inside", '"a,b"', EtagCondition(False, (EntityTag("a,b"),)), '"a,b"'),
    ("a star in quotes is a tag", '"*"', EtagCondition(False, (EntityTag("*"),)), '"*"'),
]


@pytest.mark.parametrize(
    ("text", "found", "printed"), [row[1:] for row in ETAG_LISTS], ids=[row[0] for row in ETAG_LISTS]
)
def test_etag_list(text: str, found: EtagCondition, printed: str) -> None:
    assert parse_etag_list(text) == found
    assert str(found) == printed


@pytest.mark.parametrize("text", ["", ",", " , ", "abc", '*, "a"', '"a", *', '"a" "b"', '"a""b"', '"a", b', '"a'])
def test_no_etag_list(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"^If-None-Match: "):
        parse_etag_list(text, where="If-None-Match")


# Timeout

TIMEOUTS = [
    ("seconds", "Second-600", 600, []),
    ("infinite", "Infinite", None, []),
    ("literals compare without case: infinite", "infinite", None, []),
    ("literals compare without case: SECOND", "SECOND-7", 7, []),
    ("white space", " \tSecond-600\r\n", 600, []),
    ("0: Go servers mean infinite by it, but say 0", "Second-0", 0, []),
    ("the largest allowed", "Second-4294967295", LARGEST_TIMEOUT, []),
    ("RFC 4918 §10.7's example", "Infinite, Second-4100000000", None, []),
    ("a list, seconds first", "Second-4100000000, Infinite", 4100000000, []),
    ("GanttProject sends the header twice", "Second-60, Second-60", 60, []),
    ("a fraction, Nephele", "Second-59.98", 59.98, ["has a fraction"]),
    ("a whole fraction", "Second-59.0", 59, ["has a fraction"]),
    ("pywebdav3 on LOCK", "Second-Infinite", None, ["stands for Infinite"]),
    ("pywebdav3 on a refresh", "Second-Second-120", 120, ["more than once"]),
    ("the word of Depth", "Infinity", None, ["stands for Infinite"]),
    ("negative: run out, chezdav", "Second--2", 0, ["has run out"]),
    ("several faults at once", "Second-Second--2.5", 0, ["more than once", "has run out"]),
    ("too large", "Second-4294967296", LARGEST_TIMEOUT, ["beyond 2^32-1"]),
    ("AsgiWebDAV grants what was asked", "Second-99999999999999", LARGEST_TIMEOUT, ["beyond 2^32-1"]),
    ("5,000 digits", "Second-" + "9" * 5000, LARGEST_TIMEOUT, ["beyond 2^32-1"]),
    ("5,000 leading zeros", "Second-" + "0" * 5000 + "7", 7, []),
    ("the first value that makes sense", "Extend, Second-5", 5, ["'Extend' is passed over"]),
    ("Tomcat takes the next when one is too large", "Second-99999999999, Second-5", 5, ["passed over"]),
    (
        "the first that is plain, when none follows the grammar",
        "x, Infinity, Second-1.5",
        None,
        ["'x' is passed over", "'Second-1.5' is passed over", "stands for"],
    ),
    ("nonsense after a value that makes sense", "Second-5, soon", 5, ["'soon' is passed over"]),
    ("empty members", ", Second-5,", 5, []),
]


@pytest.mark.parametrize(("text", "seconds", "said"), [row[1:] for row in TIMEOUTS], ids=[row[0] for row in TIMEOUTS])
def test_timeout(text: str, seconds: float | None, said: list[str]) -> None:
    timeout, deviations = parse_timeout(text)
    assert timeout.seconds == seconds
    assert timeout.as_sent == text.strip()
    assert len(deviations) == len(said)
    for deviation, words in zip(deviations, said, strict=True):
        assert deviation.where == "Timeout"
        assert words in deviation.what
        assert len(deviation.what) < 200


def test_whole_seconds_are_whole_numbers() -> None:
    """They are shown, and 600.0 is not what the server said."""
    assert str(parse_timeout("Second-600")[0].seconds) == "600"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "Second-",
        "Second",
        "600",
        "bogus",
        "Infinitesimal",
        "Second-+1",
        "Second-0x1",
        "Second-²",
        "Second-٣",
        "Second- 5",
        "Second-1e3",
        "Second-.5",
        "Second-5.",
        "Second--",
        "-Infinite",
        "ſecond-5",
        "Second-5;",
        "bogus, worse",
    ],
)
def test_no_timeout(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"^timeout: "):
        parse_timeout(text, where="timeout")


# Lock-Token

LOCK_TOKENS = [
    (
        "RFC 4918 §10.5",
        "<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>",
        "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2",
        [],
    ),
    ("white space around it", " <opaquelocktoken:t>\r\n", "opaquelocktoken:t", []),
    ("rclone: a number", "<1795350197>", "1795350197", []),
    ("nginx", "<urn:709135ca>", "urn:709135ca", []),
    (
        "without brackets: webdav-server, AsgiWebDAV, Zope",
        "opaquelocktoken:a:b-c",
        "opaquelocktoken:a:b-c",
        ["no angle brackets"],
    ),
    ("no URI has this character", "<a\\b>", "a\\b", [r"'\\' cannot stand in a URI"]),
    ("beyond ASCII, and without brackets", "tä", "tä", ["no angle brackets", "'ä' cannot stand in a URI"]),
]


@pytest.mark.parametrize(("text", "uri", "said"), [row[1:] for row in LOCK_TOKENS], ids=[row[0] for row in LOCK_TOKENS])
def test_lock_token(text: str, uri: str, said: list[str]) -> None:
    token, deviations = parse_lock_token(text)
    assert token == LockToken(uri)
    assert [deviation.where for deviation in deviations] == ["Lock-Token"] * len(said)
    for deviation, words in zip(deviations, said, strict=True):
        assert words in deviation.what


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "<>",
        "<",
        ">",
        "<a",
        "a>",
        "<<a>>",
        "<a b>",
        "a b",
        "<a>, <b>",
        "<a><b>",
        "x>) (<y",
        "<a\x00>",
        "<a\nb>",
    ],
)
def test_no_lock_token(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"^Lock-Token: "):
        parse_lock_token(text)


# Depth, DAV, Allow


@pytest.mark.parametrize(
    ("text", "depth"),
    [("0", Depth.ZERO), (" 1 ", Depth.ONE), ("infinity", Depth.INFINITY), ("Infinity", Depth.INFINITY)],
)
def test_depth(text: str, depth: Depth) -> None:
    assert parse_depth(text) is depth


@pytest.mark.parametrize("text", ["", "2", "infinite", "1,noroot", "00"])
def test_no_depth(text: str) -> None:
    with pytest.raises(RemoteProtocolError, match=r"^depth: "):
        parse_depth(text, where="depth")


DAV = [
    ("nothing", [], ()),
    (
        "Apache: two fields",
        ["1,2", "<http://apache.org/dav/propset/fs/1>"],
        ("1", "2", "<http://apache.org/dav/propset/fs/1>"),
    ),
    ("each once", ["1, 2", "2, 3, 1"], ("1", "2", "3")),
    ("a comma in a Coded-URL", ["<http://h/a,b>, 1"], ("<http://h/a,b>", "1")),
    ("empty members", [" , 1,,extended-mkcol ,"], ("1", "extended-mkcol")),
    ("a bracket that does not close", ["1, <x, 2"], ("1", "x", "2")),
]


@pytest.mark.parametrize(("values", "classes"), [row[1:] for row in DAV], ids=[row[0] for row in DAV])
def test_dav(values: list[str], classes: tuple[str, ...]) -> None:
    assert parse_dav(values) == classes


def test_allow() -> None:
    assert parse_allow(["OPTIONS, get,HEAD ,,", "Lock", "LOCK"]) == ("OPTIONS", "GET", "HEAD", "LOCK")
    assert parse_allow([]) == ()


# Retry-After

RETRY_AFTER = [
    ("RFC 9110 §10.2.3: seconds", "120", 120),
    ("at once", "0", 0),
    ("a fraction", "1.5", 1.5),
    ("white space", " 7\t", 7),
    ("IMF-fixdate", "Sun, 22 Nov 2026 12:00:10 GMT", 10),
    ("rfc850-date", "Sunday, 22-Nov-26 12:00:10 GMT", 10),
    ("asctime-date", "Sun Nov 22 12:00:10 2026", 10),
    ("a zone in digits", "Sun, 22 Nov 2026 13:01:00 +0100", 60),
    ("a date that has passed (MDN's example)", "Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ("the longest", str(LONGEST_WAIT), LONGEST_WAIT),
    ("joined: the longest of them", "5, 120, 30", 120),
    ("joined dates", "Sun, 22 Nov 2026 12:00:10 GMT, Sun, 22 Nov 2026 12:00:20 GMT", 20),
    ("joined: a date and seconds", "30,Sunday, 22-Nov-26 12:00:10 GMT", 30),
    ("joined: one makes no sense", "soon, 30", 30),
    ("negative", "-5", None),
    ("a word", "soon", None),
    ("empty", "", None),
    ("an exponent", "1e3", None),
    ("digits of another script", "٣", None),
    ("absurdly large", str(LONGEST_WAIT + 1), None),
    ("absurdly many digits", "9" * 5000, None),
    ("absurdly far", "Fri, 31 Dec 9999 23:59:59 GMT", None),
    ("no such day", "Sun, 32 Nov 2026 12:00:00 GMT", None),
    ("a zone that is none", "Sun, 22 Nov 2026 12:00:00 +9999", None),
    ("a colon is no date", ":", None),
]


@pytest.mark.parametrize(("text", "seconds"), [row[1:] for row in RETRY_AFTER], ids=[row[0] for row in RETRY_AFTER])
def test_retry_after(text: str, seconds: float | None) -> None:
    wanted = None if seconds is None else RetryAfter(seconds, text.strip())
    assert parse_retry_after(text, date=None, now=NOW) == wanted
    assert parse_retry_after(text, date=DATE, now=None) == wanted


CLOCKS = [
    ("the response's Date beats our clock", DATE, NOW + timedelta(hours=3), 10),
    ("our clock when the Date is missing", None, NOW + timedelta(seconds=4), 6),
    ("our clock when the Date makes no sense", "today", NOW, 10),
    ("our clock in another zone", None, NOW.astimezone(timezone(timedelta(hours=-5))), 10),
    ("a clock without a zone is UTC", None, NOW.replace(tzinfo=None), 10),
    ("no clock", None, None, None),
]


@pytest.mark.parametrize(("date", "now", "seconds"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS])
def test_retry_after_is_judged_by(date: str | None, now: datetime | None, seconds: float | None) -> None:
    text = "Sun, 22 Nov 2026 12:00:10 GMT"
    assert parse_retry_after(text, date=date, now=now) == (None if seconds is None else RetryAfter(seconds, text))


def test_seconds_need_no_clock() -> None:
    assert parse_retry_after("5", date=None, now=None) == RetryAfter(5, "5")


def test_whole_waits_are_whole_numbers() -> None:
    found = parse_retry_after("5", date=None, now=None)
    assert found is not None
    assert str(found.seconds) == "5"


# RateLimit


def limit(source: str, limit: int | None, remaining: int | None, reset: float | None) -> RateLimit:
    return RateLimit(limit=limit, remaining=remaining, reset_seconds=reset, source=source)


RATE_LIMITS = [
    ("nothing", {}, None),
    (
        "draft 08: one policy",
        {"RateLimit": '"default";r=0;t=30', "RateLimit-Policy": '"default";q=100;w=60'},
        limit("RateLimit", 100, 0, 30),
    ),
    ("draft 08: no policy given", {"RateLimit": '"default";r=7'}, limit("RateLimit", None, 7, None)),
    (
        "draft 08: a token for a name",
        {"RateLimit": "default;r=0;t=30", "RateLimit-Policy": "default;q=5"},
        limit("RateLimit", 5, 0, 30),
    ),
    (
        "draft 08: the policy with the least left",
        {"RateLimit": '"day";r=50;t=900, "burst";r=2;t=3'},
        limit("RateLimit", None, 2, 3),
    ),
    (
        "draft 08: of two used up the longer",
        {"RateLimit": '"burst";r=0;t=3, "day";r=0;t=900, "x";r=0'},
        limit("RateLimit", None, 0, 900),
    ),
    ("draft 08: no remainder given", {"RateLimit": '"a";t=5, "b";r=3'}, limit("RateLimit", None, 3, None)),
    ("draft 08: a decimal time", {"RateLimit": '"a";r=0;t=1.5'}, limit("RateLimit", None, 0, 1.5)),
    ("draft 08: values of the wrong type", {"RateLimit": '"a";r;t="5", "b";r=-1;t=-5, ("c");r=0;t=5, "d"'}, None),
    ("draft 08: an absurd time", {"RateLimit": '"a";r=0;t=99999999999'}, limit("RateLimit", None, 0, None)),
    ("draft 08: broken", {"RateLimit": '"default;r=0'}, None),
    (
        "draft 08: a dictionary where a policy list should be",
        {"RateLimit": '"a";r=0;t=5', "RateLimit-Policy": "a=1;q=2"},
        limit("RateLimit", None, 0, 5),
    ),
    ("draft 08: beyond ASCII", {"RateLimit": '"ä";r=0;t=5'}, None),
    ("draft 07: a dictionary", {"RateLimit": "limit=100, remaining=0, reset=30"}, limit("RateLimit", 100, 0, 30)),
    ("draft 07: only a reset", {"RateLimit": "reset=30"}, limit("RateLimit", None, None, 30)),
    (
        "drafts 00 to 06",
        {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
        limit("RateLimit-Reset", 100, 0, 30),
    ),
    (
        "vendors: seconds",
        {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"},
        limit("X-RateLimit-Reset", 60, 0, 12),
    ),
    ("vendors: since 1970", {"X-RateLimit-Reset": str(EPOCH + 42)}, limit("X-RateLimit-Reset", None, None, 42)),
    ("vendors: since 1970, passed", {"X-RateLimit-Reset": str(EPOCH - 42)}, limit("X-RateLimit-Reset", None, None, 0)),
    (
        "vendors: milliseconds since 1970",
        {"X-RateLimit-Reset": str((EPOCH + 42) * 1000)},
        limit("X-RateLimit-Reset", None, None, 42),
    ),
    ("vendors: microseconds since 1970 make no sense", {"X-RateLimit-Reset": str(EPOCH * 1_000_000)}, None),
    (
        "vendors: an ISO 8601 moment",
        {"X-RateLimit-Reset": datetime.fromtimestamp(EPOCH + 42, UTC).isoformat().replace("+00:00", "Z")},
        limit("X-RateLimit-Reset", None, None, 42),
    ),
    ("vendors: no moment of ISO 8601", {"X-RateLimit-Reset": "2026-13-41T99:99:99Z"}, None),
    (
        "vendors: an HTTP-date",
        {"RateLimit-Reset": format_datetime(datetime.fromtimestamp(EPOCH + 42, UTC), usegmt=True)},
        limit("RateLimit-Reset", None, None, 42),
    ),
    ("vendors: the other spelling", {"X-Rate-Limit-Remaining": "3"}, limit("X-Rate-Limit-Remaining", None, 3, None)),
    ("vendors: only a limit", {"X-RateLimit-Limit": "60"}, limit("X-RateLimit-Limit", 60, None, None)),
    (
        "vendors: sent twice, the longest",
        {"X-RateLimit-Reset": "5, 30, soon"},
        limit("X-RateLimit-Reset", None, None, 30),
    ),
    (
        "vendors: no numbers",
        {"X-RateLimit-Reset": "soon", "X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "-1"},
        None,
    ),
    ("vendors: 5,000 digits", {"X-RateLimit-Reset": "9" * 5000, "X-RateLimit-Limit": "9" * 5000}, None),
    (
        "the family that says when",
        {"RateLimit": '"a";r=1', "X-RateLimit-Reset": "9"},
        limit("X-RateLimit-Reset", None, None, 9),
    ),
    ("else the first", {"RateLimit": '"a";r=1', "X-RateLimit-Remaining": "9"}, limit("RateLimit", None, 1, None)),
]


@pytest.mark.parametrize(("fields", "found"), [row[1:] for row in RATE_LIMITS], ids=[row[0] for row in RATE_LIMITS])
def test_rate_limit(fields: dict[str, str], found: RateLimit | None) -> None:
    assert parse_rate_limit(Headers.of(fields.items()), now=NOW) == found
    assert parse_rate_limit(Headers.of([*fields.items(), ("Date", DATE)]), now=None) == found


def test_an_epoch_needs_a_clock() -> None:
    headers = Headers.of([("X-RateLimit-Reset", str(EPOCH + 42)), ("X-RateLimit-Remaining", "0")])
    assert parse_rate_limit(headers, now=None) == limit("X-RateLimit-Remaining", None, 0, None)


ADVICE = [
    ("nothing", {}, None),
    ("Retry-After", {"Retry-After": "5"}, WaitAdvice(seconds=5, source="Retry-After", as_sent="5")),
    (
        "Retry-After wins",
        {"RateLimit": '"a";r=0;t=30', "Retry-After": "5"},
        WaitAdvice(seconds=5, source="Retry-After", as_sent="5"),
    ),
    (
        "unless it makes no sense",
        {"RateLimit": '"a";r=0;t=30', "Retry-After": "soon"},
        WaitAdvice(seconds=30, source="RateLimit", as_sent='"a";r=0;t=30'),
    ),
    (
        "a vendor's field",
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(EPOCH + 9)},
        WaitAdvice(seconds=9, source="X-RateLimit-Reset", as_sent=str(EPOCH + 9)),
    ),
    (
        "how much is left is not said",
        {"RateLimit-Reset": "8"},
        WaitAdvice(seconds=8, source="RateLimit-Reset", as_sent="8"),
    ),
    ("the quota is not used up", {"RateLimit": '"a";r=3;t=30'}, None),
    ("no time is said", {"RateLimit": '"a";r=0'}, None),
]


@pytest.mark.parametrize(("fields", "advice"), [row[1:] for row in ADVICE], ids=[row[0] for row in ADVICE])
def test_wait_advice(fields: dict[str, str], advice: WaitAdvice | None) -> None:
    assert wait_advice(Headers.of(fields.items()), now=NOW) == advice


def test_retry_after_sent_twice() -> None:
    headers = Headers.of([("Retry-After", "5"), ("retry-after", "60"), ("Date", DATE)])
    assert wait_advice(headers, now=None) == WaitAdvice(seconds=60, source="Retry-After", as_sent="5, 60")


def test_http_sf_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, davlock.protocol.retry_after; sys.exit('http_sf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


# Properties

PARSERS: list[Callable[[str], object]] = [
    parse_etag,
    parse_etag_leniently,
    parse_etag_list,
    parse_timeout,
    parse_lock_token,
    parse_depth,
]

_WIRE = st.text() | st.text(st.sampled_from('Second-Infiniy019.,*W/w"<>: \t\r\n\x00é²')) | st.from_regex(r"[ -~]{0,30}")


@pytest.mark.parametrize("parse", PARSERS)
@given(text=_WIRE)
def test_any_text_is_a_value_or_the_servers_fault(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except RemoteProtocolError as error:
        message = str(error)
    else:
        message = ""
    assert len(message) < 200


@given(st.text(st.characters(exclude_characters='"\x7f', exclude_categories=["Cc", "Cs"])), st.booleans())
@example("", True)
def test_etags_parse_back_equal(value: str, weak: bool) -> None:
    etag = EntityTag(value, weak)
    assert parse_etag(str(etag)) == etag
    assert parse_etag_leniently(str(etag)) == (etag, ())
    assert parse_etag_list(f"{etag}, {etag}") == EtagCondition(False, (etag, etag))


@given(st.integers(0, LARGEST_TIMEOUT))
def test_allowed_seconds_come_back_without_deviations(seconds: int) -> None:
    timeout, deviations = parse_timeout(f"Second-{seconds}")
    assert (timeout.seconds, deviations) == (seconds, ())


@given(st.from_regex(r"\A[A-Za-z][A-Za-z0-9+.:/?#@!$&'()*,;=%_~-]*\Z"))
def test_coded_tokens_parse_back_equal(uri: str) -> None:
    assert parse_lock_token(LockToken(uri).coded) == (LockToken(uri), ())


_MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.none()
_DATEISH = st.from_regex(
    r"\A(?:[A-Za-z]{0,9},? )?[0-9]{0,3}[- ][A-Za-z0-9]{0,4}[- ][0-9]{0,5} [0-9:]{0,9} ?[A-Z0-9+-]{0,6}\Z"
)


@given(_WIRE | _DATEISH, _WIRE | _DATEISH | st.none(), _MOMENTS)
@example("Sat, 01 Jan 0001 00:00:00 +2359", DATE, None)
@example("1 Jan 99999999999999999999 00:00:00", DATE, None)
@example("Mon, 1 Jan 2026 00:00:00 +99999999999999", DATE, None)
def test_any_retry_after_is_a_wait_or_no_advice(text: str, date: str | None, now: datetime | None) -> None:
    found = parse_retry_after(text, date=date, now=now)
    assert found is None or 0 <= found.seconds <= LONGEST_WAIT


_FIELDS = st.sampled_from(
    [
        "Retry-After",
        "Date",
        "RateLimit",
        "RateLimit-Policy",
        "RateLimit-Reset",
        "X-RateLimit-Remaining",
        "X-Rate-Limit-Reset",
    ]
)
_FIELD_TEXT = _WIRE | st.text(st.sampled_from('";=,()abrqtw019.:?@%-* '))


@given(st.lists(st.tuples(_FIELDS, _FIELD_TEXT)), _MOMENTS)
def test_any_headers_give_advice_or_none(fields: list[tuple[str, str]], now: datetime | None) -> None:
    headers = Headers.of(fields)
    limit = parse_rate_limit(headers, now=now)
    assert limit is None or limit.source in headers
    advice = wait_advice(headers, now=now)
    assert advice is None or (
        0 <= advice.seconds <= LONGEST_WAIT and advice.as_sent == (headers.get(advice.source) or "").strip()
    )
