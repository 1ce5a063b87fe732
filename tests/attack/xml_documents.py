"""XML that no honest server sends, as bodies of a multistatus, a lock or an error."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

SIZE = 1_500_000
"""Bytes of one flood, unless its name says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body, and the type that the server gives it."""

    name: str
    body: bytes
    media: str = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What documents point to: nobody may look there."""

    url: str
    """Of a server that notes who asks it."""
    path: str
    """Of a file with a secret in it."""

    @property
    def all(self) -> tuple[str, ...]:
        """In every spelling."""
        host = self.url.removeprefix("http:")
        return self.url, f"{host}/protocol-relative", f"file://{self.path}", self.path, f"php://filter/{self.path}"


def response(inside: str = "", *, href: str = "/a") -> str:
    """One response of a multistatus, with a lock."""
    lock = (
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
        "<D:owner>alice</D:owner><D:timeout>Second-600</D:timeout><D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken>"
        f"<D:lockroot><D:href>{href}</D:href></D:lockroot></D:activelock>"
    )
    found = f"<D:prop><D:lockdiscovery>{lock}</D:lockdiscovery>{inside}</D:prop><D:status>HTTP/1.1 200 OK</D:status>"
    return f"<D:response><D:href>{href}</D:href><D:propstat>{found}</D:propstat></D:response>"


def multistatus(inside: str = "", *, before: str = "", attributes: str = "") -> str:
    """A document; ``before`` stands between its declaration and its root."""
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{declaration}{before}<D:multistatus xmlns:D="DAV:"{attributes}>{inside or response()}</D:multistatus>'


GOOD = (
    multistatus(),
    multistatus(response() + response("<D:getetag>W/&quot;é&quot;</D:getetag>", href="/b%20c")),
    '<D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock><D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken>'
    "</D:activelock></D:lockdiscovery></D:prop>",
    '<error xmlns="DAV:"><lock-token-submitted><href>/a</href></lock-token-submitted></error>',
)
"""Documents that are read; every part of them that lacks an end is none."""


def documents(places: Places) -> Iterator[Document]:
    """All of them."""
    for name, text in (*_entities(places), *_pointers(places), *_floods(), *_shapes()):
        yield Document(name=name, body=text.encode("utf-8", "surrogatepass"))
    yield from _encodings()
    yield from _bytes()


def _doctype(subset: str) -> str:
    return f"<!DOCTYPE D:multistatus [{subset}]>"


def _used(subset: str, reference: str) -> str:
    return multistatus(response(f"<D:displayname>{reference}</D:displayname>"), before=_doctype(subset))


