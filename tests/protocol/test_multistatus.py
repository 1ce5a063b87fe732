"""The 207 body: RFC 4918's own examples, what servers make of them, and bodies that must not pass."""

import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from davlock.protocol.multistatus import (
    Multistatus,
    MultistatusParser,
    Property,
    PropStat,
    ResponseElement,
    parse_multistatus,
    parse_status_line,
)
from tests.capture.recordings import response_of

BASE = "http://dav.example/g/f.txt"

EXCLUSIVE = LockEntry(LockScope.EXCLUSIVE, LockType.WRITE)
SHARED = LockEntry(LockScope.SHARED, LockType.WRITE)


def body_of(name: str) -> bytes:
    return response_of(name).partition(b"\r\n\r\n")[2]


def wrapped(*responses: str) -> bytes:
    return f'<D:multistatus xmlns:D="DAV:">{"".join(responses)}</D:multistatus>'.encode()


def of_response(inner: str) -> Multistatus:
    return parse_multistatus(wrapped(f"<D:response>{inner}</D:response>"), BASE)


def fed(pieces: Iterable[bytes]) -> Multistatus | None:
    """As :func:`parse_multistatus`, from pieces; nothing where it is refused."""
    responses: list[ResponseElement] = []
    parser = MultistatusParser(BASE, responses.append)
    try:
        for piece in pieces:
            parser.feed(piece)
        description = parser.close()
    except RemoteProtocolError:
        return None
    return Multistatus(responses=tuple(responses), description=description, deviations=parser.deviations)


RFC_9_1_3 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:">
  <D:response xmlns:R="http://ns.example.com/boxschema/">
    <D:href>http://www.example.com/file</D:href>
    <D:propstat>
      <D:prop>
        <R:bigbox>
          <R:BoxType>Box type A</R:BoxType>
        </R:bigbox>
        <R:author>
          <R:Name>J.J. Johnson</R:Name>
        </R:author>
      </D:prop>
      <D:status>HTTP/1.1 200 OK</D:status>
    </D:propstat>
    <D:propstat>
      <D:prop><R:DingALing/><R:Random/></D:prop>
      <D:status>HTTP/1.1 403 Forbidden</D:status>
      <D:responsedescription> The user does not have access to the
 DingALing property.
      </D:responsedescription>
    </D:propstat>
  </D:response>
  <D:responsedescription> There has been an access violation error.
  </D:responsedescription>
</D:multistatus>
"""

RFC_9_2_2 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:"
    xmlns:Z="http://ns.example.com/standards/z39.50">
  <D:response>
    <D:href>http://www.example.com/bar.html</D:href>
    <D:propstat>
      <D:prop><Z:Authors/></D:prop>
      <D:status>HTTP/1.1 424 Failed Dependency</D:status>
    </D:propstat>
    <D:propstat>
      <D:prop><Z:Copyright-Owner/></D:prop>
      <D:status>HTTP/1.1 409 Conflict</D:status>
    </D:propstat>
    <D:responsedescription> Copyright Owner cannot be deleted or
 altered.</D:responsedescription>
  </D:response>
</D:multistatus>
"""

RFC_9_6_2 = b"""<?xml version="1.0" encoding="utf-8" ?>
<d:multistatus xmlns:d="DAV:">
  <d:response>
    <d:href>http://www.example.com/container/resource3</d:href>
    <d:status>HTTP/1.1 423 Locked</d:status>
    <d:error><d:lock-token-submitted/></d:error>
  </d:response>
</d:multistatus>
"""

RFC_9_10_9 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:">
  <D:response>
    <D:href>http://example.com/webdav/secret</D:href>
    <D:status>HTTP/1.1 403 Forbidden</D:status>
  </D:response>
  <D:response>
    <D:href>http://example.com/webdav/</D:href>
    <D:status>HTTP/1.1 424 Failed Dependency</D:status>
  </D:response>
