"""What an activelock says, in every shape that servers were seen to give it, and the body of a LOCK answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from davlock.errors import RemoteProtocolError
from davlock.protocol.deviation import Deviation
from davlock.protocol.lock import (
    ActiveLock,
    Depth,
    LockEntry,
    LockRoot,
    LockScope,
    LockToken,
    LockType,
    Owner,
    Timeout,
)
from davlock.protocol.lockdiscovery import parse_activelock, parse_lock_answer, parse_lockdiscovery, parse_supportedlock
from tests.capture.recordings import response_of

BASE = "http://dav.example/g/f.txt"


def element(inner: str) -> etree._Element:
    return etree.fromstring(f'<D:x xmlns:D="DAV:">{inner}</D:x>')


def active(inner: str) -> tuple[ActiveLock, list[str]]:
    """A lock with a root and ``inner``, and where it departs from RFC 4918."""
    deviations: list[Deviation] = []
    root = "" if "lockroot" in inner else "<D:lockroot><D:href>/g/f.txt</D:href></D:lockroot>"
    return parse_activelock(element(inner + root), BASE, deviations), [deviation.where for deviation in deviations]


RFC_9_10_7 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:prop xmlns:D="DAV:">
  <D:lockdiscovery>
    <D:activelock>
      <D:locktype><D:write/></D:locktype>
      <D:lockscope><D:exclusive/></D:lockscope>
      <D:depth>infinity</D:depth>
      <D:owner>
        <D:href>http://example.org/~ejw/contact.html</D:href>
      </D:owner>
      <D:timeout>Second-604800</D:timeout>
      <D:locktoken>
        <D:href
        >urn:uuid:e71d4fae-5dec-22d6-fea5-00a0c91e6be4</D:href>
      </D:locktoken>
      <D:lockroot>
        <D:href
        >http://example.com/workspace/webdav/proposal.doc</D:href>
      </D:lockroot>
    </D:activelock>
  </D:lockdiscovery>
</D:prop>
"""


def test_rfc_4918_section_9_10_7() -> None:
    (lock,), deviations = parse_lock_answer(RFC_9_10_7, "http://example.com/workspace/webdav/proposal.doc")
    assert (lock.scope, lock.type, lock.depth) == (LockScope.EXCLUSIVE, LockType.WRITE, Depth.INFINITY)
    assert lock.timeout == Timeout(604800, "Second-604800")
    assert lock.token == LockToken("urn:uuid:e71d4fae-5dec-22d6-fea5-00a0c91e6be4")
    url = "http://example.com/workspace/webdav/proposal.doc"
    assert lock.root == LockRoot(url, url)
    assert lock.owner is not None
    assert lock.owner.text == "http://example.org/~ejw/contact.html"
    assert lock.owner.xml == '<D:href xmlns:D="DAV:">http://example.org/~ejw/contact.html</D:href>'
    assert lock.vendor == ()
    assert deviations == ()


def test_a_lock_answer_cut_off_anywhere_is_refused() -> None:
    for end in range(len(RFC_9_10_7.rstrip())):
        with pytest.raises(RemoteProtocolError):
            parse_lock_answer(RFC_9_10_7[:end], BASE)


ALICE = "http://example.org/~alice"
NO_ROOT = ["activelock"]

RECORDED = [
    ("Apache", "apache-lock", "opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1", 60, None, ALICE, NO_ROOT),
    ("lighttpd", "lighttpd-lock", "urn:uuid:1c3d8351-d380-42d2-b944-a38d46496151", 60, "/g/f.txt", None, []),
    ("nginx", "nginx-lock", "urn:709135ca", 3600, "/g/f.txt", None, []),
    ("rclone", "rclone-lock", "1795350187", 60, "/g/f.txt", ALICE, ["activelock/locktoken"]),
    (
        "WsgiDAV",
        "wsgidav-lock",
        "opaquelocktoken:0x41ebbe835e696573e11dcecc80ab70a62e53675eff05bbbd098dcdc530efbdb8",
        59,
        "/g/f.txt",
        ALICE,
        [],
    ),
]


