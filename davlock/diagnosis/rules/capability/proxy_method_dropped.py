"""a proxy answers or drops a DAV verb.

What happened: a LOCK was granted here, and UNLOCK (or another LOCK) was answered 405 or 501, which the same server
would not do; or a LOCK or PROPFIND was answered with a success that holds nothing of DAV. A proxy with a DAV layer of
its own, or a filter, has answered in its place. Or OPTIONS lists a method that is then answered 405 or 501: perhaps
only one of the two answers is the server's.

How sure we are: likely. Possible where a LOCK succeeded with an empty answer, which a server can forget too; and where
only OPTIONS tells otherwise, since some servers announce more than they do.

What to do: remove the DAV directives from the proxy (nginx: dav_methods, dav_ext_methods on a location that also has
proxy_pass), and let all methods through.

How to confirm: the same request sent to the server directly is answered otherwise.
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
    """405 or 501 to LOCK or UNLOCK where a lock was granted; 2xx without a DAV answer where there should be one."""
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
        headline=f"A LOCK was granted here, yet {evidence.method} is not allowed: something in between swallows it",
        explanation="The lock is still there. A proxy or filter answers this verb in the server's place.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("LOCK answer", f"granted on {taken.url}", taken.exchange)),
        alternatives=(
            Alternative(
                "405-method-not-allowed",
                f"the same {evidence.method} sent to the server past every proxy: it is {evidence.status} as well",
            ),
        ),
        remedies=(for_admin(intrusive("Remove DAV directives from the proxy, and let every method through")),),
    )


def _announced(evidence: Evidence) -> Match | None:
    """405 or 501 to what OPTIONS on the same URL lists; nginx without locks lists LOCK, and then DAV lacks class 2."""
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
        headline=f"OPTIONS lists {method}, yet it is not allowed: something in between may swallow it",
        explanation="One of the two answers may be that of a proxy or filter. No lock stands in the way.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), Quote("OPTIONS", offered, allow.exchange)),
        alternatives=(
            Alternative(
                "not-dav" if method == "PROPFIND" else "lock-not-supported",
                f"the same {method} sent to the server past every proxy: it is {evidence.status} as well",
            ),
        ),
        remedies=(
            for_admin(intrusive(f"Let {method} through the proxy; if there is none, configure the server for it")),
        ),
    )


def _swallowed(evidence: Evidence) -> Match | None:
    """The DAV classes of OPTIONS, and a PROPFIND or LOCK whose success holds nothing of DAV."""
    if not isinstance(evidence.dav, Known) or not evidence.dav.value:
        return None
    for index, exchange in enumerate(evidence.exchanges):
        response = exchange.response
        method = exchange.request.method.upper()
        if response is None or method != "PROPFIND" or not response.ok or response.status == 207:
            continue
        if is_ancestor(exchange.request.url, evidence.target):
            continue  # what stands above may be no part of the DAV server
        if (page := page_instead(exchange)) is not None and page.login:
            continue
        return Match(
            certainty=Certainty.LIKELY,
            headline=f"The server announces DAV, yet {method} is answered by something else",
            explanation="A PROPFIND that succeeds is a 207. A proxy or filter answers this verb in the server's place.",
            retry=AFTER_CHANGE,
            evidence=(
                Quote("status", f"{response.status} {response.reason}".strip(), index),
                Quote("OPTIONS", f"DAV: {', '.join(evidence.dav.value)}", evidence.dav.exchange),
            ),
            remedies=(for_admin(intrusive("Let every method through the proxy")),),
        )
    return None


def _no_lock_in_it(evidence: Evidence) -> Match | None:
    """A LOCK that succeeded without the lockdiscovery that RFC 4918 §9.10.1 wants, and without a token."""
    response, error = evidence.response, evidence.error
    if evidence.method != "LOCK" or response is None or error is None or not response.ok or evidence.page is not None:
        return None
    if response.body is None or response.body_truncated or evidence.granted is not None:
        return None
    if "Lock-Token" in response.headers or error.kind not in (*PAGES, BodyKind.EMPTY) or evidence.covering:
        return None
    page = error.kind in PAGES
    return Match(
        certainty=Certainty.LIKELY if page else Certainty.POSSIBLE,
        headline="LOCK was answered with a success that holds no lock: perhaps no DAV server answered it",
        explanation="The answer to a LOCK describes the lock. Without it nobody knows a token, and most often"
        " nothing is locked.",
        retry=AFTER_CHANGE,
        evidence=quotes.answer(evidence),
        alternatives=()
        if page
        else (Alternative("lock-outcome-unknown", "PROPFIND: lockdiscovery shows a lock if one was made"),),
        remedies=(
            look(evidence.target, "See whether a lock was made"),
            for_admin(intrusive("Let every method through the proxy")),
        ),
    )