def _entities(places: Places) -> Iterator[tuple[str, str]]:
    for kind in ("SYSTEM", "PUBLIC 'x'"):
        for number, place in enumerate(places.all):
            yield f"external entity {kind} {number}", _used(f"<!ENTITY e {kind} '{place}'>", "&e;")
            yield f"external parameter entity {kind} {number}", _used(f"<!ENTITY % e {kind} '{place}'> %e;", "x")
            yield f"external subset {kind} {number}", multistatus(before=f"<!DOCTYPE D:multistatus {kind} '{place}'>")
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    yield "billion laughs", _used(f"<!ENTITY e0 'lol'>{levels}", "&e11;")
    wide = "x" * 100_000
    yield "quadratic blowup", _used(f"<!ENTITY e '{wide}'>", "&e;" * 5000)
    parameters = "".join(f"<!ENTITY % p{n} '{f'&#37;p{n - 1};' * 10}'>" for n in range(1, 9))
    yield "parameter laughs", _used(f"<!ENTITY % p0 'x'>{parameters} %p8;", "x")
    yield "entity of itself", _used("<!ENTITY e '&e;'>", "&e;")
    yield "entities of each other", _used("<!ENTITY a '&b;'><!ENTITY b '&a;'>", "&a;")
    yield "internal entity", _used("<!ENTITY e 'urn:uuid:2'>", "&e;")
    yield "entity with markup", _used("<!ENTITY e '</D:displayname><D:evil/><D:displayname>'>", "&e;")
    yield "entity in an attribute", _used("<!ENTITY e 'x'>", "<a b='&e;'/>")
    yield "attribute defaults", _used("<!ATTLIST D:href evil CDATA 'x'>", "x")
    yield "namespace by default attribute", _used("<!ATTLIST D:response xmlns:D CDATA 'evil:'>", "x")
    yield "notation", _used(f"<!NOTATION n SYSTEM '{places.path}'><!ENTITY e SYSTEM 'x' NDATA n>", "x")
    yield "conditional section", _used("<![INCLUDE[<!ENTITY e 'x'>]]>", "&e;")
    yield "lower-case doctype", multistatus(before=f"<!doctype x [<!entity e SYSTEM '{places.path}'>]>")
    yield "two doctypes", multistatus(before=f"<!DOCTYPE a><!DOCTYPE b SYSTEM '{places.path}'>")
    yield "doctype behind a comment", multistatus(before=f"<!-- > -->{_doctype(f'<!ENTITY e SYSTEM {places.path!r}>')}")
    yield "doctype in the root", multistatus(f"<!DOCTYPE x SYSTEM '{places.path}'>")
    yield "undeclared entity", multistatus(response("<D:displayname>&nbsp;&auml;</D:displayname>"))
    yield "character references", multistatus(response("<D:displayname>&#0;&#x1b;&#xd800;&#x110000;</D:displayname>"))
    yield "references to controls", multistatus(response("<D:displayname>&#x9b;31m&#x202e;&#x85;</D:displayname>"))


def _pointers(places: Places) -> Iterator[tuple[str, str]]:
    xsi = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    include = "http://www.w3.org/2001/XInclude"
    for number, place in enumerate(places.all):
        yield f"xml-stylesheet {number}", multistatus(before=f'<?xml-stylesheet type="text/xsl" href="{place}"?>')
        yield f"xml-model {number}", multistatus(before=f'<?xml-model href="{place}"?>')
        yield (
            f"schemaLocation {number}",
            multistatus(attributes=f'{xsi} xsi:schemaLocation="DAV: {place}" xsi:noNamespaceSchemaLocation="{place}"'),
        )
        for parse in ("xml", "text"):
            element = f'<xi:include xmlns:xi="{include}" href="{place}" parse="{parse}"/>'
            yield f"xi:include {parse} {number}", multistatus(response(element))
        yield f"xml:base {number}", multistatus(response(), attributes=f' xml:base="{place}"')
        yield f"href elsewhere {number}", multistatus(response(href=place))
        yield f"xlink {number}", multistatus(response(f'<a xmlns:x="http://www.w3.org/1999/xlink" x:href="{place}"/>'))