@pytest.mark.parametrize(
    ("name", "token", "seconds", "root", "owner", "said"), [r[1:] for r in RECORDED], ids=[r[0] for r in RECORDED]
)
def test_what_servers_answer_to_lock(
    name: str, token: str, seconds: int, root: str | None, owner: str | None, said: list[str]
) -> None:
    (lock,), deviations = parse_lock_answer(response_of(name).partition(b"\r\n\r\n")[2], BASE)
    assert (lock.scope, lock.type, lock.depth) == (LockScope.EXCLUSIVE, LockType.WRITE, Depth.ZERO)
    assert lock.token == LockToken(token)
    assert lock.timeout == Timeout(seconds, f"Second-{seconds}")
    assert lock.root == (LockRoot(BASE, root) if root else None)
    assert (lock.owner and lock.owner.text) == owner
    assert [deviation.where for deviation in deviations] == said


TOKENS = [
    ("Apache, sabre, pywebdav3", "opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1", True),
    ("lighttpd, Tomcat, Nephele", "urn:uuid:1c3d8351-d380-42d2-b944-a38d46496151", True),
    ("nginx", "urn:709135ca", True),
    ("WsgiDAV", "opaquelocktoken:0x41ebbe835e696573e11dcecc80ab70a62e53675eff05bbbd098dcdc530efbdb8", True),
    ("Zope", "opaquelocktoken:0.8-1.3-00105A989226:1795350", True),
    ("rclone and other Go servers", "1795350197", False),
    ("copyparty", "0b1c2d3e-1111-4222-8333-444455556666", False),
    ("neon's tests", "sometoken", False),
    ("blanks in it", "bad token with spaces", False),
]