</D:multistatus>
"""

RFC_15_8_1 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D='DAV:'>
  <D:response>
    <D:href>http://www.example.com/container/</D:href>
    <D:propstat>
      <D:prop>
        <D:lockdiscovery>
         <D:activelock>
          <D:locktype><D:write/></D:locktype>
          <D:lockscope><D:exclusive/></D:lockscope>
          <D:depth>0</D:depth>
          <D:owner>Jane Smith</D:owner>
          <D:timeout>Infinite</D:timeout>
          <D:locktoken>
            <D:href
        >urn:uuid:f81de2ad-7f3d-a1b2-4f3c-00a0c91a9d76</D:href>
          </D:locktoken>
          <D:lockroot>
            <D:href>http://www.example.com/container/</D:href>
          </D:lockroot>
         </D:activelock>
        </D:lockdiscovery>
      </D:prop>
      <D:status>HTTP/1.1 200 OK</D:status>
    </D:propstat>
  </D:response>
</D:multistatus>
"""

RFC_15_10_1 = b"""<?xml version="1.0" encoding="utf-8" ?>
<D:multistatus xmlns:D="DAV:">
  <D:response>
    <D:href>http://www.example.com/container/</D:href>
    <D:propstat>
      <D:prop>
        <D:supportedlock>
          <D:lockentry>
            <D:lockscope><D:exclusive/></D:lockscope>
            <D:locktype><D:write/></D:locktype>
          </D:lockentry>
          <D:lockentry>
            <D:lockscope><D:shared/></D:lockscope>
            <D:locktype><D:write/></D:locktype>
          </D:lockentry>
        </D:supportedlock>
      </D:prop>
      <D:status>HTTP/1.1 200 OK</D:status>
    </D:propstat>
  </D:response>
</D:multistatus>
"""

RFC_EXAMPLES = [
    ("RFC 4918 §9.1.3", RFC_9_1_3),
    ("RFC 4918 §9.2.2", RFC_9_2_2),
    ("RFC 4918 §9.6.2", RFC_9_6_2),
    ("RFC 4918 §9.10.9", RFC_9_10_9),
    ("RFC 4918 §15.8.1", RFC_15_8_1),
    ("RFC 4918 §15.10.1", RFC_15_10_1),
]
every_example = pytest.mark.parametrize("body", [row[1] for row in RFC_EXAMPLES], ids=[row[0] for row in RFC_EXAMPLES])


def test_rfc_4918_section_9_1_3() -> None:
    found = parse_multistatus(RFC_9_1_3, BASE)
    (response,) = found.responses
    good, bad = response.propstats
    assert response.hrefs == ("http://www.example.com/file",)
    assert (response.status, response.description) == (None, None)
    assert (good.status, good.reason, good.ok) == (200, "OK", True)
    assert [(entry.name, entry.text) for entry in good.properties] == [
        ("{http://ns.example.com/boxschema/}bigbox", "Box type A"),
        ("{http://ns.example.com/boxschema/}author", "J.J. Johnson"),
    ]
    assert good.properties[0].xml.startswith("<R:BoxType ")
    assert bad.properties == (
        Property("{http://ns.example.com/boxschema/}DingALing", ""),
        Property("{http://ns.example.com/boxschema/}Random", ""),
    )
    assert (bad.status, bad.reason, bad.ok) == (403, "Forbidden", False)
    assert bad.description == "The user does not have access to the\n DingALing property."
    assert found.description == "There has been an access violation error."
    assert (found.failure, response.failed, response.worst) == (True, True, 403)


def test_rfc_4918_section_9_2_2() -> None:
    found = parse_multistatus(RFC_9_2_2, BASE)
    (response,) = found.responses
    assert [propstat.status for propstat in response.propstats] == [424, 409]
    assert response.description == "Copyright Owner cannot be deleted or\n altered."
    assert (found.description, found.failure) == (None, True)
    assert response.worst == 409, "the 424 is a mere consequence"


def test_rfc_4918_section_9_6_2() -> None:
    found = parse_multistatus(RFC_9_6_2, BASE)
    assert found.responses == (
        ResponseElement(
            hrefs=("http://www.example.com/container/resource3",),
            status=423,
            reason="Locked",
            error_codes=("lock-token-submitted",),
        ),
    )
    assert found.failure


