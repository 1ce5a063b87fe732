"""Which product is taken for which, by what it really sends and by what stands in front of it."""

from dataclasses import replace

import pytest

from davlock.diagnosis.evidence import Evidence
from davlock.errors import NoResponse, NoResponseKind
from davlock.operations.trial_lock import describe_worst_case
from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.servers import PROFILES, recognise
from davlock.servers.profile import Profile, Store, Traits
from tests.capture.recordings import NAMES, recording, response_of

REQUEST = Request(method="OPTIONS", url="http://dav.example/")


def answer(status: int = 200, body: bytes | None = b"", **fields: str) -> Exchange:
    headers = Headers.of((name.replace("_", "-"), value) for name, value in fields.items())
    return Exchange(request=REQUEST, outcome=Response(status=status, headers=headers, body=body))


def recorded(name: str) -> Exchange:
    method = recording(name).partition(b" ")[0].decode()
    head, _, body = response_of(name).partition(b"\r\n\r\n")
    lines = [line.partition(":") for line in head.decode().split("\r\n")[1:]]
    headers = Headers.of((line[0], line[2]) for line in lines)
    outcome = Response(status=int(head.split()[1]), headers=headers, body=body)
    return Exchange(request=Request(method=method, url=REQUEST.url), outcome=outcome)


def name_of(*exchanges: Exchange) -> str | None:
    found = recognise(exchanges)
    return found.name if found else None


PRODUCTS = {
    "apache": "apache",
    "lighttpd": "lighttpd",
    "nginx": "nginx",
    "rclone": "golang-webdav",
    "wsgidav": "wsgidav",
}


@pytest.mark.parametrize("server", PRODUCTS)
def test_options_gives_it_away(server: str) -> None:
    assert name_of(recorded(f"{server}-options")) == PRODUCTS[server]


@pytest.mark.parametrize("server", PRODUCTS)
def test_a_lock_gives_it_away(server: str) -> None:
    assert name_of(recorded(f"{server}-lock")) == PRODUCTS[server]


@pytest.mark.parametrize("recording", [name for name in NAMES if name.partition("-")[0] in PRODUCTS])
def test_no_recording_is_taken_for_another_product(recording: str) -> None:
    if response_of(recording):
        assert name_of(recorded(recording)) in (PRODUCTS[recording.partition("-")[0]], None)


@pytest.mark.parametrize("server", PRODUCTS)
def test_a_proxy_in_front_does_not_hide_it(server: str) -> None:
    """nginx and others put their own name in the Server header."""
    exchange = recorded(f"{server}-options")
    assert exchange.response is not None
    fields = [(name, value) for name, value in exchange.response.headers if name != "Server"]
    behind = Exchange(request=REQUEST, outcome=Response(status=200, headers=Headers.of([*fields, ("Server", "nginx")])))
    if server in ("apache", "lighttpd", "rclone", "nginx"):
        assert name_of(behind) == PRODUCTS[server]
    else:  # nothing else in this answer tells, so that nothing may be claimed
        assert name_of(behind) is None


