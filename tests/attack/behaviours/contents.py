"""Well-formed answers whose texts are hostile: owners, tokens, lifetimes, addresses, character sets."""

import html
from collections.abc import Callable

from tests.attack.behaviours.forms import XML, answered, by_method, listed, split, spoiled
from tests.attack.scene import Behaviour, Turn
from tests.cli.answers import OTHER, TOKEN, active_lock, document, element, granted
from tests.transport.scripted import response

_COLLECTION = "<D:resourcetype><D:collection/></D:resourcetype>"

_MEGABYTE = "x" * 1_000_000

_SAID_ESCAPES = "&#x9b;31m&#x85;&#xad;&#x200b;&#x2028;&#x202e;&#x2066;"
"""What XML 1.0 allows of them."""


def _holds(name: str, token: str | None = TOKEN, **lock: str | None) -> tuple[Behaviour, Behaviour]:
    """A lock with such a part, in what is listed and in what LOCK grants."""
    words = {"root": "{PATH}", **lock}
    shown = active_lock(token, **words)  # type: ignore[arg-type]  # all are texts
    listing = document(element("{PATH}", locks=shown, more=_COLLECTION)).decode("utf-8", "surrogatepass")
    body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{shown}</D:lockdiscovery></D:prop>'

    def whole(text: str, *fields: str) -> Callable[[Turn], bytes]:
        status = "200 OK" if fields else "207 Multi-Status"

        def words(turn: Turn) -> bytes:
            here = text.replace("{PATH}", html.escape(turn.path)).replace("{FOREIGN}", turn.foreign)
            return response(status, here.encode("utf-8", "surrogatepass"), XML, *fields)

        return words

    typed = html.unescape(token or TOKEN).encode("utf-8", "surrogatepass").decode("latin-1")[:60_000]
    grant = f"Lock-Token: <{typed}>".replace("\n", " ").replace("\r", " ")
    return (
        by_method(f"lists-{name}", {"PROPFIND": whole(listing)}),
        by_method(f"grants-{name}", {"LOCK": whole(body, grant), "PROPFIND": whole(listing)}),
    )


_PARTS = (
    *_holds("an-owner-with-escapes", owner=_SAID_ESCAPES),
    *_holds("an-owner-of-1-mb", owner=_MEGABYTE),
    *_holds("an-owner-of-elements", owner="<a>" * 200 + "</a>" * 200),
    *_holds("an-owner-of-a-url", owner="<D:href>javascript:alert(1)//\u202e</D:href>{FOREIGN}/"),
    *_holds("an-owner-that-is-markup", owner="&lt;script&gt;alert(1)&lt;/script&gt; [red]x[/red] ```\n| a | b |\n# h"),
    *_holds("a-token-with-escapes", f"urn:uuid:{_SAID_ESCAPES}"),
    *_holds("a-token-of-1-mb", "urn:x:" + _MEGABYTE),
    *_holds("an-empty-token", ""),
    *_holds("no-token", None),
    *_holds("a-token-with-brackets", "urn:x:a&gt;) (&lt;urn:x:b"),
    *_holds("a-token-with-a-line-break", "urn:x:a&#13;&#10;X-Injected: 1"),
    *_holds("a-token-with-spaces", "  urn:x:a b  "),
    *_holds("a-token-that-is-no-uri", "4711"),
    *_holds("a-token-with-umlauts", "urn:x:äöü中"),
    *_holds("the-token-no-lock", "DAV:no-lock"),
    *_holds("a-token-as-an-option", "--yes"),
    *_holds("the-token-of-a-neighbour", OTHER),
    *_holds("a-lifetime-of-30-digits", timeout="Second-" + "9" * 30),
    *_holds("a-lifetime-of-5000-digits", timeout="Second-" + "9" * 5000),
    *_holds("a-negative-lifetime", timeout="Second--1"),
    *_holds("a-lifetime-of-0", timeout="Second-0"),
    *_holds("a-lifetime-of-words", timeout="Second-1e9, Infinite, \u202e\u0663"),
    *_holds("no-lifetime", timeout=""),
    *_holds("a-thousand-lifetimes", timeout=", ".join(["Second-1"] * 1000)),
    *_holds("an-odd-depth", depth="-1 of \u202einfinity"),
    *_holds("a-root-elsewhere", root="{FOREIGN}/d/", depth="infinity"),
    *_holds("a-root-above", root="/", depth="infinity"),
    *_holds("a-root-beside", root="/other/b.txt"),
    *_holds("a-root-of-dots", root="/d/../../../%2e%2e/etc", depth="infinity"),
    *_holds("a-root-of-script", root="javascript:x"),
    *_holds("a-root-of-1-mb", root="/d/" + _MEGABYTE),
    *_holds("an-unknown-scope", scope="local"),
)

