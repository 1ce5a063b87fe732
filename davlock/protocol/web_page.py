"""A web page that came where a WebDAV answer belongs: most often a single sign-on that wants a login first.

Its status is a success, and nothing was done. Servers do send small pages with a success ("201 Created" of Apache), so
a page counts by what it says.
"""

import re
from html import unescape

from davlock.protocol.message import Exchange, Response
from davlock.protocol.precondition import is_html
from davlock.values import dataclass

STATUSES = (200, 202, 203)
"""Successes with which a page comes that is no answer; 201, 204 and 207 are answers of their own."""

WRITES = frozenset({"PUT", "MKCOL", "DELETE", "COPY", "MOVE"})
"""Methods that some servers answer with a page of their own when all went well."""

_DAV = frozenset({"PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", *WRITES})

_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)

_HEADING = re.compile(r"<h[12][^<>]*>([^<]*)", re.IGNORECASE)

_DONE = re.compile(
    r"^\W*(?:20\d\b|ok\b|done\b|success|created|deleted|moved|copied|uploaded|written|saved|no content|erfolg)",
    re.IGNORECASE,
)
"""How a page begins that says that something was done."""

_PASSWORD = re.compile(r"<input\b[^<>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)

_FORM = re.compile(
    r"<form\b[^<>]{0,500}?\baction\s*=\s*[\"']?[^\"'<>\s]{0,500}?"
    r"(?:log[-_]?[io]n|sign[-_]?in|saml|oauth|openid|adfs|/sso\b|/cas/|/my\.policy|/auth(?:n|enticate|orize)?\b)",
    re.IGNORECASE,
)

_SIGN_ON = re.compile(
    r"SAML(?:Request|Response)|RelayState|openid-connect|/adfs/ls|login\.microsoftonline\.com|accounts\.google\.com"
    r"|cdn-cgi/access|/cas/login|\b(?:single sign-on|shibboleth|keycloak|authelia|authentik|okta)\b",
    re.IGNORECASE,
)
"""What single sign-on leaves in its pages, in any language."""

_WORDS = re.compile(
    r"\b(?:sign[ -]?in|signin|log[ -]?in|login|log[ -]?on|sso|authentication required|anmelden|anmeldung|einloggen"
    r"|connexion|se connecter|identification|iniciar sesi[oó]n|acceso|entrar|accedi|inloggen|aanmelden|logga in"
    r"|logowanie|вход|войти)\b|登录|登錄|ログイン|로그인",
    re.IGNORECASE,
)
"""What the title of a page says on which to log in."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page: its title, or what stands first in it, and the sign that it wants a login, empty where there is none."""

    title: str
    login: str


def page_instead(exchange: Exchange) -> WebPage | None:
    """The web page that answers a WebDAV method with a success; ``None`` for every other answer."""
    response, method = exchange.response, exchange.request.method.upper()
    if response is None or response.status not in STATUSES or method not in _DAV:
        return None
    page = _page(response)
    if page is None or (method in WRITES and not page.login and (not page.title or _DONE.search(page.title))):
        return None
    return page


def _page(response: Response) -> WebPage | None:
    body = (response.body or b"")[: 64 * 1024]
    media = (response.headers.get("Content-Type") or "").lower()
    html = is_html(body.strip())
    if not html and "html" not in media:
        return None
    text = body.decode("utf-8", "replace")
    if not html and not _PASSWORD.search(text):
        return None  # a fragment, such as copyparty's words in <pre>
    match = _TITLE.search(text) or _HEADING.search(text)
    title = " ".join(unescape(match[1]).split())[:200] if match is not None else ""
    return WebPage(title, _login(text, title))


def _login(text: str, title: str) -> str:
    for what, pattern in (("a password field", _PASSWORD), ("a login form", _FORM)):
        if pattern.search(text):
            return what
    if (match := _SIGN_ON.search(text)) is not None:
        return f"“{match[0]}”"
    return "its title" if _WORDS.search(title) else ""