SABRE_ERROR = b'<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message/></d:error>'
APACHE_ALLOW = "OPTIONS,GET,HEAD,POST,DELETE,TRACE,PROPFIND,PROPPATCH,COPY,MOVE,LOCK,UNLOCK"
LIGHTTPD_ALLOW = "PROPFIND, DELETE, MKCOL, PUT, MOVE, COPY, PROPPATCH, LOCK, UNLOCK, OPTIONS, GET, HEAD, POST"
APACHE_LOCKED = b"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>423 Locked</title>
</head><body></body></html>"""
APACHE_FORBIDDEN = APACHE_LOCKED.replace(b"423 Locked", b"403 Forbidden")
GO_ALLOW = "OPTIONS, LOCK, GET, HEAD, POST, DELETE, PROPPATCH, COPY, MOVE, UNLOCK, PROPFIND, PUT"

TOLD = [
    ("nothing at all", answer(), None),
    ("Apache, or what it stands in front of", answer(Server="Apache/2.4.71 (Debian)"), None),
    ("the same with classes that anybody announces", answer(Server="Apache/2.4.71", DAV="1, 2"), None),
    ("Apache's own list of methods", answer(Server="Apache", Allow=APACHE_ALLOW), "apache"),
    ("the same from somebody else", answer(Server="nginx", Allow=APACHE_ALLOW), None),
    ("Apache's page for what is locked", answer(423, APACHE_LOCKED, Server="Apache/2.4.71 (Debian)"), "apache"),
    ("Apache's page for what is forbidden", answer(403, APACHE_FORBIDDEN, Server="Apache/2.4.71 (Debian)"), None),
    ("Go behind Apache", answer(423, b"Locked", Server="Apache/2.4.71 (Debian)"), None),
    ("Go behind Apache, asked for its methods", answer(Server="Apache/2.4", Allow=GO_ALLOW), "golang-webdav"),
    ("Apache's properties, its Server header hidden", answer(DAV="<http://apache.org/dav/propset/fs/1>"), "apache"),
    ("Subversion is another product", answer(Server="Apache/2.4.71 SVN/1.14", DAV="1,2,version-control,svn"), "svn"),
    ("Tomcat is another product", answer(Server="Apache-Coyote/1.1"), None),
    ("Tomcat behind Apache's name", answer(Server="Apache/2.4 Apache-Coyote/1.1"), None),
    ("lighttpd, or what it stands in front of", answer(Server="lighttpd/1.4.76"), None),
    ("lighttpd's list of methods", answer(Allow=LIGHTTPD_ALLOW), "lighttpd"),
    ("lighttpd's page for what is locked", answer(423, b"<h1>423 Locked</h1>", Server="lighttpd/1.4.76"), "lighttpd"),
    ("lighttpd's page for what is forbidden", answer(403, b"<h1>403 Forbidden</h1>", Server="lighttpd/1.4.76"), None),
    ("Go behind lighttpd", answer(423, b"Locked", Server="lighttpd/1.4.76"), None),
    ("nginx: a 2 without a 1", answer(Server="nginx/1.22.1", DAV="2"), "nginx"),
    ("nginx with no locks, or a proxy in front of something", answer(Server="nginx/1.22.1", DAV="1"), None),
    ("nginx: a page alone can be that of a proxy", answer(405, b"<html><center>nginx/1.22.1</center></html>"), None),
    ("nginx: its token", answer(Server="nginx", DAV="1, 3", Lock_Token="<urn:709135ca>"), "nginx"),
    ("a calendar server behind nginx", answer(Server="nginx", DAV="calendar-access"), None),
    ("a proxy before something unknown", answer(Server="nginx", DAV="1, 2, 3"), None),
    ("Go: a file", answer(Allow=GO_ALLOW), "golang-webdav"),
    ("Go: a name that does not exist", answer(Allow="OPTIONS, LOCK, PUT, MKCOL"), "golang-webdav"),
    ("Go: white space does not count", answer(Allow="OPTIONS,LOCK,PUT,MKCOL"), "golang-webdav"),
    ("Go: another order is not its list", answer(Allow="LOCK, OPTIONS, PUT, MKCOL"), None),
    ("Go: a bare number as token", answer(Lock_Token="<1795350187>"), "golang-webdav"),
    ("a short number is nobody's", answer(Lock_Token="<17>"), None),
    ("its lists, and a token of another form", answer(Allow=GO_ALLOW, Lock_Token="<urn:uuid:1-2>"), None),
    ("Go behind nginx", answer(Server="nginx", Allow=GO_ALLOW, DAV="1, 2"), "golang-webdav"),
    ("WsgiDAV", answer(Server="WsgiDAV/4.4.0 Cheroot/11.1.2 Python/3.11.7"), "wsgidav"),
    ("WsgiDAV by its page", answer(423, b'<a href="https://github.com/mar10/wsgidav/">WsgiDAV/4.4.0</a>'), "wsgidav"),
    ("sabre by its compliance class", answer(DAV="1, 3, extended-mkcol, sabredav-partialupdate"), "sabredav"),
    ("dufs copies one of its classes", answer(DAV="1, 2, 3, sabredav-partialupdate"), None),
    ("sabre by its exception", answer(423, b"{'message': 'Sabre\\DAV\\Exception\\Locked'}"), "sabredav"),
    ("sabre by its namespace", answer(423, SABRE_ERROR), "sabredav"),
    ("sabre behind nginx", answer(423, SABRE_ERROR, Server="nginx"), "sabredav"),
    ("sabre under Apache", answer(423, SABRE_ERROR, Server="Apache/2.4.71 (Debian)"), "sabredav"),
    (
        "Nextcloud or ownCloud by their exception",
        answer(423, SABRE_ERROR.replace(b"<s:message/>", b"<s:exception>OCA\\DAV\\Connector\\Sabre</s:exception>")),
        "nextcloud-or-owncloud",
    ),
    (
        "its properties in a 207 may only echo what was asked for",
        answer(207, b'<d:multistatus xmlns:nc="http://nextcloud.org/ns"/>'),
        None,
    ),
    ("Nextcloud by its page", answer(503, b"<html><title>Nextcloud</title></html>", Server="Apache/2.4"), "nextcloud"),
    ("Nextcloud by its DAV header", answer(DAV="1, 3, nextcloud-checksum-update"), "nextcloud"),
    ("Nextcloud by another of its classes", answer(DAV="1, 3, nc-paginate"), "nextcloud"),
    (
        "Nextcloud or ownCloud by their namespace",
        answer(403, b'<d:error xmlns:oc="http://owncloud.org/ns"/>'),
        "nextcloud-or-owncloud",
    ),
    (
        "a file that speaks of Nextcloud is no Nextcloud",
        answer(200, b"http://nextcloud.org/ns", Server="nginx"),
        None,
    ),
    ("a body not captured", answer(423, None, Server="WsgiDAV/4.4.0"), "wsgidav"),
    ("a file of that name is no WsgiDAV", answer(207, b"<D:href>/wsgidav/4.0/</D:href>"), None),
    ("X-Powered-By", answer(X_Powered_By="WsgiDAV/4.4.0"), "wsgidav"),
]


@pytest.mark.parametrize(("exchange", "name"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_tells(exchange: Exchange, name: str | None) -> None:
    assert name_of(exchange) == name


def test_several_exchanges_are_taken_together() -> None:
    assert name_of(answer(Server="nginx"), answer(423, SABRE_ERROR)) == "sabredav"
    assert name_of(answer(Server="nginx", DAV="1,2"), answer(Server="nginx", DAV="1,2")) is None


def test_no_answer_tells_nothing() -> None:
    failure = NoResponse(NoResponseKind.RESET, "http://dav.example/", "the connection was reset")
    assert name_of(Exchange(request=REQUEST, outcome=failure)) is None
    assert name_of() is None
    assert Traits.of(()) == Traits()


def test_a_walk_of_thousands_is_known_by_its_beginning() -> None:
    """And costs no more than that."""
    walk = (answer(423, SABRE_ERROR), *[answer(207, b"<d:prop " * 2_000)] * 3_000, answer(423, b"<d:error " * 2_000))
    traits = Traits.of(walk)
    assert len(traits.bodies) < 110 * 4_097
    assert name_of(*walk) == "sabredav"


def test_traits_are_gathered_once_and_in_lower_case() -> None:
    traits = Traits.of(
        (
            answer(207, b"<A>" + b"x" * 10_000, Server="Nginx", X_Powered_By="PHP", DAV="1", Allow="GET, PUT"),
            answer(DAV="2", Lock_Token="<Urn:A>", body=b"not read: it is a success"),
            answer(423, b"<B>"),
            answer(423, None),
        )
    )
    assert (traits.server, traits.dav) == ("nginx php", "1 2")
    assert traits.allow == {"GET,PUT"}
    assert traits.tokens == {"<Urn:A>"}
    assert traits.errors.split() == ["<b>"]
    assert sorted(traits.bodies.split()) == ["<a>" + "x" * 4093, "<b>"]


@pytest.mark.parametrize("profile", PROFILES, ids=[profile.name for profile in PROFILES])
def test_a_profile_says_what_it_is_and_where_it_is_from(profile: Profile) -> None:
    assert profile.name == profile.name.lower().strip()
    assert profile.title
    assert profile.source
    assert "  " not in profile.lock_store
    assert not profile.lock_store.endswith(".")


def test_names_are_unique() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)


FACTS = [
    ("copyparty keeps no locks", "copyparty", "store", Store.NOWHERE),
    ("PyWebDAV3's 204 to UNLOCK proves nothing", "pywebdav", "unlock_answer_proves", False),
    ("chezdav shows no lock at Depth 1", "phodav", "lists_locks", False),
    ("nor is its silence proof elsewhere", "phodav", "shows_locks", None),
    ("where Yaws says nothing of one file, it is not locked", "yaws", "leaves_out_lockdiscovery", True),
    ("but its listings say nothing at all", "yaws", "lists_locks", False),
    ("Tomcat's time runs, from its source and as measured", "tomcat", "counts_down", True),
    ("ASGI WebDAV's does not", "asgi-webdav", "counts_down", False),
    ("nor does Zope's", "zope", "counts_down", False),
    ("a token works for everybody on Zope", "zope", "foreign_token_works", True),
    ("Nephele looks at If-Match", "nephele", "honours_if_match", True),
    ("Go does not", "golang-webdav", "honours_if_match", False),
    ("ocis has no lockdiscovery where nothing is locked", "ocis", "leaves_out_lockdiscovery", True),
    ("rclone's PROPFIND shows no lock", "golang-webdav", "shows_locks", False),
    ("Apache's may be told not to", "apache", "shows_locks", None),
    ("WsgiDAV's members do not show their collection's", "wsgidav", "shows_inherited", False),
    ("lighttpd's timeouts do not count down", "lighttpd", "counts_down", False),
    ("nor do sabre's", "sabredav", "counts_down", False),
    ("nginx's 204 to UNLOCK proves nothing", "nginx", "unlock_answer_proves", False),
    ("WsgiDAV wants every shared lock's token", "wsgidav", "shared_token_suffices", False),
    ("Apache wants one of them", "apache", "shared_token_suffices", True),
]


@pytest.mark.parametrize(("name", "fact", "value"), [row[1:] for row in FACTS], ids=[row[0] for row in FACTS])
def test_what_was_measured(name: str, fact: str, value: bool | Store | None) -> None:
    profile = next(profile for profile in PROFILES if profile.name == name)
    assert getattr(profile, fact) is value


@pytest.mark.parametrize("name", ["phodav", "webdav-server", "nginx"])
def test_no_end_is_promised_that_was_not_seen_to_come(name: str) -> None:
    """A trial lock of ten seconds whose UNLOCK is lost stays for longer there."""
    profile = next(profile for profile in PROFILES if profile.name == name)
    unknown = Evidence(target="http://dav.example/f")
    assert describe_worst_case(replace(unknown, server=profile)) != describe_worst_case(unknown)


@pytest.mark.parametrize(
    ("url", "agent", "name"),
    [
        ("https://scm.example/svn/proj/!svn/wrk/21558101/trunk/a.txt", "", "svn"),
        ("https://scm.example/proj/trunk/a.txt", "SVN/1.9.5 (x64) serf/1.3.9", "svn"),
        ("https://cloud.example/remote.php/dav/files/mia/a.txt", "", "nextcloud-or-owncloud"),
        ("https://cloud.example/oc/remote.php/webdav/a.txt", "", "nextcloud-or-owncloud"),
        ("https://cloud.example/remote.php/dav/spaces/199a/a.txt", "", None),
        ("https://cloud.example/files/remote.php.txt", "", None),
        ("https://dav.example/a.txt?x=/!svn/", "", None),
    ],
)
def test_a_url_or_client_gives_it_away_where_no_body_does(url: str, agent: str, name: str | None) -> None:
    asked = Request(method="PUT", url=url, headers=Headers.of((("User-Agent", agent),) if agent else ()))
    assert name_of(Exchange(request=asked, outcome=Response(status=423))) == name
