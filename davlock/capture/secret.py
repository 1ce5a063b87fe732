"""Secrets in messages: taken out as soon as a message is read, so that nothing further down can show or store them."""

import binascii
import re

from davlock.late_pattern import late_pattern
from davlock.protocol.challenge import known_scheme, scheme_of
from davlock.protocol.message import Headers
from davlock.protocol.url import without_credentials

HIDDEN = "(hidden)"

SECRET_FIELDS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        # Applications' and gateways' own ways to say who one is.
        "cf-access-client-secret",
        "ocp-apim-subscription-key",
        "private-token",
        "requesttoken",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-xsrf-token",
    }
)

# RFC 6265 §4.1.1: set-cookie-string = cookie-name "=" cookie-value *( ";" SP cookie-av ). The name tells which product
# it is, and neither it nor the attributes let anybody in. Some recorders join several cookies to one value: what is no
# attribute of the first is left out.
_COOKIE = late_pattern(
    r"([^=;]*)=[^;]*"
    r"((?:;[ ]?(?:Expires|Max-Age|Domain|Path|SameSite|Secure|HttpOnly|Partitioned)(?![\w-])(?:=[^;=\n]*)?)*)",
    re.IGNORECASE,
)

# A value that was hidden before.
_MARK = late_pattern(r"(?:([\w.-]{1,32}) )?\(hidden(?:, user \d{1,9})?\)")

_WITH_SCHEME = frozenset({"authorization", "proxy-authorization"})
_DIGEST_USER = late_pattern(r'\busername="?([^",]{1,256})')

# RFC 3986 §3.2: authority = [ userinfo "@" ] host [ ":" port ]. A password may have an "@" in it that nobody escaped.
_USERINFO_TEXT = r"(?<=://)[^/?#\s<>\"]*@"
_USERINFO = late_pattern(_USERINFO_TEXT)
_USERINFO_BYTES = late_pattern(_USERINFO_TEXT.encode())


def without_passwords(text: str) -> str:
    """``text`` without the ``user:password@`` of the URLs in it."""
    return _USERINFO.sub("", text) if "@" in text else text


def without_url_secrets(text: str) -> str:
    """``text`` without the logins and the query secrets of the URLs in it."""
    return without_query_secrets(without_passwords(text))


_QUERY = late_pattern(r"[?#][^\s\"'`<>]+", re.ASCII)
# "&" as it stands in XML, and as Go and .NET write it in JSON.
_PARAMETER = late_pattern(
    r"(?P<name>(?<=[?#&;])[\w.-]{1,64}|(?<=\\u0026)[\w.-]{1,64})=(?P<value>(?:(?!&|\\u0026)[^#\s\"'`<>\\])+)",
    re.ASCII,
)
# Presigned URLs of S3 and of Google, shared access signatures of Azure, tokens and codes of OAuth (RFC 6750 §2.3,
# RFC 6749 §4.1.2), and what APIs call their keys.
_SECRET_PARAMETER = late_pattern(
    r"x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|sas|(?:access_|refresh_|id_)?token"
    r"|(?:api[_-]?)?key|auth|code",
    re.IGNORECASE,
)
_WITH_SIG = frozenset({"se", "sp"})
_STATUS_CODE = late_pattern(r"[1-5]\d\d")


def without_query_secrets(text: str) -> str:
    """``text`` without what lets somebody in by a query, or a fragment, of the URLs in it."""
    return _QUERY.sub(_query_without_secrets, text) if "=" in text else text


def _query_without_secrets(query: re.Match[str]) -> str:
    names = {match["name"].lower() for match in _PARAMETER.finditer(query[0])}

    def hidden(match: re.Match[str]) -> str:
        name = match["name"].lower()
        is_status = name == "code" and _STATUS_CODE.fullmatch(match["value"]) is not None
        is_secret = _SECRET_PARAMETER.fullmatch(name) is not None or (name in _WITH_SIG and "sig" in names)
        return f"{match['name']}={HIDDEN}" if is_secret and not is_status else match[0]

    return _PARAMETER.sub(hidden, query[0])


