"""a firewall or filter refuses the method.

What happened: a web application firewall or a method policy does not know WebDAV's methods and answers 403 itself. The
request did not reach the WebDAV server, so no permission and no lock is the reason. The OWASP rule set calls it rule
911100 (formerly 960032), IIS calls it 404.6.

How sure we are: certain if the answer names the method as the reason. Likely if the page or a header is a filter's,
which may also object to your address or content. Likely if PROPFIND or LOCK gets a page on a URL that GET may read. A
guess if nothing shows who wrote the page.

What to do: ask the administrator to allow WebDAV's methods and this client in the filter. The OWASP rule set has
tx.allowed_methods (and an exclusion plug-in for Nextcloud), IIS has requestFiltering and verbs.

How to confirm: GET works, while PROPFIND and LOCK get 403 with the same page. Past the filter they work.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.resource import PLAIN, below_a_file, read_plainly, slash_on_a_file
from davlock.diagnosis.predicates.sequence import on_target
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc, rule
from davlock.protocol.message import Exchange
from davlock.protocol.precondition import BodyKind, read_error
from davlock.servers.phrases import Said, Sayings

HEADERS = ("cf-mitigated", "x-sucuri-block", "x-amzn-waf-action", "x-squid-error")
"""Header fields that Cloudflare, Sucuri, AWS and Squid add only to their own answers."""

STATUSES = (403, 405, 406, 501)

_PASSED = (200, 206, 304)


@rule(
    id="403-method-filtered",
    severity=Severity.ERROR,
    statuses=(403, 404),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc(9110, "15.5.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches the words or header fields of a filter, or a PROPFIND refused with a page where GET succeeds."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.member or evidence.method in PLAIN:
        return None
    if slash_on_a_file(evidence) or below_a_file(evidence):
        return None  # the server looks for something below a file
    if error.kind in (BodyKind.ERROR, BodyKind.MULTISTATUS):
        return None  # a DAV server speaks, whatever words it uses
    if cause.status in (*STATUSES, 404) and Said.FORBIDDEN_BY_POLICY in evidence.said:
        return _match(evidence, Certainty.CERTAIN, ())
    signs = tuple(quote for name in HEADERS for quote in quotes.response_header(evidence, name))
    if cause.status in STATUSES and (signs or Said.FILTERED in evidence.said):
        return _match(evidence, Certainty.LIKELY, signs)
    if cause.status != 403 or error.kind is not BodyKind.HTML or not evidence.method:
        return None
    contrast = _contrast(evidence)
    return _match(evidence, Certainty.LIKELY, contrast) if contrast is not None else _lock_alone(evidence)


def _lock_alone(evidence: Evidence) -> Match | None:
    """Returns a match for LOCK or UNLOCK refused with a page of another server, where GET succeeds."""
    error, read = evidence.error, read_plainly(evidence)
    if evidence.method not in ("LOCK", "UNLOCK") or error is None or read is None:
        return None
    passed = evidence.exchanges[read]
    if passed.status not in _PASSED or Said.OWN_PERMISSIONS in evidence.said:
        return None
    said = evidence.response.headers.get("Server") if evidence.response is not None else None
    others = {_server(exchange) for _, exchange in on_target(evidence) if exchange.status in (*_PASSED, 201, 204, 207)}
    signed = Said.FRONT_END in evidence.said and not _is_front(evidence)
    if said is not None and said in others and not signed:
        return None  # the same server reads and refuses: it knows who may lock
    seen = (Quote(f"{passed.request.method} on the same URL", f"{passed.status}", read),)
    known = signed or said is not None or any(others)
    return _match(evidence, Certainty.LIKELY if known else Certainty.POSSIBLE, seen)


def _is_front(evidence: Evidence) -> bool:
    """Whether the WebDAV server itself is a product that others use as a front end."""
    return evidence.server is not None and Said.FRONT_END in Sayings(evidence.server.name)


def _server(exchange: Exchange) -> str | None:
    return exchange.response.headers.get("Server") if exchange.response is not None else None


def _contrast(evidence: Evidence) -> tuple[Quote, ...] | None:
    """Returns quotes of a PROPFIND with 403 and a page, and of a GET with the same URL and login that succeeded."""
    read = {
        _who_and_where(exchange): index
        for index, exchange in enumerate(evidence.exchanges)
        if exchange.request.method.upper() in ("GET", "HEAD") and exchange.status in _PASSED
    }
    for index, refused in enumerate(evidence.exchanges):
        if refused.request.method.upper() != "PROPFIND" or _who_and_where(refused) not in read:
            continue
        # A whole tree may be refused by the server itself.
        if refused.request.headers.get("Depth") in ("0", "1") and _is_page(refused):
            other = read[_who_and_where(refused)]
            return (
                Quote("PROPFIND", f"{refused.status} with a page", index),
                Quote(
                    f"{evidence.exchanges[other].request.method} on the same URL",
                    f"{evidence.exchanges[other].status}",
                    other,
                ),
            )
    return None


def _who_and_where(exchange: Exchange) -> tuple[str | None, str]:
    return exchange.request.headers.get("Authorization"), exchange.request.url


def _is_page(exchange: Exchange) -> bool:
    response = exchange.response
    if response is None or response.status != 403:
        return False
    return read_error(response, exchange.request.url).kind is BodyKind.HTML


_PAST = "the same request, sent past every proxy: it gets 403, too"


def _match(evidence: Evidence, certainty: Certainty, seen: tuple[Quote, ...]) -> Match:
    unsure = certainty is Certainty.POSSIBLE
    others = {"LOCK": ("403-lock-refused",), "UNLOCK": ("403-unlock-not-owner",)}.get(evidence.method, ())
    return Match(
        certainty=certainty,
        headline=f"A filter in front of the server {'may refuse' if unsure else 'refuses'}"
        f" {evidence.method or 'the request'}",
        explanation="A WebDAV server does not write such a page, and the same login may read here."
        if unsure
        else "Your request did not reach the WebDAV server, so neither a permission nor a lock is the reason.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *seen),
        facts=(("method", evidence.method),),
        alternatives=()
        if certainty is Certainty.CERTAIN
        else (
            Alternative("403-no-permission", "the filter's log: it has no entry for this request"),
            *(Alternative(other, _PAST) for other in others if unsure),
        ),
        remedies=(for_admin(intrusive("Allow WebDAV's methods and this client in the filter")),),
    )