def _floods() -> Iterator[tuple[str, str]]:
    def much(unit: str, size: int = SIZE) -> str:
        return unit * (size // len(unit))

    for depth in (200, 2000, 3000, 100_000):
        yield f"depth {depth}", multistatus(response("<a>" * depth + "</a>" * depth))
        yield f"responses in each other {depth}", multistatus("<D:response>" * depth + "</D:response>" * depth)
        yield f"props in each other {depth}", multistatus(response("<D:prop>" * depth + "</D:prop>" * depth))
    nested = "<D:multistatus><D:response><D:propstat><D:prop><D:lockdiscovery><D:activelock>"
    ends = "</D:activelock></D:lockdiscovery></D:prop></D:propstat></D:response></D:multistatus>"
    yield "all in each other", multistatus(nested * 200 + ends * 200)
    yield "never closed", multistatus("<D:response><D:href>/a</D:href><D:propstat>" * 20_000)
    yield "closed too often", multistatus("</D:response>" * 20_000)
    yield "attributes", multistatus(response("<a " + " ".join(f"a{n}='1'" for n in range(200_000)) + "/>"))
    yield "the same attribute", multistatus(response("<a " + "a='1' " * 100_000 + "/>"))
    yield "one long attribute", multistatus(response(f"<a b='{'x' * 3_000_000}'/>"))
    yield (
        "prefixes on one element",
        multistatus(response("<a " + " ".join(f"xmlns:p{n}='u{n}'" for n in range(9000)) + "/>")),
    )
    yield "prefixes on many", multistatus(response("".join(f"<p{n}:a xmlns:p{n}='u'/>" for n in range(30_000))))
    yield "rebinding", multistatus(response("<D:a xmlns:D='x'><D:b xmlns:D='DAV:'/></D:a>" * 20_000))
    yield "rebinding in depth", multistatus(response("<a xmlns='x'><a xmlns=''>" * 400 + "</a></a>" * 400))
    yield "long namespace", multistatus(response(f"<a xmlns='{'n' * 1_000_000}'/>"))
    yield "long namespace many times", multistatus(response(f"<a xmlns='{'n' * 100_000}'>{'<b/>' * 90_000}</a>"))
    far = f"<D:prop xmlns='urn:{'n' * 100_000}'>{'<b/>' * 5_000}"
    yield "properties in a long namespace", multistatus(response().replace("<D:prop>", far))
    yield "undeclared prefixes", multistatus(response("".join(f"<p{n}:a/>" for n in range(50_000))))
    yield "long name", multistatus(response(f"<{'a' * 1_000_000}/>"))
    propstat = "<D:propstat><D:prop><a/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    yield "propstats", multistatus(f"<D:response><D:href>/a</D:href>{propstat * 100_000}</D:response>")
    yield "hrefs", multistatus(f"<D:response>{'<D:href>/a</D:href>' * 100_000}</D:response>")
    yield "href of 1 MB", multistatus(response(href="/" + "a" * 1_000_000))
    yield "href of 1 MB of slashes", multistatus(response(href="/" * 1_000_000))
    yield "href of 1 MB of dots", multistatus(response(href="/.." * 333_000))
    yield "href of 1 MB of escapes", multistatus(response(href="/" + "%2f" * 333_000))
    yield "responses", multistatus("".join(response(href=f"/{n}") for n in range(20_000)))
    yield "locks", multistatus(response("<D:lockdiscovery>" + "<D:activelock/>" * 40_000 + "</D:lockdiscovery>"))
    yield "some locks", multistatus(response("<D:lockdiscovery>" + "<D:activelock/>" * 16_000 + "</D:lockdiscovery>"))
    yield "supportedlocks", multistatus(response(f"<D:supportedlock>{'<D:lockentry/>' * 40_000}</D:supportedlock>"))
    for name, unit in (
        ("comments", "<!-- -->"),
        ("instructions", "<?a b?>"),
        ("sections", "<![CDATA[x]]>"),
        ("ampersands", "&amp;"),
    ):
        yield name, multistatus(response(f"<a>{much(unit)}</a>"))
        yield f"{name} between responses", multistatus(much(unit) + response())
        if name in ("comments", "instructions"):
            yield f"{name} before the root", multistatus(before=much(unit))
            yield f"{name} behind the root", multistatus() + much(unit)
    yield "blanks before the root", multistatus(before=" " * 10_000_000)
    yield "blanks behind the root", multistatus() + " " * 10_000_000
    yield "one comment of 10 MB", multistatus(f"<!--{'x' * 10_000_000}-->")
    yield "text of 10 MB", multistatus(response(f"<a>{'x' * 10_000_000}</a>"))
    yield "text of 10 MB in pieces", multistatus("".join(response(f"<a>{'x' * 100_000}</a>") for _ in range(100)))
    yield "status line of 1 MB", multistatus(response().replace("200 OK", f"200 {'x' * 1_000_000}"))
    yield "owner of 1 MB", multistatus(response().replace("alice", "x" * 1_000_000))
    yield "owner of 100,000 elements", multistatus(response().replace("alice", "<a/>" * 90_000))
    yield "token of 1 MB", multistatus(response().replace("urn:uuid:1", "urn:uuid:" + "x" * 1_000_000))
    yield "timeout of a million digits", multistatus(response().replace("Second-600", "Second-" + "9" * 1_000_000))
    long = (response(href=f"/{n}").replace("Second-600", f"Second-{n}, {'x' * 500_000}") for n in range(20))
    yield "timeouts of 500 KB", multistatus("".join(long))
    yield "timeouts", multistatus(response().replace("Second-600", "Second-1x," * 100_000))


def _shapes() -> Iterator[tuple[str, str]]:
    good = multistatus()
    yield "empty root", multistatus(" ")
    yield "no namespace", good.replace(' xmlns:D="DAV:"', "")
    yield "another namespace", good.replace('"DAV:"', '"DAV"')
    yield (
        "namespace taken away",
        '<multistatus xmlns="DAV:"><response xmlns=""><href>/a</href></response></multistatus>',
    )
    yield (
        "mixed namespaces",
        multistatus(response().replace("<D:href>", "<X:href xmlns:X='dav:'>").replace("</D:href>", "</X:href>")),
    )
    yield "prefix xml", good.replace("<D:", "<xml:").replace("</D:", "</xml:")
    yield "prefix xmlns", good.replace("<D:", "<xmlns:").replace("</D:", "</xmlns:")
    yield "two colons", good.replace("<D:href>", "<D:D:href>").replace("</D:href>", "</D:D:href>")
    yield "two roots", good + '<D:multistatus xmlns:D="DAV:"/>'
    yield "text behind the root", f"{good}\nHTTP/1.1 200 OK\r\n\r\n"
    yield "text before the root", f"x{good}"
    yield "two declarations", '<?xml version="1.0"?>' + good
    yield "declaration inside", multistatus('<?xml version="1.0"?>' + response())
    yield "version 1.1", good.replace('"1.0"', '"1.1"')
    yield "version 9", good.replace('"1.0"', '"9.9"')
    yield "standalone", good.replace('"utf-8"?>', '"utf-8" standalone="yes"?>')
    for name, piece in (
        ("comment", "<!-- x -->"),
        ("instruction", "<?x y?>"),
        ("section", "<![CDATA[x]]>"),
        ("text", "x"),
    ):
        yield f"{name} in every place", good.replace(">", f">{piece}")
        yield (
            f"{name} within each text",
            good.replace("00", f"0{piece}0").replace("urn:", f"urn:{piece}").replace("/a", f"/{piece}a"),
        )
    yield "comment with two hyphens", good.replace("<D:prop>", "<D:prop><!-- -- -->")
    yield "open section", good.replace("<D:prop>", "<D:prop><![CDATA[")
    yield "end of a section", good.replace("<D:prop>", "<D:prop>]]>")
    yield "no quotes", good.replace('"DAV:"', "DAV:")
    yield "crossing tags", good.replace("</D:prop></D:propstat>", "</D:propstat></D:prop>")
    for name, odd in (
        ("nul", "\x00"),
        ("escape", "\x1b[2J"),
        ("C1", "\x9b31m"),
        ("backspaces", "\x08" * 20),
        ("bidi", "\u202e"),
    ):
        yield (
            f"{name} in each text",
            good.replace("alice", odd).replace("/a", f"/{odd}").replace("urn:uuid:1", f"urn:{odd}"),
        )
    for name, odd in (
        ("github command", "\n::error::x"),
        ("line breaks", "\r\n\u2028\x85x"),
        ("noncharacters", "\ufffe\uffff\ufdd0"),
    ):
        yield (
            f"{name} in each text",
            good.replace("alice", odd).replace("200 OK", f"200 {odd}").replace("/a", f"/{odd}"),
        )
    yield "surrogates", good.replace("alice", "\ud83d\ude00\ud800")
    for status in (
        "",
        "200",
        "HTTP/1.1",
        "HTTP/9.9 999 x",
        "HTTP/1.1 -1 x",
        "HTTP/1.1 ٢٠٠ OK",
        "HTTP/1.1 " + "2" * 5000,
    ):
        yield f"status line {status[:20]!r}", good.replace("HTTP/1.1 200 OK", status)
    for word in ("", "infinity", "Infinite", "-1", "0 0", "∞"):
        yield f"depth {word!r}", good.replace("<D:depth>0", f"<D:depth>{word}")
    yield "nothing", ""
    yield "blanks", " \r\n\t"
    yield "one bracket", "<"
    yield (
        "html",
        "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'></form></body></html>",
    )
    yield "svg with script", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "soap", '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'
    yield "error", GOOD[3]
    conflict = "<D:no-conflicting-lock><D:href>/a</D:href></D:no-conflicting-lock>"
    yield "error with everything", f'<D:error xmlns:D="DAV:">{conflict * 5000}</D:error>'
    yield "lock answer", GOOD[2]


_NAMES = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "latin-1", "ascii", "cp1252")
_UNREAD = (
    "utf-7",
    "cp037",
    "cp500",
    "cp1140",
    "gb18030",
    "shift_jis",
    "iso2022_jp",
    "punycode",
    "utf-8-sig",
    "zlib",
    "rot13",
    "hex",
)


