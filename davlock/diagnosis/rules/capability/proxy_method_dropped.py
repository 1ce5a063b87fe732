"""a proxy answers or drops a WebDAV method.

What happened: the server granted a LOCK here, but UNLOCK or another LOCK got 405 or 501. Or LOCK or PROPFIND succeeded
with an answer that is not WebDAV's. A proxy with its own WebDAV directives, or a filter, answered instead of the
server. Or OPTIONS lists a method that then gets 405 or 501: one of the two answers may be a proxy's.

How sure we are: likely. A guess if LOCK succeeded with an empty answer, which can be the server's fault, or if only
OPTIONS says otherwise: some servers announce more than they do.

What to do: remove WebDAV directives from the proxy, and let it pass all methods. On nginx, look for dav_methods and
dav_ext_methods next to proxy_pass.

How to confirm: the same request, sent to the server directly, gets another answer.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_verbs import listed_methods
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.protocol.precondition import BodyKind
from davlock.protocol.url import is_ancestor, same_resource
from davlock.protocol.web_page import page_instead

PAGES = (BodyKind.JSON, BodyKind.TEXT)


@rule(
    id="proxy-method-dropped",
    severity=Severity.ERROR,
    statuses=(405,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("9.11"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 405 or 501 to LOCK or UNLOCK where a lock was granted, and 2xx that lacks its WebDAV answer."""
    if (swallowed := _swallowed(evidence) or _no_lock_in_it(evidence)) is not None:
        return swallowed
    if evidence.status not in (405, 501):
        return None
    if evidence.method not in ("LOCK", "UNLOCK") or not evidence.taken:
        return None if evidence.method == "UNLOCK" or evidence.is_refresh else _announced(evidence)
    if evidence.is_refresh or "LOCK" in listed_methods(evidence)[0]:
        return None  # the server itself says so, and has locks
    taken = evidence.taken[0]
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"A proxy or filter refuses {evidence.method}, although the server granted a LOCK here",
        explanation="It answers instead of the server. The lock is still there.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("LOCK answer", f"granted on {taken.url}", taken.exchange)),
        alternatives=(
            Alternative(
                "405-method-not-allowed",
                f"the same {evidence.method}, sent past every proxy: it gets {evidence.status}, too",
            ),
        ),
        remedies=(for_admin(intrusive("Let the proxy pass every method, without DAV directives")),),
    )


def _announced(evidence: Evidence) -> Match | None:
    """Returns a match for 405 or 501 to a method that OPTIONS lists; nginx may list LOCK without class 2."""
    allow, dav, method = evidence.allow, evidence.dav, evidence.method
    if method not in ("PROPFIND", "LOCK", "UNLOCK") or not isinstance(allow, Known) or not isinstance(dav, Known):
        return None
    if method not in allow.value or ("1" if method == "PROPFIND" else "2") not in dav.value:
        return None
    if not same_resource(evidence.exchanges[allow.exchange].request.url, evidence.target):
        return None
    offered = f"DAV: {', '.join(dav.value)}; Allow: {', '.join(allow.value)}"
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"The server lists {method} but refuses it: a proxy or filter may be answering",
        explanation="One of the two answers may not be the server's. No lock is in your way.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("OPTIONS", offered, allow.exchange)),
        alternatives=(
            Alternative(
                "not-dav" if method == "PROPFIND" else "lock-not-supported",
                f"the same {method}, sent past every proxy: it gets {evidence.status}, too",
            ),
        ),
        remedies=(for_admin(intrusive(f"Allow {method} in the proxy, or else in the server")),),
    )


def _swallowed(evidence: Evidence) -> Match | None:
    """Returns a match if OPTIONS announces WebDAV, but a successful PROPFIND is not a multistatus."""
    if not isinstance(evidence.dav, Known) or not evidence.dav.value:
        return None
    for index, exchange in enumerate(evidence.exchanges):
        response = exchange.response
        method = exchange.request.method.upper()
        if response is None or method != "PROPFIND" or not response.ok or response.status == 207:
            continue
        if is_ancestor(exchange.request.url, evidence.target):
            continue  # a URL above may not belong to the WebDAV server
        if (page := page_instead(exchange)) is not None and page.login:
            continue
        return Match(
            certainty=Certainty.LIKELY,
            headline=f"The server announces WebDAV, but something else answers {method}",
            explanation="A successful PROPFIND gets 207. A proxy or filter answers instead of the server.",
            retry=AFTER_CHANGE,
            evidence=(
                Quote("status", f"{response.status} {response.reason}".strip(), index),
                Quote("OPTIONS", f"DAV: {', '.join(evidence.dav.value)}", evidence.dav.exchange),
            ),
            remedies=(for_admin(intrusive("Let the proxy pass every method")),),
        )
    return None


def _no_lock_in_it(evidence: Evidence) -> Match | None:
    """Returns a match for a LOCK that succeeded without a token and the lockdiscovery that RFC 4918 §9.10.1 wants."""
    response, error = evidence.response, evidence.error
    if evidence.method != "LOCK" or response is None or error is None or evidence.page is not None:
        return None
    if not response.ok or response.status == 207:  # which lists what failed
        return None
    if response.body is None or response.body_truncated or evidence.granted is not None:
        return None
    if "Lock-Token" in response.headers or error.kind not in (*PAGES, BodyKind.EMPTY) or evidence.covering:
        return None
    page = error.kind in PAGES
    return Match(
        certainty=Certainty.LIKELY if page else Certainty.POSSIBLE,
        headline="LOCK succeeded, but the answer shows no lock",
        explanation="Perhaps no WebDAV server answered. Nobody knows a token, and most often nothing is locked.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=()
        if page
        else (Alternative("lock-outcome-unknown", "PROPFIND: lockdiscovery shows a lock, if there is one"),),
        remedies=(
            look(evidence.target, "Check whether there is a lock now"),
            for_admin(intrusive("Let the proxy pass every method")),
        ),
    )
