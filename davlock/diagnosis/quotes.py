"""What findings rest on, quoted: the words stay as they came over the wire, and whoever shows them makes them
harmless.
"""

from dataclasses import replace
from urllib.parse import unquote_plus

from davlock.capture.secret import body_without_secrets
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Quote
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import SVN_FIELDS
from davlock.protocol.precondition import BodyKind

OFFICE_ERROR = "X-MSDAVEXT_Error"
"""In what words SharePoint and OneDrive refuse a WebDAV request (MS-WDV §2.2.3)."""


def status_line(evidence: Evidence) -> Quote:
    """The status under question, or why there is none."""
    response = evidence.response
    if response is None:
        why = evidence.no_response.why if evidence.no_response else "not captured"
        return Quote("no response", why, evidence.subject)
    return Quote("status", f"{response.status} {response.reason}".strip(), evidence.subject)


def body(evidence: Evidence) -> tuple[Quote, ...]:
    """The words of the answer's body, or that it has none; nothing where the body was not captured."""
    error = evidence.error
    if error is None or error.kind is BodyKind.NOT_CAPTURED:
        return ()
    if error.kind is BodyKind.EMPTY:
        return (Quote("response body", "(empty)", evidence.subject),)
    # A service may answer with the tokens of a login; a capture has none of them, an answer to davlock itself may.
    shown = (body_without_secrets(error.quote.encode("utf-8", "replace")) or b"").decode("utf-8", "replace")
    return (Quote("response body", shown, evidence.subject),) if shown else ()


def answer(evidence: Evidence) -> tuple[Quote, ...]:
    """The refusal under question: status and body, or the member of a multistatus that is its cause."""
    cause = evidence.cause
    quotes = [status_line(evidence)]
    if cause is not None and cause.member:
        words = f": {cause.words}" if cause.words else ""
        quotes.append(Quote("multistatus member", f"{cause.url} {cause.status}{words}", evidence.subject))
        return tuple(quotes)
    return (*quotes, *body(evidence))


def request_header(evidence: Evidence, name: str) -> tuple[Quote, ...]:
    """A field of the request under question, or that it is missing; nothing where that is not known."""
    value = evidence.headers.get(name)
    if value is not None:
        return (Quote(f"request header {name}", value, evidence.subject),)
    return (Quote(f"request header {name}", "(not sent)", evidence.subject),) if evidence.lacks(name) else ()


def response_header(evidence: Evidence, name: str) -> tuple[Quote, ...]:
    """A field of the answer under question, if it is there."""
    value = evidence.response.headers.get(name) if evidence.response else None
    return (Quote(f"response header {name}", value, evidence.subject),) if value is not None else ()


def office_error(evidence: Evidence) -> tuple[Quote, ...]:
    """That field as a person reads it: a number, and words that were escaped as in a form."""
    return tuple(replace(quote, text=unquote_plus(quote.text)) for quote in response_header(evidence, OFFICE_ERROR))


def missing(evidence: Evidence, index: int) -> Quote:
    """The answer to PROPFIND that found nothing there: some servers say 404 inside a 207."""
    exchange = evidence.exchanges[index]
    words = "207, and inside it 404 for this name" if exchange.status == 207 else f"{exchange.status}"
    return Quote(exchange.request.method, words, index)


def lock(covering: ObservedLock) -> Quote:
    """One active lock, in the order of RFC 4918 §14.1."""
    active = covering.lock
    parts = [
        f"{active.scope.value if active.scope else 'unknown'} {active.type.value if active.type else ''}".strip(),
        f"depth {active.depth.value}" if active.depth else "",
        f"owner {active.claimed}" if active.owner else "no owner",
        f"timeout {active.timeout.as_sent}" if active.timeout else "",
        f"token {active.token.uri}" if active.token else "no token shown",
        f"lockroot {active.root.as_sent}" if active.root else f"no lockroot{_inferred_root(covering)}",
        *(f"{name} {value}" for name, value in active.vendor if name in SVN_FIELDS),
    ]
    return Quote("lockdiscovery", ", ".join(part for part in parts if part), covering.exchange)


def _inferred_root(covering: ObservedLock) -> str:
    return f" (inferred: {covering.root})" if covering.root is not None else ""


def locks(evidence: Evidence) -> tuple[Quote, ...]:
    """Every lock that covers the target."""
    return tuple(lock(covering) for covering in evidence.covering)