def _encodings() -> Iterator[Document]:
    """Each said and each real encoding together, with and without a mark of the byte order."""
    good = multistatus(response("<D:displayname>é</D:displayname>"))
    for said in (*_NAMES, *_UNREAD, "", "x" * 1000, "../../etc/passwd", "utf-8\x00", "utf_16", "UTF8"):
        text = good.replace('"utf-8"', f'"{said}"')
        yield Document(name=f"said to be {said[:20]!r}", body=text.encode())
        yield Document(
            name=f"said by the head to be {said[:20]!r}", body=good.encode(), media=f"text/xml; charset={said!r}"[:200]
        )
    for real in (*_NAMES, "cp037", "utf-7"):
        for mark in (
            b"",
            codecs.BOM_UTF8,
            codecs.BOM_UTF16_LE,
            codecs.BOM_UTF16_BE,
            codecs.BOM_UTF32_LE,
            codecs.BOM_UTF32_BE,
        ):
            body = mark + good.encode(real, "replace")
            yield Document(name=f"{real} behind {mark.hex() or 'nothing'}", body=body)
    for real in ("utf-16", "utf-16-le", "utf-32"):
        bomb = _used("<!ENTITY e SYSTEM 'file:///etc/passwd'>", "&e;")
        yield Document(name=f"entity in {real}", body=bomb.encode(real))
        yield Document(name=f"half of {real}", body=good.encode(real)[:-1])
        yield Document(name=f"odd {real}", body=good.encode(real)[1:])
        yield Document(name=f"depth in {real}", body=multistatus(response("<a>" * 3000)).encode(real))


def _bytes() -> Iterator[Document]:
    good = multistatus().encode()
    yield Document(name="nuls", body=b"\0" * 1_000_000)
    yield Document(name="nul before each byte", body=good.replace(b"<", b"\0<"))
    yield Document(name="nul behind the root", body=good + b"\0" * 1000)
    yield Document(name="random bytes", body=bytes((n * n * 7 + n // 3) % 256 for n in range(100_000)))
    yield Document(name="half a character", body=good.replace(b"alice", b"\xc3"))
    yield Document(name="overlong slash", body=good.replace(b"/a", b"/\xc0\xafa"))
    yield Document(name="surrogates in UTF-8", body=good.replace(b"alice", b"\xed\xa0\x80\xed\xb0\x80"))
    yield Document(name="beyond Unicode", body=good.replace(b"alice", b"\xf7\xbf\xbf\xbf"))
    yield Document(name="marks inside", body=good.replace(b"><", b">\xef\xbb\xbf<"))
    for media in (
        "text/html",
        "application/json",
        "image/png",
        "multipart/mixed",
        "",
        "application/xml; charset=",
        "x" * 5000,
    ):
        yield Document(name=f"said to be {media[:30]!r}", body=good, media=media)
