"""this URL does not speak WebDAV.

What happened: the server does not know PROPFIND, and OPTIONS announces no WebDAV. Or a web page answered a WebDAV
method with a success; most often it is the login page of a single sign-on. If a page answers PUT, nothing was written;
if it answers LOCK, nothing is locked. The WebDAV tree may be at another path (Nextcloud: /remote.php/dav/files/USER/).

How sure we are: certain if OPTIONS was asked and has no DAV header. Likely otherwise.

What to do: find the server's WebDAV URL. Or log in as programs do: with an app password, a token, or at a path without
the login page. The administrator can exempt the WebDAV path from the login page and answer 401 there, because programs
cannot fill in forms.

How to confirm: at the right URL, OPTIONS has a DAV header and PROPFIND gets 207.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.locks import seen_to_be_released
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.message import Response
from davlock.protocol.precondition import BodyKind, read_error
from davlock.protocol.url import same_resource
from davlock.protocol.web_page import WebPage, page_instead

_OF_DAV = frozenset({"PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"})

_EFFECTS = {
    "LOCK": "nothing is locked",
    "UNLOCK": "nothing was released",
    "PROPFIND": "nothing was read",
    "DELETE": "nothing was deleted",
    "MKCOL": "nothing was created",
    "COPY": "nothing was copied",
    "MOVE": "nothing was moved",
}
"""What it means that a page answered this method; for every other method, nothing was written."""


@rule(
    id="not-dav",
    severity=Severity.ERROR,
    statuses=(400, 405),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("10.1"), rfc4918("18")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a web page instead of an answer; or PROPFIND refused as unknown, or answered with a page, while nothing
    shows a DAV header or a WebDAV method.
    """
    if evidence.page is not None and evidence.method != "PROPFIND":
        # A server's own page can say that the lock is released; reading the locks again decides.
        return None if seen_to_be_released(evidence) else _instead(evidence, evidence.page)
    if evidence.subject is not None and evidence.method not in ("PROPFIND", "PUT"):
        return None
    if evidence.method == "PUT" and not _is_untitled_page(evidence):
        return None
    asked = _propfind(evidence)
    if asked is None:
        return None
    index, response = asked
    login = page_instead(evidence.exchanges[index])
    if isinstance(evidence.dav, Known) and evidence.dav.value and not (login is not None and login.login):
        return None
    if _OF_DAV & {verb.strip().upper() for verb in (response.headers.get("Allow") or "").split(",")}:
        return None  # Tomcat without listings: the rest of DAV is there
    page = response.ok and (response.status != 207 or _is_page(response, evidence.target))
    error = read_error(response, evidence.target)
    unknown = response.status in (405, 501) or says_unknown_method(response.status, error)
    if not page and not (unknown and evidence.method != "PUT"):
        return None
    known = isinstance(evidence.dav, Known) and not evidence.dav.value
    seen = (
        (Quote("OPTIONS", "no DAV header", evidence.dav.exchange),)
        if isinstance(evidence.dav, Known) and not evidence.dav.value
        else ()
    )
    words = error.quote
    api = error.kind in (BodyKind.JSON, BodyKind.PROBLEM)
    return Match(
        certainty=Certainty.CERTAIN if known else Certainty.LIKELY,
        headline=f"A login page{_titled(login)} came instead of a WebDAV answer"
        if login is not None and login.login
        else "This URL does not speak WebDAV",
        explanation="Every WebDAV server answers PROPFIND, and this one does not."
        if login is None or not login.login
        else f"PROPFIND got a web page that asks for a login: {login.login} says so.",
        retry=AFTER_CHANGE,
        evidence=(
            *((quotes.status_line(evidence),) if evidence.method == "PUT" else ()),
            Quote("status", f"{response.status} {response.reason}".strip(), index),
            *((Quote("response body", words, index),) if words else ()),
            *seen,
        ),
        remedies=(
            *(_PAST_THE_LOGIN if login is not None and login.login else ()),
            *((_OF_AN_API,) if api and evidence.invocation is not None else ()),
            _DAV_URL,
        ),
    )


def _instead(evidence: Evidence, page: WebPage) -> Match:
    """Returns the match for a page that answered a method which changes something."""
    method = "the renewal" if evidence.is_refresh else evidence.method
    effect = "nothing was renewed" if evidence.is_refresh else _EFFECTS.get(evidence.method, "nothing was written")
    kind = "A login page" if page.login else "A web page"
    sign = (
        f"The page asks for a login: {page.login} says so." if page.login else "No WebDAV server answers with a page."
    )
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"{kind}{_titled(page)} answered {method}: {effect}",
        explanation=f"{sign} Something in front of the WebDAV server sent it, or there is no WebDAV at this URL.",
        retry=AFTER_CHANGE,
        evidence=(
            quotes.status_line(evidence),
            *quotes.response_header(evidence, "Content-Type"),
            Quote("title", page.title or "(none)", evidence.subject),
            *quotes.body(evidence),
        ),
        facts=(("title", page.title), ("login", bool(page.login))),
        remedies=(*(_PAST_THE_LOGIN if page.login else ()), _DAV_URL),
    )


def _titled(page: WebPage | None) -> str:
    return f" (“{page.title}”)" if page is not None and page.title else ""


_DAV_URL = safe("Use the server's WebDAV URL (Nextcloud: /remote.php/dav/files/USER/)")

_OF_AN_API = safe("Is it an API? Paste its answer into davlock explain")

_PAST_THE_LOGIN = (
    safe("Log in with an app password or a token"),
    for_admin(intrusive("Exempt the WebDAV path from the login page")),
)


def _is_untitled_page(evidence: Evidence) -> bool:
    """Whether PUT got a page that says nothing about itself: what PROPFIND gets decides."""
    page = evidence.error is not None and evidence.error.kind is BodyKind.HTML
    return page and evidence.status == 200


def _propfind(evidence: Evidence) -> tuple[int, Response] | None:
    """Returns the PROPFIND in question, or the last one on the target."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        under_question = index == evidence.subject or (
            (evidence.subject is None or evidence.method == "PUT")
            and same_resource(exchange.request.url, evidence.target)
        )
        if exchange.request.method.upper() == "PROPFIND" and exchange.response is not None and under_question:
            return index, exchange.response
    return None


def _is_page(response: Response, base: str) -> bool:
    return read_error(response, base).kind in (BodyKind.HTML, BodyKind.JSON)
