"""A web page that came where a WebDAV answer belongs: most often a single sign-on that wants a login first.

Its status is a success, and nothing was done. Servers do send small pages with a success ("201 Created" of Apache), so
a page counts by what it says.
"""

import re

from davlock.protocol.character_references import unescaped
from davlock.protocol.message import Exchange, Response
from davlock.protocol.precondition import is_html
from davlock.values import dataclass

STATUSES = (200, 202, 203)
"""Successes with which a page comes that is no answer; 201, 204 and 207 are answers of their own."""

WRITES = frozenset({"PUT", "MKCOL", "DELETE", "COPY", "MOVE"})
"""Methods that some servers answer with a page of their own when all went well."""

_DAV = frozenset({"PROPFIND", "PROPPATCH", "LOCK", "UNLOCK", *WRITES})

# Such pages are rare, so re compiles their patterns when it first searches for one.
_TITLE = r"(?i)<title[^<>]*>([^<]*)"

_HEADING = r"(?i)<h[12][^<>]*>([^<]*)"

_DONE = r"(?i)^\W*(?:20\d\b|ok\b|done\b|success|created|deleted|moved|copied|uploaded|written|saved|no content|erfolg)"
"""How a page begins that says that something was done."""

_PASSWORD = r"(?i)<input\b[^<>]*\btype\s*=\s*[\"']?password\b"  # noqa: S105 -- a pattern

_FORM = (
    r"(?i)<form\b[^<>]{0,500}?\baction\s*=\s*[\"']?[^\"'<>\s]{0,500}?"
    r"(?:log[-_]?[io]n|sign[-_]?in|saml|oauth|openid|adfs|/sso\b|/cas/|/my\.policy|/auth(?:n|enticate|orize)?\b)"
)

_SIGN_ON = (
    r"(?i)SAML(?:Request|Response)|RelayState|openid-connect|/adfs/ls|login\.microsoftonline\.com|accounts\.google\.com"
    r"|cdn-cgi/access|/cas/login|\b(?:single sign-on|shibboleth|keycloak|authelia|authentik|okta)\b"
)
"""What single sign-on leaves in its pages, in any language."""

_WORDS = (
    r"(?i)\b(?:sign[ -]?in|signin|log[ -]?in|login|log[ -]?on|sso|authentication required|anmelden|anmeldung|einloggen"
    r"|connexion|se connecter|identification|iniciar sesi[oó]n|acceso|entrar|accedi|inloggen|aanmelden|logga in"
    r"|logowanie|вход|войти)\b|登录|登錄|ログイン|로그인"
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
    if page is None or (method in WRITES and not page.login and (not page.title or re.search(_DONE, page.title))):
        return None
    return page


def _page(response: Response) -> WebPage | None:
    body = (response.body or b"")[: 64 * 1024]
    media = (response.headers.get("Content-Type") or "").lower()
    html = is_html(body.strip())
    if not html and "html" not in media:
        return None
    text = body.decode("utf-8", "replace")
    if not html and not re.search(_PASSWORD, text):
        return None  # a fragment, such as copyparty's words in <pre>
    match = re.search(_TITLE, text) or re.search(_HEADING, text)
    title = " ".join(unescaped(match[1]).split())[:200] if match is not None else ""
    return WebPage(title, _login(text, title))


def _login(text: str, title: str) -> str:
    for what, pattern in (("a password field", _PASSWORD), ("a login form", _FORM)):
        if re.search(pattern, text):
            return what
    if (match := re.search(_SIGN_ON, text)) is not None:
        return f"“{match[0]}”"
    return "its title" if re.search(_WORDS, title) else ""