def shown_url(url: str) -> str:
    """``url`` as a capture may show and store it: without a login in front of the host, and without query secrets."""
    return without_query_secrets(without_credentials(url))


SECRET_NAMES = r"(?:pass(?:word|wd)?|passphrase|secret|client_?secret|(?:access|refresh|id)_?token|api_?key)"  # noqa: S105 -- names, no secret
"""Names of values that let somebody in, in JSON and in texts."""

_JSON_SECRET = late_pattern(
    rb'("%b"\s{0,9}:\s{0,9}")(?:[^"\\]|\\.){1,8000}"' % SECRET_NAMES.encode(),
    re.IGNORECASE,
)


def body_without_secrets(body: bytes | None) -> bytes | None:
    """Like ``without_url_secrets``, for a body; in JSON also without passwords and the tokens of a login."""
    if body is None:
        return None
    body = _USERINFO_BYTES.sub(b"", body)
    if body.lstrip()[:1] in (b"{", b"["):
        body = _JSON_SECRET.sub(rb'\1(hidden)"', body)
    if b"=" not in body or (b"?" not in body and b"#" not in body):
        return body
    # Each byte is a character here: what is no UTF-8 stays as it is.
    return without_query_secrets(body.decode("latin-1")).encode("latin-1")


class Users:
    """The users of one recording: who they are is hidden, that they are not the same one is not.

    Whether the lock that stands in the way was taken with the same login is half of a diagnosis.
    """

    def __init__(self) -> None:
        self._names: list[str] = []

    def shown(self, credentials: str) -> str:
        """``(hidden)`` for the first user's and for those that name none, ``(hidden, user 2)`` for the next one's."""
        name = _user_name(credentials)
        if name is None:
            return HIDDEN
        if name not in self._names:
            self._names.append(name)
        number = self._names.index(name) + 1
        return HIDDEN if number == 1 else f"(hidden, user {number})"


def _user_name(credentials: str) -> str | None:
    """Of Basic (RFC 7617 §2) and Digest (RFC 7616 §3.4); no other scheme names one in the open."""
    scheme, _, rest = credentials.strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = binascii.a2b_base64(rest.encode())
        except (binascii.Error, UnicodeEncodeError):
            return None
        name, colon, _ = pair.partition(b":")
        return name.decode("utf-8", "replace") if colon else None
    named = _DIGEST_USER.search(rest) if scheme.lower() == "digest" else None
    return named[1] if named else None


def without_secrets(headers: Headers, users: Users | None = None) -> Headers:
    """The same fields, the values that let somebody in replaced by ``(hidden)``; with ``users`` one can tell theirs
    apart. Of Authorization the scheme stays: ``Basic (hidden)``.
    """
    return Headers(tuple([(name, _shown(name, value, users)) for name, value in headers]), headers.complete)


def login_mark(value: str) -> str | None:
    """What a hidden Authorization says of its user, whatever its scheme; ``None`` where it was not hidden."""
    mark = re.fullmatch(r"(?:[\w.-]+ )?(\(hidden.*)", value)
    return mark[1] if mark else None


def _is_hidden(value: str) -> bool:
    mark = _MARK.fullmatch(value)
    return mark is not None and (mark[1] is None or known_scheme(mark[1]) is not None)


def _shown(name: str, value: str, users: Users | None) -> str:
    lowered = name.lower()
    if lowered in SECRET_FIELDS:
        if _is_hidden(value):
            return value
        hidden = users.shown(value) if users is not None and lowered == "authorization" else HIDDEN
        # Which scheme was used lets nobody in, and a 401 cannot be explained without it.
        scheme = scheme_of(value) if lowered in _WITH_SCHEME else None
        return f"{scheme} {hidden}" if scheme is not None else hidden
    if lowered == "set-cookie":
        cookie = _COOKIE.match(value)
        return f"{cookie[1].strip()}={HIDDEN}{cookie[2]}" if cookie else HIDDEN
    return without_url_secrets(value)
