"""Each product from what it really sends, behind a proxy that hides its name, and its look-alikes."""

import pytest

from davlock.protocol.message import Exchange, Headers, Request, Response
from davlock.servers import recognise


def answer(method: str, status: int, fields: dict[str, str] | None = None, body: str = "") -> Exchange:
    outcome = Response(status=status, headers=Headers.of((fields or {}).items()), body=body.encode())
    return Exchange(request=Request(method=method, url="http://dav.example/f.txt"), outcome=outcome)


def options(**fields: str) -> Exchange:
    return answer("OPTIONS", 200, {name.replace("_", "-"): value for name, value in fields.items()})


def lock(body: str, **fields: str) -> Exchange:
    return answer("LOCK", 200, {name.replace("_", "-"): value for name, value in fields.items()}, body)


def propfind(body: str, **fields: str) -> Exchange:
    return answer("PROPFIND", 207, {name.replace("_", "-"): value for name, value in fields.items()}, body)


def error(status: int, body: str, **fields: str) -> Exchange:
    return answer("PUT", status, {name.replace("_", "-"): value for name, value in fields.items()}, body)


TOMCAT_ALLOW = "OPTIONS, GET, POST, HEAD, DELETE, PUT, LOCK, UNLOCK, PROPPATCH, COPY, MOVE, PROPFIND"
TOMCAT_LOCK = """<D:prop xmlns:D="DAV:">
<D:lockdiscovery>
<D:activelock>
<D:locktype>
<D:write/>
</D:locktype>
<D:lockscope>
<D:exclusive/>
</D:lockscope>
<D:depth>0</D:depth>
<D:owner>&lt;href xmlns=&quot;DAV:&quot;&gt;alice&lt;/href&gt;</D:owner>
<D:timeout>Second-299</D:timeout>
<D:lockroot>
<D:href>/f.txt</D:href>
</D:lockroot>
<D:locktoken>
<D:href>urn:uuid:19bb18f4-d4d7-4dc8-8226-d7df004f9613</D:href>
</D:locktoken>
</D:activelock>
</D:lockdiscovery>
</D:prop>"""
TOMCAT_PAGE = (
    "<!doctype html><html><head><title>HTTP Status 423 – Locked</title></head><body><h3>Apache Tomcat/10.1.60</h3>"
)
NEPHELE_LOCK = """<prop xmlns="DAV:"><lockdiscovery><activelock>
      <timeout>Second-299.998</timeout>
      <locktoken>
        <href>urn:uuid:ba07b0af-74ee-4fbb-af52-127d8213168f</href>
      </locktoken></activelock></lockdiscovery></prop>"""
