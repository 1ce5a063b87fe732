"""a redirect was answered and was not followed.

What happened: the resource is said to be elsewhere: often the same URL with a trailing slash, https for http, or a
login page. A write or a LOCK must not be repeated elsewhere without being told to.

How sure we are: certain. The status and Location say so.

What to do: use the URL in Location, if you trust it.

How to confirm: the same request there is answered without another redirect.
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
    """301, 302, 303, 307 or 308."""
    if evidence.cause is None or evidence.cause.status not in REDIRECTS or evidence.response is None:
        return None
    location = evidence.response.headers.get("Location")
    where = resolve(evidence.target, location) if location else None
    readable = where is not None and _is_http(where)
    same = where is not None and same_origin(where, evidence.target)
    if where is None:
        headline = "The server redirects, and does not say where to"
    elif not readable:
        headline = f"The server redirects, but its Location is not an http URL: {where}"
    elif same:
        headline = f"The server has it at another URL: {where}"
    else:
        headline = f"The server sends you to another host: {where}"
    return Match(
        certainty=Certainty.CERTAIN,
        headline=headline,
        explanation="The request had no effect. The same write at another URL may not be what was meant, so it"
        " was not repeated.",
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
    """A command only at the same origin: one for another host would send the login there."""
    if same:
        return safe("Ask there, if you trust it", ("davlock", "diagnose", where))
    return safe("If you trust that host with your login, type its URL yourself")