@pytest.mark.parametrize(("uri", "proper"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
def test_tokens_are_kept_as_sent(uri: str, proper: bool) -> None:
    lock, said = active(f"<D:locktoken>\n<D:href> {uri}\n</D:href>\n</D:locktoken>")
    assert lock.token == LockToken(uri)
    assert said == ([] if proper else ["activelock/locktoken"])


def test_a_token_without_href_is_read() -> None:
    assert active("<D:locktoken>urn:a</D:locktoken>")[0].token == LockToken("urn:a")


@pytest.mark.parametrize("inner", ["", "<D:locktoken/>", "<D:locktoken><D:href/></D:locktoken>"])
def test_a_lock_without_token_is_a_lock(inner: str) -> None:
    """sabre/dav 1.8 hides tokens."""
    lock, said = active(inner + "<D:lockscope><D:exclusive/></D:lockscope>")
    assert (lock.token, lock.scope, said) == (None, LockScope.EXCLUSIVE, [])


TIMEOUTS = [
    ("RFC 4918", "Second-604800", Timeout(604800, "Second-604800"), False),
    ("RFC 4918, never", "Infinite", Timeout(None, "Infinite"), False),
    ("zero, which Go means as never", "Second-0", Timeout(0, "Second-0"), False),
    ("Nephele: a fraction", "Second-59.98", Timeout(59.98, "Second-59.98"), True),
    ("pywebdav3: Infinite as a number", "Second-Infinite", Timeout(None, "Second-Infinite"), True),
    ("pywebdav3 after a refresh", "Second-Second-120", Timeout(120, "Second-Second-120"), True),
    ("chezdav after the lock has run out", "Second--2", Timeout(0, "Second--2"), True),
    ("webdav-server: milliseconds", "Second-3599991", Timeout(3599991, "Second-3599991"), False),
    ("AsgiWebDAV: beyond the limit", "Second-99999999999999", Timeout(2**32 - 1, "Second-99999999999999"), True),
    ("what nobody has seen is unknown and not zero", "soon", None, True),
    ("empty", "", None, True),
]


@pytest.mark.parametrize(("text", "timeout", "odd"), [row[1:] for row in TIMEOUTS], ids=[row[0] for row in TIMEOUTS])
def test_timeouts(text: str, timeout: Timeout | None, odd: bool) -> None:
    lock, said = active(f"<D:timeout> {text} </D:timeout>")
    assert lock.timeout == timeout
    assert lock.timeout is None or lock.timeout.infinite == (timeout is not None and timeout.seconds is None)
    assert bool(said) is odd


def test_chezdav_leaves_the_timeout_out() -> None:
    lock, said = active("<D:depth>0</D:depth>")
    assert (lock.timeout, said) == (None, [])


OWNERS = [
    ("words", "<D:owner>Jane Smith</D:owner>", "Jane Smith", "Jane Smith"),
    (
        "XML as sent",
        "<D:owner><D:href>http://a/</D:href></D:owner>",
        "http://a/",
        '<D:href xmlns:D="DAV:">http://a/</D:href>',
    ),
    (
        "Apache: new prefixes",
        '<ns0:owner xmlns:ns0="DAV:"><ns0:href>mailto:bob@example.org</ns0:href></ns0:owner>',
        "mailto:bob@example.org",
        '<ns0:href xmlns:D="DAV:" xmlns:ns0="DAV:">mailto:bob@example.org</ns0:href>',
    ),
    (
        "Tomcat: XML as words",
        "<D:owner>&lt;D:href&gt;me&lt;/D:href&gt;</D:owner>",
        "<D:href>me</D:href>",
        "&lt;D:href&gt;me&lt;/D:href&gt;",
    ),
    (
        "Tomcat: XML as words, with its namespace",
        "<D:owner>&lt;href xmlns=&quot;DAV:&quot;&gt;mailto:al&lt;/href&gt;</D:owner>",
        "mailto:al",
        '&lt;href xmlns="DAV:"&gt;mailto:al&lt;/href&gt;',
    ),
    ("an address is no XML", "<D:owner>&lt;al@example.org&gt;</D:owner>", "<al@example.org>", "&lt;al@example.org&gt;"),
    ("an element without words", "<D:owner>&lt;al/&gt;</D:owner>", "<al/>", "&lt;al/&gt;"),
    (
        "AsgiWebDAV: Python's words",
        "<D:owner>{'DAV::href': 'me'}</D:owner>",
        "{'DAV::href': 'me'}",
        "{'DAV::href': 'me'}",
    ),
    (
        "words and elements",
        "<D:owner> by <b>Jane</b> &amp; Joe </D:owner>",
        "by Jane & Joe",
        "by <b>Jane</b> &amp; Joe",
    ),
    ("an element without words", "<D:owner><a/></D:owner>", "", "<a/>"),
]


@pytest.mark.parametrize(("inner", "text", "xml"), [row[1:] for row in OWNERS], ids=[row[0] for row in OWNERS])
def test_owners(inner: str, text: str, xml: str) -> None:
    lock, said = active(inner)
    assert lock.owner is not None
    assert lock.owner.text == text
    assert lock.owner.xml.replace(' xmlns:D="DAV:"', "") == xml.replace(' xmlns:D="DAV:"', "")
    assert said == []


@pytest.mark.parametrize("inner", ["", "<D:owner/>", "<D:owner> \n </D:owner>"])
def test_no_owner(inner: str) -> None:
    """lighttpd and nginx drop it."""
    assert active(inner)[0].owner is None


ROOTS = [
    ("a path", "/g/f.txt", LockRoot("http://dav.example/g/f.txt", "/g/f.txt")),
    (
        "webdav-server: an absolute URL",
        "http://other.example/a",
        LockRoot("http://other.example/a", "http://other.example/a"),
    ),
    (
        "not escaped, as of nginx, sabre, chezdav",
        "/g/sp é.txt",
        LockRoot("http://dav.example/g/sp%20%C3%A9.txt", "/g/sp é.txt"),
    ),
    (
        "not escaped, with characters that mean something in a URL",
        "/g/100% #1?.txt",
        LockRoot("http://dav.example/g/100%25%20%231%3F.txt", "/g/100% #1?.txt"),
    ),
    ("a collection above", "/g/", LockRoot("http://dav.example/g/", "/g/")),
    ("relative", "f2.txt", LockRoot("http://dav.example/g/f2.txt", "f2.txt")),
    ("no URL at all", "http://[::1", LockRoot("http://[::1", "http://[::1")),
]


@pytest.mark.parametrize(("href", "root"), [row[1:] for row in ROOTS], ids=[row[0] for row in ROOTS])
def test_lockroots(href: str, root: LockRoot) -> None:
    assert active(f"<D:lockroot><D:href>\n{href} </D:href></D:lockroot>") == (
        active(f"<D:lockroot>{href}</D:lockroot>")[0],
        [],
    )
    assert active(f"<D:lockroot><D:href>{href}</D:href></D:lockroot>")[0].root == root


@pytest.mark.parametrize("inner", ["<D:lockroot/>", "<D:lockroot><D:href/></D:lockroot>"])
def test_a_lock_without_lockroot_says_so(inner: str) -> None:
    """Apache, AsgiWebDAV, pywebdav3, Zope and xwing leave it out."""
    lock, said = active(inner)
    assert (lock.root, said) == (None, ["activelock"])


DEPTHS = [
    ("0", "0", Depth.ZERO),
    ("1", "1", Depth.ONE),
    ("infinity", "infinity", Depth.INFINITY),
    ("Tomcat and webdav-server", "Infinity", Depth.INFINITY),
    ("white space", " infinity\n", Depth.INFINITY),
    ("another word", "2", None),
    ("nothing", "", None),
]


@pytest.mark.parametrize(("text", "depth"), [row[1:] for row in DEPTHS], ids=[row[0] for row in DEPTHS])
def test_depths(text: str, depth: Depth | None) -> None:
    assert active(f"<D:depth>{text}</D:depth>")[0].depth == depth


SCOPES = [
    ("exclusive", "<D:exclusive/>", LockScope.EXCLUSIVE),
    ("shared", "<D:shared/>", LockScope.SHARED),
    ("webdav-server: in no namespace", "<exclusive/>", LockScope.EXCLUSIVE),
    ("an undefined one", "<D:local/>", None),
    ("of another namespace", '<exclusive xmlns="urn:x"/>', None),
    ("words", "exclusive", None),
    ("nothing", "", None),
]


@pytest.mark.parametrize(("inner", "scope"), [row[1:] for row in SCOPES], ids=[row[0] for row in SCOPES])
def test_scopes(inner: str, scope: LockScope | None) -> None:
    assert active(f"<D:lockscope>{inner}</D:lockscope>")[0].scope == scope


def test_types() -> None:
    assert active("<D:locktype><D:write/></D:locktype>")[0].type is LockType.WRITE
    assert active("<D:locktype><write/></D:locktype>")[0].type is LockType.WRITE
    assert active('<D:locktype><T:transaction xmlns:T="DAV:"/></D:locktype>')[0].type is None


def test_elements_beside_those_of_rfc_4918_are_kept() -> None:
    lock, said = active('<n:lock-owner xmlns:n="http://nextcloud.org/ns"> alice </n:lock-owner>')
    assert lock.vendor == (("{http://nextcloud.org/ns}lock-owner", "alice"),)
    assert said == []


def test_children_in_no_namespace_are_read_and_told() -> None:
    """chezdav's PROPFIND."""
    lock, said = active("<depth>0</depth><lockroot><href>/a</href></lockroot>")
    assert (lock.depth, lock.root) == (Depth.ZERO, LockRoot("http://dav.example/a", "/a"))
    assert said == ["activelock/depth", "activelock/lockroot"]


def test_an_empty_activelock_is_a_lock_of_which_nothing_is_known() -> None:
    deviations: list[Deviation] = []
    assert parse_activelock(element(""), BASE, deviations) == ActiveLock(
        scope=None, type=None, depth=None, owner=None, timeout=None, token=None, root=None
    )
    assert len(deviations) == 1


def test_several_locks_in_their_order() -> None:
    inner = "".join(
        f"<D:activelock><D:locktoken><D:href>urn:{name}</D:href></D:locktoken></D:activelock><x/>" for name in "ab"
    )
    deviations: list[Deviation] = []
    locks = parse_lockdiscovery(element(inner), BASE, deviations)
    assert [lock.token for lock in locks] == [LockToken("urn:a"), LockToken("urn:b")]
    assert parse_lockdiscovery(element(""), BASE, deviations) == ()


def test_supportedlock() -> None:
    entry = "<D:lockentry><D:lockscope><D:{}/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>"
    assert parse_supportedlock(element(entry.format("exclusive") + "<x/>" + entry.format("shared"))) == (
        LockEntry(LockScope.EXCLUSIVE, LockType.WRITE),
        LockEntry(LockScope.SHARED, LockType.WRITE),
    )
    assert parse_supportedlock(element("<D:lockentry/>")) == (LockEntry(None, None),)
    assert parse_supportedlock(element("")) == ()


ANSWERS = [
    ("the property alone", b'<lockdiscovery xmlns="DAV:"><activelock/></lockdiscovery>', 1),
    ("an empty one", b'<D:prop xmlns:D="DAV:"><D:lockdiscovery/></D:prop>', 0),
    (
        "a 207 with it inside",
        b'<m xmlns="DAV:"><response><lockdiscovery><activelock/></lockdiscovery></response></m>',
        1,
    ),
    ("a prefix that nobody declared", b"<D:prop><D:lockdiscovery><D:activelock/></D:lockdiscovery></D:prop>", 1),
    (
        "pywebdav3 and Zope: an owner whose prefix nobody declared",
        b'<prop xmlns="DAV:"><lockdiscovery><activelock><owner><D:href>me</D:href></owner></activelock>'
        b"</lockdiscovery></prop>",
        1,
    ),
]


@pytest.mark.parametrize(("body", "count"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_lock_answers(body: bytes, count: int) -> None:
    locks, _ = parse_lock_answer(body, BASE)
    assert len(locks) == count


def test_an_owner_with_an_undeclared_prefix_keeps_its_words() -> None:
    (lock,), deviations = parse_lock_answer(ANSWERS[-1][1], BASE)
    assert lock.owner is not None
    assert lock.owner.text == "me"
    assert "Namespace prefix D on href is not defined" in [deviation.what for deviation in deviations]


NO_ANSWERS = [
    ("nothing", b"", "no root element"),
    ("words", b"Locked", "not XML"),
    ("an error", b'<D:error xmlns:D="DAV:"/>', "its root is <error>"),
    ("another vocabulary", b'<r xmlns="urn:x"><lockdiscovery/></r>', "its root is <{urn:x}r>"),
    ("entities", b'<!DOCTYPE p [<!ENTITY a "b">]><p/>', "entities"),
]


@pytest.mark.parametrize(("body", "why"), [row[1:] for row in NO_ANSWERS], ids=[row[0] for row in NO_ANSWERS])
def test_what_is_no_lock_answer(body: bytes, why: str) -> None:
    with pytest.raises(RemoteProtocolError, match=why):
        parse_lock_answer(body, BASE)


def test_the_charset_of_the_answer_is_used() -> None:
    body = b'<D:lockdiscovery xmlns:D="DAV:"><D:activelock><D:owner>\xe9</D:owner></D:activelock></D:lockdiscovery>'
    (lock,), _ = parse_lock_answer(body, BASE, charset="ISO-8859-1")
    assert lock.owner == Owner("é", "é")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_words_are_read(token: str, timeout: str, href: str) -> None:
    root = etree.Element("{DAV:}activelock")
    try:
        for name, text in (
            ("timeout", timeout),
            ("locktoken", token),
            ("lockroot", href),
            ("owner", href),
            ("depth", href),
        ):
            etree.SubElement(root, f"{{DAV:}}{name}").text = text
    except ValueError:
        return  # no XML can hold it
    lock = parse_activelock(root, BASE, [])
    assert (lock.token.uri if lock.token else "") == token.strip()
    assert lock.timeout is None or lock.timeout.seconds is None or lock.timeout.seconds >= 0


def test_a_plain_owner_is_in_memory_once() -> None:
    lock, _ = active(f"<D:owner>{'o' * 1000}</D:owner>")
    assert lock.owner is not None
    assert lock.owner.xml is lock.owner.text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "opaquelocktoken:ABCDEF01-1111-4111-8111-111111111111",
            "opaquelocktoken:abcdef01-1111-4111-8111-111111111111",
            True,
        ),
        (
            "opaquelocktoken:abcdef01-1111-4111-8111-111111111111",
            "OPAQUELOCKTOKEN:abcdef01-1111-4111-8111-111111111111",
            False,
        ),
        ("urn:uuid:abcdef01-1111-4111-8111-111111111111?A", "urn:uuid:ABCDEF01-1111-4111-8111-111111111111?a", False),
        ("opaquelocktoken:abc", "opaquelocktoken:ABC", False),
    ],
)
def test_only_the_case_of_a_uuid_does_not_count(one: str, other: str, same: bool) -> None:
    assert (LockToken(one) == LockToken(other)) is same
    assert (len({LockToken(one), LockToken(other)}) == 1) is same
    assert LockToken(one) != one