def test_rfc_4918_section_9_10_9() -> None:
    found = parse_multistatus(RFC_9_10_9, BASE)
    assert [(response.hrefs, response.status) for response in found.responses] == [
        (("http://example.com/webdav/secret",), 403),
        (("http://example.com/webdav/",), 424),
    ]
    assert [response.worst for response in found.responses] == [403, 424]


def test_rfc_4918_section_15_8_1() -> None:
    (response,) = parse_multistatus(RFC_15_8_1, BASE).responses
    assert response.propstats[0].locks == (
        ActiveLock(
            scope=LockScope.EXCLUSIVE,
            type=LockType.WRITE,
            depth=Depth.ZERO,
            owner=Owner("Jane Smith", "Jane Smith"),
            timeout=Timeout(None, "Infinite"),
            token=LockToken("urn:uuid:f81de2ad-7f3d-a1b2-4f3c-00a0c91a9d76"),
            root=LockRoot("http://www.example.com/container/", "http://www.example.com/container/"),
        ),
    )
    assert response.propstats[0].supported is None


def test_rfc_4918_section_15_10_1() -> None:
    (response,) = parse_multistatus(RFC_15_10_1, BASE).responses
    assert response.propstats[0].supported == (EXCLUSIVE, SHARED)
    assert response.propstats[0].locks is None


@every_example
def test_rfc_4918_follows_itself(body: bytes) -> None:
    assert parse_multistatus(body, BASE).deviations == ()


@every_example
def test_a_body_is_the_same_wherever_it_is_split(body: bytes) -> None:
    whole = parse_multistatus(body, BASE)
    assert fed(body[at : at + 1] for at in range(len(body))) == whole
    assert all(fed([body[:at], body[at:]]) == whole for at in range(len(body)))


TRUNCATED = [
    *RFC_EXAMPLES,
    ("Apache", body_of("apache-propfind-locked")),
    ("WsgiDAV", body_of("wsgidav-propfind-locked")),
    ("WsgiDAV in UTF-16", body_of("wsgidav-propfind-locked").replace(b"UTF-8", b"utf-16").decode().encode("utf-16")),
    ("undeclared prefixes", b"<D:multistatus><D:response><D:href>/a</D:href></D:response></D:multistatus>"),
]