NEPHELE_ERROR = (
    '{"code":423,"message":"…","stack":"Error\\n at PUT.run (file:///srv/node_modules/nephele/dist/Methods/PUT.js)"}'
)
ASGI_ALLOW = "PROPFIND,PROPPATCH,MKCOL,GET,HEAD,DELETE,PUT,COPY,MOVE,LOCK,UNLOCK,OPTIONS"
ASGI_LOCK = (
    "<D:activelock><D:depth>0</D:depth><D:owner>{'DAV::href': 'alice'}</D:owner><D:timeout>Second-300</D:timeout>"
)
ASGI_PROPFIND = "<D:propstat><D:prop><D:resourcetype/></D:prop><D:lockdiscovery><D:activelock>"
ZOPE_TOKEN = "opaquelocktoken:0.3443283965492463-0.7022528408657932-00105A989226:1795365535.845"
PHODAV_ALLOW = "GET, HEAD, PUT, PROPFIND, PROPPATCH, MKCOL, DELETE, MOVE, COPY, LOCK, UNLOCK"
PHODAV_PROPFIND = "<D:lockdiscovery><activelock><locktype><write/></locktype><lockscope><exclusive/></lockscope>"
PYWEBDAV_LOCK = "<d:owner><D:href>alice</D:href></d:owner>\n  <d:timeout>Second-Infinite</d:timeout>"
IIS_PUBLIC = "OPTIONS, TRACE, GET, HEAD, POST, PROPFIND, PROPPATCH, MKCOL, PUT, DELETE, COPY, MOVE, LOCK, UNLOCK"
IIS_ALLOW = "OPTIONS, TRACE, GET, HEAD, POST, COPY, PROPFIND, DELETE, MOVE, PROPPATCH, MKCOL, LOCK, UNLOCK"
OCIS_ALLOW = (
    "OPTIONS, LOCK, GET, HEAD, POST, DELETE, PROPPATCH, COPY, MOVE, UNLOCK, PROPFIND, MKCOL, REPORT, SEARCH, PUT"
)
OCIS_ERROR = (
    '<d:error xmlns:d="DAV" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre\\DAV\\Exception\\NotFound</s:exception>'
    "<s:message>File not found in root</s:message></d:error>"
)
OCIS_LOCK = (
    '<d:prop xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:lockdiscovery><d:activelock>\n  <d:depth>0</d:depth>\n'
    "  <oc:ownername>Admin</oc:ownername>\n  <oc:locktime>2022-02-10T13:14:15Z</oc:locktime>\n</d:activelock>"
)
SABRE_ROOT = '<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"'
NEXTCLOUD_ROOT = f'{SABRE_ROOT} xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">'
FILES_LOCK = (
    '<d:prop xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns"'
    ' xmlns:nc="http://nextcloud.org/ns"><nc:lock>1</nc:lock></d:prop>'
)
FILE_LOCKED = (
    '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n'
    "  <s:exception>OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked</s:exception></d:error>"
)
NUTSTORE_ERROR = (
    '<d:error xmlns:d="DAV:" xmlns:s="http://ns.jianguoyun.com"><s:exception>BlockedTemporarily</s:exception></d:error>'
)
WSGIDAV_LOCK = "<D:href>opaquelocktoken:0x41ebbe835e696573e11dcecc80ab70a62e53675eff05bbbd098dcdc530efbdb8</D:href>"
WDS_LOCK = "<D:activelock><D:locktype><write/></D:locktype><D:lockscope><exclusive/></D:lockscope>"

