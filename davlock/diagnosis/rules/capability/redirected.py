"""the server redirects, and davlock did not follow.

What happened: the server says that the resource is somewhere else: often the same URL with a trailing slash, https
instead of http, or a login page. A program must not repeat a write or a LOCK somewhere else on its own.

How sure we are: certain. The status and Location say so.

What to do: if you trust the URL in Location, use it.

How to confirm: the same request there gets no redirect.
"""

from urllib.parse import urlsplit

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import REDIRECTS, Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Remedy, RetryVerdict, Severity
from davlock.diagnosis.remedies import safe
from davlock.diagnosis.rule import Match, rfc, rule
from davlock.protocol.url import resolve, same_origin


@rule(
    id="redirected",
    severity=Severity.WARNING,
    statuses=(301, 302, 307, 308),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc(9110, "15.4"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 301, 302, 303, 307 or 308."""
    if evidence.cause is None or evidence.cause.status not in REDIRECTS or evidence.response is None:
        return None
    location = evidence.response.headers.get("Location")
    where = resolve(evidence.target, location) if location else None
    readable = where is not None and _is_http(where)
    same = where is not None and same_origin(where, evidence.target)
    if where is None:
        headline = "The server redirects, but does not say where"
    elif not readable:
        headline = f"The server redirects to something that is not an http URL: {where}"
    elif same:
        headline = f"The server sends you to another URL: {where}"
    else:
        headline = f"The server sends you to another host: {where}"
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation="Your request had no effect. Check the new URL before you repeat the request there.",
        retry=AFTER_CHANGE,
        evidence=(quotes.status_line(evidence), *quotes.response_header(evidence, "Location")),
        facts=(("location", where),),
        remedies=(_ask_there(where, same=same),) if where and readable else (),
    )


def _is_http(url: str) -> bool:
    """Whether davlock could ask there at all."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def _ask_there(where: str, *, same: bool) -> Remedy:
    """Returns a command only for the same origin: a command for another host would send the login there."""
    if same:
        return safe("Check the new URL, if you trust it", ("davlock", "diagnose", where))
    return safe("Type its URL yourself, if you trust it")