_HREFS = {
    "elsewhere": "{FOREIGN}/d/a",
    "elsewhere-without-scheme": "//{STRANGER}/d/a",
    "outside": "/other/secret",
    "above": "/",
    "of-dots": "/d/../../other",
    "of-coded-dots": "/d/%2e%2e/%2e%2e/other",
    "of-backslashes": "\\\\{STRANGER}\\d",
    "of-script": "javascript:alert(1)",
    "of-a-file": "file:///etc/passwd",
    "with-nul": "/d/%00a",
    "with-line-breaks": "/d/%0d%0aX:%20y",
    "with-escapes": "/d/%1b%5b2J" + _SAID_ESCAPES,
    "bidi": "/d/\u202e\u2066gpj.exe",
    "of-1-mb": "/d/" + _MEGABYTE,
    "empty": "",
    "of-spaces": "  \n  ",
    "relative": "a.txt",
    "in-capitals": "/D/A.TXT",
    "coded-in-full": "/%64/%61%2e%74%78%74",
    "not-utf-8": "/d/%ff%fe",
    "broken-escapes": "/d/%zz%",
    "with-login": "http://anna:secret@{HOST}/d/a.txt",
    "with-query": "/d/a.txt?x={FOREIGN}#y",
    "port-99999": "http://127.0.0.1:99999/d/",
    "ipv6-broken": "http://[::1/d/",
}

_SHOWN = active_lock(TOKEN, root="{PATH}")

_TARGETS = (
    *(
        listed(
            f"names-{name}",
            element("{PATH}", more=_COLLECTION, locks=_SHOWN),
            element(href, more=_COLLECTION, locks=active_lock(OTHER, root=href)),
        )
        for name, href in _HREFS.items()
    ),
    *(
        listed(
            f"names-only-{name}", element(_HREFS[name], more=_COLLECTION, locks=active_lock(OTHER, root=_HREFS[name]))
        )
        for name in ("elsewhere", "outside", "empty", "in-capitals")
    ),
)

_ERROR = (
    '<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:lock-token-submitted>'
    "<D:href>{}</D:href></D:lock-token-submitted></D:error>"
)


def _refuses(name: str, body: str, status: str = "423 Locked") -> Behaviour:
    def words(turn: Turn) -> bytes:
        here = body.replace("{FOREIGN}", turn.foreign).replace("{PATH}", turn.path)
        return response(status, here.encode("utf-8", "surrogatepass"), XML)

    return by_method(name, dict.fromkeys(("LOCK", "PUT", "UNLOCK", "DELETE", "MKCOL", "MOVE", "PROPPATCH"), words))


def _on(name: str, method: str, answer: bytes) -> Behaviour:
    return by_method(name, {method: lambda turn: answer})


def _granted_elsewhere(turn: Turn) -> bytes:
    return granted(TOKEN, root=f"{turn.foreign}/d/", owner="somebody else")