TOLD = [
    # -- by name
    ("nephele", "its Server header", options(Server="nephele/1.0.0-alpha.67", X_Powered_By="Express")),
    ("yaws", "the Server header", options(Server="Yaws 2.1.1", DAV="1, 2, 3")),
    ("zope", "what it is powered by", options(Server="waitress", X_Powered_By="Zope (www.zope.dev), Python")),
    ("zope", "the Server header of old", options(Server="Zope/(2.13.24, python 2.7, linux2) ZServer/1.1")),
    ("phodav", "its Server header", options(Server="PhodavServer libsoup/3.2.3")),
    ("pywebdav", "its Server header", options(Server="DAV/0.9.14 Python/3.11.7", DAV="1,2")),
    ("sabredav", "its own header", options(X_Sabre_Version="1.8.12", DAV="1, 3, extended-mkcol, 2")),
    # -- by its methods, its name hidden
    ("tomcat", "its methods on a file", options(Server="Apache/2.4.71 (Debian)", Allow=TOMCAT_ALLOW, DAV="1,2,3")),
    ("tomcat", "its methods on a name that is free", options(Allow=f"{TOMCAT_ALLOW.replace(' PUT,', '')}, MKCOL")),
    ("asgi-webdav", "its methods", options(Server="uvicorn", Allow=ASGI_ALLOW, DAV="1, 2")),
    ("phodav", "its methods", options(Server="nginx", Allow=PHODAV_ALLOW)),
    ("iis", "what it knows at all", options(Public=IIS_PUBLIC, DAV="1,2,3")),
    ("iis", "its methods", options(Server="Microsoft-IIS/10.0", X_Powered_By="ASP.NET", Allow=IIS_ALLOW)),
    ("ocis", "its methods", options(Allow=OCIS_ALLOW, DAV="1, 2", Tus_Resumable="1.0.0")),
    ("copyparty", "what its answers vary with", error(404, "<pre>no", Server="nginx", Vary="Origin, PW, Cookie")),
    ("copyparty", "and a proxy's coding", options(Vary="Origin, PW, Cookie, Accept-Encoding")),
    # -- by how a lock is written
    ("tomcat", "a lock", lock(TOMCAT_LOCK, Server="Apache")),
    ("nephele", "a lock", lock(NEPHELE_LOCK, Server="nginx")),
    ("asgi-webdav", "a lock", lock(ASGI_LOCK, Server="nginx")),
    ("asgi-webdav", "a lock that is read", propfind(ASGI_PROPFIND, Server="nginx")),
    ("zope", "a token", lock("", Server="nginx", Lock_Token=ZOPE_TOKEN)),
    ("zope", "a lock that is read", propfind(f"<n:href>{ZOPE_TOKEN}</n:href>", Server="nginx")),
    ("phodav", "a lock that is read", propfind(PHODAV_PROPFIND, Server="nginx")),
    ("pywebdav", "a lock", lock(PYWEBDAV_LOCK, Server="nginx")),
    ("pywebdav", "a refreshed lock", lock(PYWEBDAV_LOCK.replace("Infinite", "Second-300"))),
    ("ocis", "a lock", lock(OCIS_LOCK)),
    ("wsgidav", "a lock", lock(WSGIDAV_LOCK, Server="nginx")),
    ("webdav-server", "a lock", lock(WDS_LOCK, Server="nginx")),
    (
        "golang-webdav",
        "a refreshed lock",
        lock("<D:locktoken><D:href>1771200123</D:href></D:locktoken>", Server="Apache"),
    ),
    # -- by its errors
    ("nephele", "an error", error(423, NEPHELE_ERROR, Server="nginx")),
    ("asgi-webdav", "an error", error(400, "can not found lock token in request header", Server="nginx")),
    ("ocis", "an error", error(404, OCIS_ERROR, Server="nginx")),
    ("nextcloud", "an error of files_lock", error(423, FILES_LOCK, Server="nginx")),
    ("nextcloud", "an exception of files_lock", error(423, "<s:exception>OCA\\FilesLock\\Exceptions\\X</s:exception>")),
    ("nextcloud-or-owncloud", "a transactional lock", error(423, FILE_LOCKED, Server="Apache/2.4.71 (Debian)")),
    ("owncloud", "a transactional lock of old", error(423, FILE_LOCKED.replace("OCA\\DAV", "OC"), Server="Apache")),
    ("nutstore", "an error", error(503, NUTSTORE_ERROR, Server="nginx")),
    # -- by how it asks for a login
    ("nextcloud", "its realm", error(401, "", WWW_Authenticate='Basic realm="Nextcloud", charset="UTF-8"')),
    ("owncloud", "its realm", error(401, "", WWW_Authenticate='Basic realm="ownCloud", charset="UTF-8"')),
    (
        "seafdav",
        "its realm",
        error(401, "", Server="gunicorn", WWW_Authenticate='Basic realm="Seafile Authentication"'),
    ),
    # -- by the namespaces of its answers
    ("nextcloud", "behind Apache", propfind(NEXTCLOUD_ROOT, Server="Apache/2.4.71 (Debian)")),
    ("nextcloud", "behind nginx", propfind(NEXTCLOUD_ROOT, Server="nginx")),
    ("owncloud", "PHP", propfind(f'{SABRE_ROOT} xmlns:oc="http://owncloud.org/ns">', X_Powered_By="PHP/7.4.33")),
    ("sabredav", "with no other namespace", propfind(f"{SABRE_ROOT}>", Server="nginx")),
    ("nutstore", "", propfind('<d:multistatus xmlns:d="DAV:" xmlns:s="http://ns.jianguoyun.com">', Server="nginx")),
    ("seafdav", "WsgiDAV below its path", lock(f"{WSGIDAV_LOCK}<D:lockroot><D:href>/seafdav/a</D:href>")),
    # -- Microsoft's
    ("sharepoint", "a login refused", error(401, "", Server="Microsoft-IIS/10.0", SPRequestGuid="aef9bdb1")),
    ("sharepoint", "its health", error(404, "", X_SharePointHealthScore="0")),
    ("sharepoint", "on IIS", options(Server="Microsoft-IIS/8.5", MicrosoftSharePointTeamServices="15.0.0.4701")),
]

