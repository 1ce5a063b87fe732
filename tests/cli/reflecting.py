"""A server that repeats all it gets, in every place and every spelling, and a search for what it must not bring out."""

import base64
import contextlib
import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.cli.answers import TOKEN
from tests.transport.scripted import Conversation

PASSWORD = "Kan4ri/<e>&\"9'%+\u00e9 z"
"""With a character that each escape changes in its own way."""

BEARER = "kanarie-B34rer.t0ken_0123456789~x"
COOKIE = "kanarieC00kie0123456789"
API_KEY = "kanarieApiKey+/0123456789=="
OWN_KEY = "kanarie own key 0123456789"
PROXY_PASSWORD = "kanarie:Pr0xy@0123"
SECOND_PASSWORD = "kanarie-Zw3ite!"

CANARIES = (PASSWORD, BEARER, COOKIE, API_KEY, OWN_KEY, PROXY_PASSWORD, SECOND_PASSWORD)


def _told(request: bytes) -> list[str]:
    """What a talkative server tells: the request, its head in base64 at each offset, and the login taken apart."""
    head = request.partition(b"\r\n\r\n")[0]
    told = [request.decode("utf-8", "replace")]
    told += [base64.b64encode(b"x" * before + head).decode() for before in range(3)]
    told += [base64.urlsafe_b64encode(head).decode(), head.hex()]
    for found in re.findall(rb"(?im)^(?:proxy-)?authorization: *basic +(\S+)", head):
        pair = base64.b64decode(found)
        text = pair.decode("utf-8", "replace")
        password = text.partition(":")[2]
        told += [text, f"the password is {password}.", base64.b64encode(password.encode()).decode(), pair.hex()]
        told += [pair.decode("latin-1")]
    told[0] = told[0][:2000]
    for text in [*told[:1], *told[6:]]:  # what base64 and hexadecimal leave to be escaped
        told += [quote(text, safe=""), quote(text), quote_plus(text), json.dumps(text), html.escape(text)]
        told += [quote(quote(text, safe=""), safe=""), html.escape(json.dumps(text))]
    return told