_EFFECTS = (
    _refuses("refuses-for-elsewhere", _ERROR.format("{FOREIGN}/d/a")),
    _refuses("refuses-for-above", _ERROR.format("/")),
    _refuses("refuses-for-script", _ERROR.format("javascript:x")),
    _refuses("refuses-for-1-mb", _ERROR.format(_MEGABYTE)),
    _refuses("refuses-with-escapes", _ERROR.format(_SAID_ESCAPES)),
    _refuses("refuses-deeply", "<a>" * 5000 + "</a>" * 5000),
    _refuses("refuses-in-words", "\x1b[2J The file is locked by \u202eevil\x07", "403 \x1b[31mNo"),
    _refuses("refuses-412", _ERROR.format("{PATH}"), "412 Precondition Failed"),
    _refuses("refuses-424", _ERROR.format("{PATH}"), "424 Failed Dependency"),
    _refuses("refuses-507", "<x/>", "507 Full"),
    _refuses(
        "refuses-as-207",
        document(element("{PATH}", status="423 Locked"), element("{FOREIGN}/x", status="424 x")).decode(),
        "207 Multi-Status",
    ),
    _on("unlock-says-200", "UNLOCK", response("200 OK", b"done")),
    _on("unlock-says-204-and-keeps", "UNLOCK", response("204 No Content")),
    _on(
        "unlock-says-207",
        "UNLOCK",
        response("207 Multi-Status", document(element("/d/a.txt", status="423 Locked")), XML),
    ),
    _on("unlock-says-409", "UNLOCK", response("409 Conflict")),
    _on("lock-says-204", "LOCK", response("204 No Content")),
    _on("lock-says-200-and-nothing", "LOCK", response("200 OK")),
    _on("lock-says-201-with-a-page", "LOCK", response("201 Created", b"<html>ok</html>", "Content-Type: text/html")),
    _on("lock-grants-what-nobody-sees", "LOCK", granted("urn:x:ghost")),
    _on("lock-grants-two-tokens", "LOCK", granted("urn:x:one").replace(b"\r\n", b"\r\nLock-Token: <urn:x:two>\r\n", 1)),
    _on(
        "lock-grants-one-and-shows-another",
        "LOCK",
        granted("urn:x:one").replace(b"<D:href>urn:x:one", b"<D:href>urn:x:two"),
    ),
    _on("lock-token-without-brackets", "LOCK", granted("urn:x:one").replace(b"<urn:x:one>\r\n", b"urn:x:one\r\n")),
    _on(
        "lock-token-of-a-list",
        "LOCK",
        granted("urn:x:one").replace(b"<urn:x:one>\r\n", b"<urn:x:one>, <urn:x:two>\r\n"),
    ),
    _on(
        "lock-token-of-1-mb",
        "LOCK",
        granted("urn:x:one").replace(b"<urn:x:one>\r\n", b"<urn:x:" + b"y" * 1_000_000 + b">\r\n"),
    ),
    _on("lock-says-207", "LOCK", response("207 Multi-Status", document(element("/d/a.txt", status="423 Locked")), XML)),
    by_method("lock-grants-elsewhere", {"LOCK": _granted_elsewhere}),
    _on("put-says-207", "PUT", response("207 Multi-Status", document(element("/d/a.txt", status="507 Full")), XML)),
    _on("put-says-202", "PUT", response("202 Accepted")),
    _on("options-says-a-page", "OPTIONS", response("200 OK", b"<html>hello</html>", "Content-Type: text/html")),
)


def _spelled(name: str, spell: Callable[[str], bytes], charset: str = "") -> Behaviour:
    """The honest multistatus in other letters."""

    def words(turn: Turn) -> bytes:
        body = split(turn.honest())[1].decode()
        return response("207 Multi-Status", spell(body), "Content-Type: application/xml" + charset)

    return by_method(f"spelled-{name}", {"PROPFIND": words})


def _declared(text: str, name: str) -> str:
    return text.replace('version="1.0"', f'version="1.0" encoding="{name}"')