@pytest.mark.parametrize("body", [row[1] for row in TRUNCATED], ids=[row[0] for row in TRUNCATED])
def test_a_truncated_body_is_never_a_short_result(body: bytes) -> None:
    whole = parse_multistatus(body, BASE)
    for end in range(len(body.rstrip(b"\n"))):
        with pytest.raises(RemoteProtocolError):
            parse_multistatus(body[:end], BASE)
        assert fed([body[: end // 2], body[end // 2 : end]]) is None
    assert parse_multistatus(body.rstrip(b"\n"), BASE) == whole


RECORDED = [
    ("Apache", "apache-propfind-locked", "opaquelocktoken:e4446820-928b-4bc6-ad1d-13351748aab1", 60, None),
    ("lighttpd", "lighttpd-propfind-locked", "urn:uuid:1c3d8351-d380-42d2-b944-a38d46496151", 60, "/g/f.txt"),
    ("nginx", "nginx-propfind-locked", "urn:709135ca", 3600, "/g/f.txt"),
    (
        "WsgiDAV",
        "wsgidav-propfind-locked",
        "opaquelocktoken:0x41ebbe835e696573e11dcecc80ab70a62e53675eff05bbbd098dcdc530efbdb8",
        59,
        "/g/f.txt",
    ),
]


@pytest.mark.parametrize(
    ("name", "token", "seconds", "root"), [row[1:] for row in RECORDED], ids=[r[0] for r in RECORDED]
)
def test_what_servers_answer_while_locked(name: str, token: str, seconds: int, root: str | None) -> None:
    found = parse_multistatus(body_of(name), BASE)
    (response,) = found.responses
    (propstat,) = response.propstats
    assert response.hrefs == ("/g/f.txt",)
    assert propstat.locks is not None
    (lock,) = propstat.locks
    assert (lock.scope, lock.type, lock.depth) == (LockScope.EXCLUSIVE, LockType.WRITE, Depth.ZERO)
    assert lock.token == LockToken(token)
    assert lock.timeout == Timeout(seconds, f"Second-{seconds}")
    assert lock.root == (LockRoot(BASE, root) if root else None)
    assert propstat.supported is not None
    assert EXCLUSIVE in propstat.supported
    assert (SHARED in propstat.supported) is (name != "nginx-propfind-locked")
    no_root = Deviation("activelock", "has no lockroot (RFC 4918 §14.12 requires it)")
    assert found.deviations == (() if root else (no_root,))
    assert not found.failure


def test_two_shared_locks_of_apache() -> None:
    (response,) = parse_multistatus(body_of("apache-propfind-two-shared"), BASE).responses
    locks = response.propstats[0].locks or ()
    assert [(lock.scope, lock.owner and lock.owner.text) for lock in locks] == [
        (LockScope.SHARED, "mailto:bob@example.org"),
        (LockScope.SHARED, "http://example.org/~alice"),
    ]


def test_go_does_not_disclose_locks() -> None:
    found = parse_multistatus(body_of("rclone-propfind-locked"), BASE)
    good, bad = found.responses[0].propstats
    assert (good.status, good.locks, good.supported) == (200, None, (EXCLUSIVE,))
    assert (bad.status, bad.locks) == (404, ())
    assert not bad.ok


def test_wsgidav_has_lockdiscovery_in_a_500() -> None:
    bad, good = parse_multistatus(body_of("wsgidav-propfind-lockdiscovery-500"), BASE).responses[0].propstats
    assert (bad.status, bad.reason, bad.locks) == (500, "Internal Server Error", ())
    assert (good.status, good.locks) == (200, None)


def test_nginx_does_not_escape_the_lockroot() -> None:
    url = "http://dav.example/g/sp%20ace%20%C3%A9.txt"
    (response,) = parse_multistatus(body_of("nginx-propfind-unencoded-lockroot"), url).responses
    assert response.hrefs == ("/g/sp%20ace%20%C3%A9.txt",)
    (lock,) = response.propstats[0].locks or ()
    assert lock.root == LockRoot("http://dav.example/g/sp%20ace%20%C3%A9.txt", "/g/sp ace é.txt")


def test_apache_answers_207_to_a_put_that_failed() -> None:
    found = parse_multistatus(body_of("apache-put-new-member-207"), "http://dav.example/col/new.txt")
    assert [(response.hrefs[0], response.worst) for response in found.responses] == [
        ("/col/new.txt", 424),
        ("/col", 423),
    ]
    assert found.failure
    assert "This resource is locked" in (found.responses[1].description or "")


def test_apache_names_the_parent_in_a_424() -> None:
    (response,) = parse_multistatus(body_of("apache-delete-424-multistatus"), BASE).responses
    assert (response.hrefs, response.status, response.failed) == (("/g",), 412, True)


def lock_in(*rest: str) -> str:
    return f"<D:activelock>{''.join(rest)}</D:activelock>"


def test_asgiwebdav_puts_lockdiscovery_beside_prop() -> None:
    lock = lock_in("<D:locktoken><D:href>urn:a</D:href></D:locktoken>")
    found = of_response(
        "<D:href>/a</D:href><D:propstat><D:prop><D:getetag>x</D:getetag></D:prop>"
        f"<D:lockdiscovery>{lock}</D:lockdiscovery><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    )
    (propstat,) = found.responses[0].propstats
    assert [entry.token for entry in propstat.locks or ()] == [LockToken("urn:a")]
    assert [entry.name for entry in propstat.properties] == ["{DAV:}getetag", "{DAV:}lockdiscovery"]
    assert Deviation("propstat/lockdiscovery", "stands beside prop, not in it") in found.deviations


def test_chezdav_puts_the_children_of_activelock_in_no_namespace() -> None:
    found = of_response(
        "<D:href>http://dav.example/a</D:href><D:propstat><D:prop><D:lockdiscovery>"
        + lock_in(
            "<lockscope><exclusive/></lockscope><locktype><write/></locktype><depth>0</depth>",
            "<locktoken><href>urn:uuid:1</href></locktoken><lockroot><href>/a</href></lockroot>",
        )
        + "</D:lockdiscovery></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    )
    (lock,) = found.responses[0].propstats[0].locks or ()
    assert (lock.scope, lock.type, lock.depth) == (LockScope.EXCLUSIVE, LockType.WRITE, Depth.ZERO)
    assert lock.token == LockToken("urn:uuid:1")
    assert lock.root == LockRoot("http://dav.example/a", "/a")
    assert lock.timeout is None
    assert found.responses[0].hrefs == ("http://dav.example/a",)
    wheres = [deviation.where for deviation in found.deviations]
    assert wheres == [f"activelock/{n}" for n in ("lockscope", "locktype", "depth", "locktoken", "lockroot")]


def test_chezdav_leaves_an_href_empty_which_means_the_request() -> None:
    found = of_response("<D:href></D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat>")
    assert [response.hrefs for response in found.responses] == [("",)]
    assert found.deviations == (Deviation("response/href", "is empty"),)


def test_zope_copies_an_owner_whose_prefix_nobody_declared() -> None:
    body = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href>'
        b'<d:propstat><d:prop><n:lockdiscovery xmlns:n="DAV:"><n:activelock><n:owner>b\'<D:href>http://example.org/'
        b"</D:href>'</n:owner><n:locktoken><n:href>opaquelocktoken:0.1-0.2-00105A989226:17.3</n:href></n:locktoken>"
        b"</n:activelock></n:lockdiscovery></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        b"</d:multistatus>"
    )
    found = parse_multistatus(body, BASE)
    (lock,) = found.responses[0].propstats[0].locks or ()
    assert lock.owner is not None
    assert lock.owner.text == "b'http://example.org/'"
    assert "<D:href" in lock.owner.xml
    assert lock.token == LockToken("opaquelocktoken:0.1-0.2-00105A989226:17.3")
    assert Deviation("XML namespace", "Namespace prefix D on href is not defined") in found.deviations


def test_nephele_uses_the_default_namespace_and_absolute_urls() -> None:
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?><multistatus xmlns="DAV:"><response><href>http://dav.example/a</href>'
        b"<propstat><prop><lockdiscovery><activelock><timeout>Second-59.98</timeout></activelock></lockdiscovery></prop>"
        b"<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
    (response,) = parse_multistatus(body, BASE).responses
    (lock,) = response.propstats[0].locks or ()
    assert response.hrefs == ("http://dav.example/a",)
    assert lock.timeout == Timeout(59.98, "Second-59.98")


PREFIXES = [("D", "D"), ("lower case", "d"), ("Zope", "n"), ("Apache", "lp1"), ("WsgiDAV", "ns0"), ("other", "a")]


@pytest.mark.parametrize("prefix", [row[1] for row in PREFIXES], ids=[row[0] for row in PREFIXES])
def test_the_prefix_means_nothing(prefix: str) -> None:
    body = RFC_15_8_1.replace(b"xmlns:D=", f"xmlns:{prefix}=".encode()).replace(b"D:", f"{prefix}:".encode())
    assert prefix == "D" or b"D:" not in body
    assert parse_multistatus(body, BASE).responses[0].propstats[0].locks == (
        parse_multistatus(RFC_15_8_1, BASE).responses[0].propstats[0].locks
    )
    assert parse_multistatus(body, BASE).deviations == ()


def test_a_prefix_that_nobody_declared_is_forgiven_and_said() -> None:
    found = parse_multistatus(RFC_9_6_2.replace(b' xmlns:d="DAV:"', b""), BASE)
    assert [(entry.status, entry.error_codes) for entry in found.responses] == [(423, ("lock-token-submitted",))]
    assert Deviation("XML namespace", "Namespace prefix d on response is not defined") in found.deviations
    assert Deviation("multistatus", "is not in the DAV: namespace") in found.deviations


def test_icloud_wraps_the_multistatus() -> None:
    found = parse_multistatus(b"<xml>" + RFC_9_10_9.partition(b"?>")[2] + b"</xml>", BASE)
    assert [response.status for response in found.responses] == [403, 424]


def test_an_empty_multistatus_has_no_responses() -> None:
    found = parse_multistatus(b'<multistatus xmlns="DAV:"/>', BASE)
    assert found == Multistatus(responses=(), description=None, deviations=())
    assert not found.failure


def test_several_hrefs_share_a_status() -> None:
    found = of_response("<D:href>/a</D:href><D:href> /b\n</D:href><D:status>HTTP/1.1 423 Locked</D:status>")
    assert [(response.hrefs, response.status) for response in found.responses] == [(("/a", "/b"), 423)]


RESPONSES_WITHOUT_HREF = [
    ("nothing in it", ""),
    ("a status", "<D:status>HTTP/1.1 200 OK</D:status>"),
    ("an empty href and nothing else", "<D:href> </D:href>"),
    ("an empty href and a status that is none", "<D:href/><D:status>x</D:status>"),
]


@pytest.mark.parametrize("inner", [r[1] for r in RESPONSES_WITHOUT_HREF], ids=[r[0] for r in RESPONSES_WITHOUT_HREF])
def test_a_response_without_href_is_said_and_left_out(inner: str) -> None:
    found = parse_multistatus(
        wrapped(f"<D:response>{inner}</D:response>", "<D:response><D:href>/b</D:href></D:response>"), BASE
    )
    assert [response.hrefs for response in found.responses] == [("/b",)]
    assert Deviation("response", "has no href (RFC 4918 §14.24)") in found.deviations


def test_an_error_in_a_propstat_is_kept() -> None:
    found = of_response(
        "<D:href>/a</D:href><D:propstat><D:prop><D:x/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>"
        '<D:error><D:cannot-modify-protected-property/><s:why xmlns:s="urn:s"/></D:error></D:propstat>'
    )
    assert found.responses[0].propstats[0].error_codes == ("cannot-modify-protected-property", "{urn:s}why")


def test_what_nobody_defined_is_passed_over() -> None:
    found = of_response("<D:href>/a</D:href><D:location/><x/><D:propstat><D:y/></D:propstat>")
    assert found.responses == (ResponseElement(hrefs=("/a",), propstats=(PropStat(status=None),)),)


def test_a_response_inside_a_property_is_no_response() -> None:
    inner = "<D:response><D:href>/no</D:href></D:response>"
    found = of_response(f"<D:href>/a</D:href><D:propstat><D:prop><x>{inner}</x></D:prop></D:propstat>")
    assert [response.hrefs for response in found.responses] == [("/a",)]
    assert "/no" in found.responses[0].propstats[0].properties[0].xml


STATUS_LINES = [
    ("RFC 4918", "HTTP/1.1 423 Locked", (423, "Locked")),
    ("words", "HTTP/1.1 500 Internal Server Error", (500, "Internal Server Error")),
    ("Tomcat: a blank in place of words", "HTTP/1.1 200 ", (200, "")),
    ("no words", "HTTP/1.1 200", (200, "")),
    ("HTTP/2", "HTTP/2 404 Not Found", (404, "Not Found")),
    ("lower case", "http/1.1 207 Multi-status", (207, "Multi-status")),
    ("white space around it", "\n  HTTP/1.1  412  Precondition Failed\n", (412, "Precondition Failed")),
    ("a number alone", "200", (None, "")),
    ("words alone", "OK", (None, "")),
    ("four digits", "HTTP/1.1 2000 OK", (None, "")),
    ("nothing", "", (None, "")),
    ("as many blanks as a document may have", f"HTTP/1.1 200 O{' ' * (1 << 20)}K", (200, f"O{' ' * (1 << 20)}K")),
]


@pytest.mark.parametrize(("text", "status"), [row[1:] for row in STATUS_LINES], ids=[row[0] for row in STATUS_LINES])
def test_status_lines(text: str, status: tuple[int | None, str]) -> None:
    assert parse_status_line(text) == status


def test_a_status_that_is_none_is_unknown_and_said() -> None:
    found = of_response(
        "<D:href>/a</D:href><D:status>garbage</D:status><D:propstat><D:prop/><D:status>200 OK</D:status></D:propstat>"
    )
    (response,) = found.responses
    assert (response.status, response.propstats[0].status, response.propstats[0].ok) == (None, None, False)
    assert (response.failed, response.worst) == (False, None)
    assert {deviation.where for deviation in found.deviations} == {"response/status", "propstat/status"}


def statuses(*found: int | None) -> ResponseElement:
    own, *rest = found
    return ResponseElement(hrefs=("/a",), status=own, propstats=tuple(PropStat(status=status) for status in rest))


WORST = [
    ("a success", statuses(204), False, 204),
    ("nothing known", statuses(None), False, None),
    ("properties found", statuses(None, 200), False, None),
    ("a property missing", statuses(None, 200, 404), True, 404),
    ("a consequence", statuses(424), True, 424),
    ("a cause before its consequences", statuses(None, 424, 423, 424), True, 423),
    ("the first of two causes", statuses(None, 409, 423), True, 409),
    ("an informational status, as neon's tests have it", statuses(123), True, 123),
]


@pytest.mark.parametrize(("response", "failed", "worst"), [row[1:] for row in WORST], ids=[row[0] for row in WORST])
def test_what_went_wrong(response: ResponseElement, failed: bool, worst: int | None) -> None:
    assert response.failed is failed
    assert response.worst == worst


REFUSED = [
    ("nothing", b"", "no root element"),
    ("another root", b'<D:error xmlns:D="DAV:"/>', "is a <error>, not a DAV multistatus"),
    ("a multistatus of another namespace", b'<m:multistatus xmlns:m="urn:x"/>', "not a DAV multistatus"),
    ("a page", b"<!DOCTYPE html><html><body>hello</body></html>", "is an HTML page"),
    ("a page that is no XML", b"<!doctype html>\n<HTML><p>Sign in&nbsp;<br></HTML>", "is an HTML page"),
    ("a page that does not end", b"<html><body>", "is an HTML page"),
    ("words", b"Unauthorized", "not XML"),
    ("tags that cross", wrapped("<D:response><D:href>/a</D:response></D:href>"), "not well-formed"),
    ("a control character", wrapped("<D:response><D:href>/a\x1b</D:href></D:response>"), "not well-formed"),
    ("an entity of HTML", wrapped("<D:response>&nbsp;<D:href>/a</D:href></D:response>"), "'nbsp' not defined"),
    ("two of them", b"<x>" + RFC_9_6_2.partition(b"?>")[2] * 2 + b"</x>", "more than one multistatus"),
    ("bytes behind it", RFC_9_6_2 + b"HTTP/1.1 200 OK", "not well-formed"),
]


@pytest.mark.parametrize(("body", "why"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_multistatus(body: bytes, why: str) -> None:
    with pytest.raises(RemoteProtocolError, match=why):
        parse_multistatus(body, BASE)


def test_responses_come_while_the_rest_is_on_its_way() -> None:
    seen: list[str] = []
    parser = MultistatusParser(BASE, lambda response: seen.append(response.hrefs[0]))
    first, second, end = RFC_9_10_9.partition(b"</D:response>\n  <D:response>")
    parser.feed(first + second)
    assert seen == ["http://example.com/webdav/secret"]
    parser.feed(end)
    assert len(seen) == 2
    parser.close()


def test_the_charset_of_the_answer_is_used() -> None:
    body = wrapped("<D:response><D:href>/é</D:href></D:response>").decode().encode("iso-8859-1")
    assert parse_multistatus(body, BASE, charset="iso-8859-1").responses[0].hrefs == ("/é",)
    with pytest.raises(RemoteProtocolError):
        parse_multistatus(body, BASE)


def long_listing(count: int, deviating: bool) -> Iterable[bytes]:
    lock = lock_in("<D:locktoken><D:href>1</D:href></D:locktoken><D:timeout>x</D:timeout>")
    yield b'<D:multistatus xmlns:D="DAV:">'
    for start in range(0, count, 100):
        yield "".join(
            f"<D:response><D:href>/f{n}</D:href><D:propstat><D:prop><D:lockdiscovery>{lock}</D:lockdiscovery>"
            + (f"<q{n}:x/>" if deviating else "")
            + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            for n in range(start, start + 100)
        ).encode()
    yield b"<D:responsedescription>the end</D:responsedescription></D:multistatus>"


MEASURE = """
import resource
from davlock.protocol.multistatus import MultistatusParser

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

count = 0
def emit(response):
    global count
    count += 1

text = b"x" * 20_000
response = b"<D:response><D:href>/a</D:href><D:propstat><D:prop><x>" + text + b"</x></D:prop></D:propstat></D:response>"
parser = MultistatusParser("http://dav.example/", emit)
parser.feed(b'<D:multistatus xmlns:D="DAV:">' + response * 100)
before = peak()
for _ in range(50):
    parser.feed(response * 100)
parser.feed(b"<D:responsedescription>the end</D:responsedescription></D:multistatus>")
assert parser.close() == "the end"
print(count, peak() - before)
"""


def test_memory_stays_flat_however_long_the_listing_is() -> None:
    """100 MB in a process of its own: what libxml2 keeps shows in the resident size alone."""
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True, timeout=60)
    count, grown = map(int, done.stdout.split())
    assert count == 5100
    assert grown < 20


def test_deviations_are_said_once_and_not_without_end() -> None:
    parser = MultistatusParser(BASE, lambda response: None)
    for piece in long_listing(5000, deviating=True):
        parser.feed(piece)
    parser.close()
    assert 3 < len(parser.deviations) == len(set(parser.deviations)) < 200


def test_a_listing_that_comes_at_once_is_the_same() -> None:
    whole = b"".join(long_listing(2000, deviating=False))
    assert len(whole) > 2 * 64 * 1024
    assert parse_multistatus(whole, BASE) == fed(long_listing(2000, deviating=False))
    assert len(parse_multistatus(whole, BASE).responses) == 2000


WORDS = st.sampled_from(
    [
        *("multistatus", "response", "href", "propstat", "prop", "status", "error", "responsedescription"),
        *("lockdiscovery", "activelock", "lockscope", "exclusive", "locktype", "write", "depth", "owner", "timeout"),
        *("locktoken", "lockroot", "supportedlock", "lockentry", "html", "x"),
    ]
)
TEXTS = st.sampled_from(["", "/a", "http://[::1", "HTTP/1.1 423 Locked", "Second-5", "0", "\n", "é", "&nbsp;", "\x01"])
TREES = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda prefix, name, inside: f"<{prefix}{name}>{''.join(inside)}</{prefix}{name}>",
        st.sampled_from(["D:", "D:", "D:", "", "q:"]),
        WORDS,
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(st.lists(TREES, max_size=4), st.lists(st.integers(0, 400), max_size=4))
def test_any_tree_is_read_or_refused_however_it_comes(trees: list[str], cuts: list[int]) -> None:
    body = wrapped(*trees)
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    try:
        whole: Multistatus | None = parse_multistatus(body, BASE)
    except RemoteProtocolError:
        whole = None
    assert fed(body[a:b] for a, b in pairwise(ends)) == whole


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for prefix in (b"", b'<D:multistatus xmlns:D="DAV:"><D:response>'):
        try:
            found = parse_multistatus(prefix + body, BASE)
        except RemoteProtocolError:
            continue
        assert isinstance(found, Multistatus)