LOOK_ALIKES = [
    ("another servlet in Tomcat", error(423, TOMCAT_PAGE)),
    ("the same behind Apache", error(423, TOMCAT_PAGE, Server="Apache/2.4.71 (Debian)")),
    ("an empty 423 of Tomcat behind Apache", error(423, "", Server="Apache/2.4.71 (Debian)")),
    ("a write through Apache", error(204, "", Server="Apache/2.4.71 (Debian)")),
    ("a lock of an unknown server behind Apache", lock(TOMCAT_LOCK.replace("\n", " "), Server="Apache/2.4.71")),
    ("a lock of an unknown server behind lighttpd", lock("<D:activelock><D:owner>a</D:owner>", Server="lighttpd/1.4")),
    ("Express without Nephele", error(404, "Cannot PUT /", X_Powered_By="Express")),
    ("another application of uvicorn", options(Server="uvicorn", DAV="1, 2")),
    ("another application of waitress", options(Server="waitress", DAV="1, 2")),
    ("another application of gunicorn", error(401, "", Server="gunicorn", WWW_Authenticate='Basic realm="files"')),
    (
        "another application on IIS",
        options(Server="Microsoft-IIS/10.0", X_Powered_By="ASP.NET", DAV="1, 2", Allow="GET, PUT"),
    ),
    ("IIS that says no more than its name", error(423, "", Server="Microsoft-IIS/10.0", X_Powered_By="ASP.NET")),
    (
        "a server that wants Office to open from it",
        options(MicrosoftSharePointTeamServices="12.0.2.6361", X_MSDAVEXT="1"),
    ),
    ("extensions of Microsoft's without SharePoint", options(X_MSDAVEXT="1", MS_Author_Via="MS-FP/4.0,DAV")),
    ("a calendar server", options(Server="WSGIServer/0.2 CPython/3.11.7", DAV="1, 2, 3, calendar-access, addressbook")),
    ("another calendar server", options(Server="Python/3.11 aiohttp/3.14.5", DAV="1, 2, 3, calendar-access")),
    ("sabre/dav or ocis: ownCloud's namespace alone", propfind(f'{SABRE_ROOT} xmlns:oc="http://owncloud.org/ns">')),
    (
        "Nextcloud's namespace, asked for",
        propfind('<d:multistatus xmlns:d="DAV:"><x xmlns="http://nextcloud.org/ns"/>'),
    ),
    ("sabre's namespace, asked for", propfind('<D:multistatus xmlns:D="DAV:"><x xmlns="http://sabredav.org/ns"/>')),
    ("a folder with the name of Seafile's", propfind("<D:href>/seafdav/a.txt</D:href>")),
    ("answers that vary with the cookie", options(Vary="Origin, Cookie")),
    ("a realm with another name", error(401, "", WWW_Authenticate='Basic realm="Files on Nextcloud"')),
    ("a lock with a whole number of seconds", lock(NEPHELE_LOCK.replace(".998", ""))),
    ("a server named like PyWebDAV's", options(Server="mydav/1.0 Python/3.11.7")),
]


@pytest.mark.parametrize(
    ("name", "exchange"), [(row[0], row[2]) for row in TOLD], ids=[f"{row[0]}: {row[1]}" for row in TOLD]
)
def test_it_is_taken_for_what_it_is(name: str, exchange: Exchange) -> None:
    found = recognise((exchange,))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("exchange", [row[1] for row in LOOK_ALIKES], ids=[row[0] for row in LOOK_ALIKES])
def test_a_look_alike_is_nobody(exchange: Exchange) -> None:
    assert recognise((exchange,)) is None


def test_iis_below_sharepoint_is_sharepoint() -> None:
    both = options(Server="Microsoft-IIS/10.0", Public=IIS_PUBLIC, SPRequestGuid="aef9bdb1", DAV="1,2")
    found = recognise((both,))
    assert found is not None
    assert found.name == "sharepoint"


def test_subversion_inside_apache_is_subversion() -> None:
    apache = options(Server="Apache/2.4.71 (Debian) SVN/1.14.2", DAV="1,2,version-control", Allow="OPTIONS,LOCK,UNLOCK")
    found = recognise((apache,))
    assert found is not None
    assert found.name == "svn"


def test_one_answer_that_tells_decides_for_the_rest() -> None:
    """As in a capture: writes that say nothing, and a LOCK that does."""
    silent = error(423, "", Server="Apache/2.4.71 (Debian)")
    found = recognise((silent, lock(TOMCAT_LOCK, Server="Apache/2.4.71 (Debian)"), silent))
    assert found is not None
    assert found.name == "tomcat"