_SPELLINGS = (
    _spelled("utf-16", lambda text: _declared(text, "utf-16").encode("utf-16")),
    _spelled("utf-16-without-mark", lambda text: text.encode("utf-16-le")),
    _spelled("utf-16-declared-only", lambda text: _declared(text, "utf-16").encode()),
    _spelled("utf-32", lambda text: _declared(text, "utf-32").encode("utf-32")),
    _spelled("utf-7", lambda text: _declared(text, "utf-7").encode("utf-7")),
    _spelled("ebcdic", lambda text: _declared(text, "cp037").encode("cp037")),
    _spelled(
        "latin-1-said-to-be-utf-8", lambda text: text.replace("bob", "b\xf6b").encode("latin-1"), "; charset=utf-8"
    ),
    _spelled("utf-8-said-to-be-latin-1", lambda text: text.replace("bob", "b\xf6b").encode(), "; charset=iso-8859-1"),
    _spelled("encoding-unknown", lambda text: _declared(text, "nonsense-9").encode()),
    _spelled("encoding-of-1-kb", lambda text: _declared(text, "x" * 1024).encode()),
    _spelled("three-marks", lambda text: b"\xef\xbb\xbf" * 3 + text.encode()),
    _spelled("with-nul", lambda text: text.replace("bob", "b\0b").encode()),
    _spelled("with-escape", lambda text: text.replace("bob", "\x1b[2J").encode()),
    _spelled("with-references-to-nul", lambda text: text.replace("bob", "&#0;&#27;&#xffff;").encode()),
    _spelled("with-surrogates", lambda text: text.replace("bob", "\ud800").encode("utf-8", "surrogatepass")),
    _spelled(
        "with-entities",
        lambda text: (
            text.replace("?>", '?><!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1)
            .replace("bob", "&e;")
            .encode()
        ),
    ),
    _spelled("with-words-behind", lambda text: (text + "<x/> and more").encode()),
    _spelled("with-words-before", lambda text: ("PHP Warning: x\n" + text).encode()),
    _spelled("as-html", lambda text: html.escape(text).encode()),
    _spelled("as-json", lambda text: b'{"error": "\\u001b[2J"}', "; charset=utf-8"),
    _spelled("cut-in-half", lambda text: text[: len(text) // 2].encode()),
    _spelled("without-namespace", lambda text: text.replace("DAV:", "urn:x").encode()),
    _spelled("without-declared-prefix", lambda text: text.replace(' xmlns:D="DAV:"', "").encode()),
    _spelled("twice", lambda text: (text + text).encode()),
)

_LISTINGS = (
    listed("lists-nothing"),
    listed(
        "lists-a-thousand-locks",
        element(
            "{PATH}", locks="".join(active_lock(f"urn:x:{n}", root="{PATH}") for n in range(1000)), more=_COLLECTION
        ),
    ),
    listed("lists-itself-a-thousand-times", *[element("{PATH}", locks=_SHOWN, more=_COLLECTION)] * 1000),
    listed(
        "lists-odd-statuses",
        *(
            element("{PATH}", status=status)
            for status in ("", "999 x", "-1", "\u0662\u0660\u0660 OK", "200 " + "x" * 5000)
        ),
    ),
    listed(
        "lists-with-words",
        element("{PATH}", locks=_SHOWN),
        f"<D:responsedescription>{_MEGABYTE}</D:responsedescription>",
    ),
    listed(
        "lists-statuses-and-propstats",
        "<D:response><D:href>{PATH}</D:href><D:status>HTTP/1.1 404 No</D:status><D:propstat/>",
        "<D:href>{FOREIGN}/</D:href></D:response>",
    ),
    listed(
        "lists-many-properties", element("{PATH}", more="".join(f"<x:p{n} xmlns:x='urn:{n}'/>" for n in range(5000)))
    ),
    listed("lists-deep-properties", element("{PATH}", more="<D:x>" * 240 + "</D:x>" * 240)),
    listed("lists-too-deep-properties", element("{PATH}", more="<D:x>" * 100_000 + "</D:x>" * 100_000)),
    listed(
        "lists-many-attributes", element("{PATH}", more="<D:x " + " ".join(f"a{n}='{n}'" for n in range(5000)) + "/>")
    ),
    listed(
        "lists-odd-tags",
        element("{PATH}", locks=_SHOWN, more="<D:getetag>&quot;a\u202e&#xa;b</D:getetag><D:getetag>W/</D:getetag>"),
    ),
    listed("lists-as-200", element("{PATH}", locks=_SHOWN), status="200 OK"),
    listed("lists-as-404", element("{PATH}", locks=_SHOWN), status="404 Not Found"),
    listed("lists-as-206", element("{PATH}", locks=_SHOWN), status="206 Partial"),
    answered(
        "a-page-with-escapes", "200 OK", b"<html><title>\x1b]0;x\x07</title>\x1b[2J</html>", "Content-Type: text/html"
    ),
    answered("a-page-of-5-mb", "404 Not Found", b"<p>" * 1_700_000, "Content-Type: text/html"),
    answered(
        "a-json-error",
        "500 No",
        b'{"message": "\\u001b[2J\\u202e", "token": "' + TOKEN.encode() + b'"}',
        "Content-Type: application/json",
    ),
    answered("a-binary-page", "500 No", bytes(range(256)) * 400, "Content-Type: text/plain"),
    spoiled("answers-in-capitals", lambda answer: split(answer)[0] + split(answer)[1].upper()),
)

BEHAVIOURS = (*_PARTS, *_TARGETS, *_EFFECTS, *_SPELLINGS, *_LISTINGS)