def _line(text: str) -> bytes:
    """As much of ``text`` as can stand in a status line or a header field."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).encode("utf-8", "replace")


class Reflecting:
    """The play of a server that reflects. Its ``manner`` can be changed: ``works`` answers as a DAV server with a lock
    on everything, ``utf16`` does so in UTF-16, ``refuses`` answers with an error page, ``challenges`` with a 401,
    ``locked`` with a 423, ``moves`` with a redirect, and ``rubbish`` is no HTTP. A login by Digest is asked for where
    the request wants that.
    """

    def __init__(self, manner: str) -> None:
        self.manner = manner

    def __call__(self, conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            conversation.say(reflected(self.manner, request))
            if self.manner == "rubbish":
                return


def reflected(manner: str, request: bytes) -> bytes:
    """The answer to ``request`` in this manner: see :class:`Reflecting`."""
    told = _told(request)
    method, target = request.split(b" ", 2)[:2]
    path = re.sub(rb"^http://[^/]*", b"", target).decode()
    flat = _line(told[0][:3000])
    login = next(iter(re.findall(rb"(?im)^authorization: *(.*?)\r?$", request)), b"")
    challenge = b'WWW-Authenticate: Basic realm="' + _line(" ".join(told[1:9])).replace(b'"', b"'") + b'"'
    if b"X-Wants: digest" in request and not login.startswith(b"Digest"):
        fields = [b'WWW-Authenticate: Digest realm="r", nonce="n0nce0123456789", qop="auth", algorithm=SHA-256']
        return _response(b"401 " + flat, b"no", fields)
    fields = [b"X-Reflected: " + flat, b"Set-Cookie: sid=" + COOKIE.encode() + b"; Path=/", b"DAV: 1, 2"]
    fields += [b"X-Encoded: " + _line(text) for text in told[1:8]]
    if manner == "rubbish":
        return b"NOT HTTP " + flat + b"\r\n" + "\n".join(told).encode("utf-8", "replace")
    page = ("<html><body><pre>" + "\n".join(told) + "</pre></body></html>").encode("utf-8", "replace")
    html_type = b"Content-Type: text/html; charset=utf-8"
    if manner == "refuses":
        return _response(b"403 " + flat, page, [html_type, *fields])
    if manner == "challenges":
        return _response(b"401 " + flat, page, [html_type, challenge, *fields])
    if manner == "moves":
        where = quote(told[0][:1500], safe="").encode()
        return _response(b"302 " + flat, page, [html_type, b"Location: /moved/" + where, *fields])
    dav_error = "<D:error xmlns:D='DAV:'><D:lock-token-submitted><D:href>" + path + "</D:href></D:lock-token-submitted>"
    dav_error += "<x:message xmlns:x='urn:x'>" + html.escape("\n".join(told)) + "</x:message></D:error>"
    if manner == "locked" and method in (b"LOCK", b"PUT", b"UNLOCK", b"DELETE", b"MKCOL"):
        return _response(b"423 " + flat, dav_error.encode("utf-8", "replace"), [b"Content-Type: application/xml"])
    return _success(manner, method, path, told, [flat, *fields])


def _success(manner: str, method: bytes, path: str, told: list[str], extra: list[bytes]) -> bytes:
    flat, *fields = extra
    words = html.escape("\n".join(told))
    lock = (
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth>"
        f"<D:owner>{words}</D:owner><D:timeout>Second-540</D:timeout><D:locktoken><D:href>{TOKEN}</D:href>"
        f"</D:locktoken><D:lockroot><D:href>{path}</D:href></D:lockroot></D:activelock>"
    )
    own = f"<D:lockdiscovery>{lock}</D:lockdiscovery><D:displayname>{words}</D:displayname>"
    child = path.rstrip("/") + "/" + quote(told[0][:600], safe="")
    status = "<D:status>HTTP/1.1 200 OK</D:status>"
    multistatus = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">' + "".join(
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop>{own}</D:prop>{status}</D:propstat></D:response>"
        for href in (path, child)
    )
    multistatus += f"<D:responsedescription>{words}</D:responsedescription></D:multistatus>"
    xml = [b"Content-Type: application/xml; charset=utf-8", *fields]
    if method == b"PROPFIND" and manner == "utf16":
        text = multistatus.replace('version="1.0"', 'version="1.0" encoding="utf-16"')
        return _response(b"207 " + flat, text.encode("utf-16"), [b"Content-Type: application/xml", *fields])
    if method == b"PROPFIND":
        return _response(b"207 " + flat, multistatus.encode("utf-8", "replace"), xml, coded=True)
    if method == b"LOCK":
        body = f'<D:prop xmlns:D="DAV:"><D:lockdiscovery>{lock}</D:lockdiscovery></D:prop>'
        return _response(b"200 " + flat, body.encode("utf-8", "replace"), [f"Lock-Token: <{TOKEN}>".encode(), *xml])
    if method == b"OPTIONS":
        allow = b"Allow: OPTIONS, GET, HEAD, PUT, PROPFIND, LOCK, UNLOCK, MKCOL, DELETE"
        return _response(b"200 " + flat, b"", [allow, *fields])
    if method == b"HEAD":
        return _response(b"200 " + flat, b"", [b'ETag: "1"', *fields])
    status_line = {b"PUT": b"201 ", b"MKCOL": b"201 ", b"UNLOCK": b"204 ", b"DELETE": b"204 "}.get(method, b"200 ")
    content = b"" if status_line == b"204 " else "\n".join(told).encode("utf-8", "replace")
    return _response(status_line + flat, content, [b"Content-Type: text/plain", *fields])


def _response(status: bytes, body: bytes, fields: list[bytes], *, coded: bool = False) -> bytes:
    """With ``coded``, compressed and in chunks of a few bytes: no secret arrives in one piece."""
    head = [b"HTTP/1.1 " + status, *fields]
    if status.startswith(b"204"):
        return b"\r\n".join(head) + b"\r\n\r\n"
    if not coded:
        return b"\r\n".join([*head, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body
    packed = gzip.compress(body)
    pieces = [packed[start : start + 7] for start in range(0, len(packed), 7)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head += [b"Content-Encoding: gzip", b"Transfer-Encoding: chunked"]
    return b"\r\n".join(head) + b"\r\n\r\n" + chunks + b"0\r\n\r\n"


# -- the search


def _forms(secret: str) -> Iterator[bytes]:
    """Every form of ``secret``, written without davlock's own list of them."""
    raw = secret.encode()
    yield raw
    yield from (secret.encode(name) for name in ("utf-16-le", "utf-16-be"))
    if not secret.isascii():
        yield secret.encode("latin-1")
    yield from (raw.hex().encode(), raw.hex().upper().encode())
    for escaped in (quote(secret, safe=""), quote(secret), quote_plus(secret), quote(quote(secret, safe=""), safe="")):
        yield escaped.encode()
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), escaped).encode()
    for text in (secret, html.escape(secret), html.escape(secret, quote=False)):
        yield text.encode()
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(text, ensure_ascii=False)[1:-1].encode()
        yield html.escape(json.dumps(text)[1:-1]).encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw)
        core = encoded[4 if before else 0 :].rstrip(b"=")[:-1]  # what no neighbour changes
        yield core
        yield core.replace(b"+", b"-").replace(b"/", b"_")


class Search:
    """Looks for ``secrets`` in outputs and files."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = {form: secret for secret in secrets for form in _forms(secret)}
        self._forms |= {re.sub(rb"\s+", b"", form): secret for form, secret in self._forms.items()}

    def leaks(self, name: str, data: bytes) -> list[str]:
        """What got out in ``data``, read as it is, without the line breaks of a table, and unpacked."""
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = [(f"{name}/{part}", archive.read(part)) for part in archive.namelist()]
            return [leak for part, content in parts for leak in self.leaks(part, content)]
        texts = [data, re.sub(rb"\s+", b"", data)]
        texts += [base64.b64decode(found) for found in re.findall(rb'"text": "((?:[A-Za-z0-9+/]{4}){8,}={0,2})"', data)]
        with contextlib.suppress(ValueError):
            texts.append(json.dumps(json.loads(data), ensure_ascii=False).encode("utf-8", "surrogatepass"))
        whole = b"\n".join(texts)
        return [f"{name}: {secret!r} as {form!r}" for form, secret in self._forms.items() if form in whole]

    def leaks_in(self, folder: Path) -> list[str]:
        """What got out into the files of ``folder``."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return [leak for path in files for leak in self.leaks(str(path.relative_to(folder)), path.read_bytes())]


def digest_secrets(requests: Iterable[bytes]) -> set[str]:
    """What the logins by Digest in ``requests`` would help to guess a password."""
    heads = (request.partition(b"\r\n\r\n")[0] for request in requests)
    lines = [line for head in heads for line in re.findall(rb"(?im)^authorization: *digest.*$", head)]
    return {found.decode() for line in lines for found in re.findall(rb'(?:cnonce|response)="([^"]+)"', line)}
