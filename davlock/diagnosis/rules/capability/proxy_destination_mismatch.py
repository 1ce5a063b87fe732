"""the server does not recognise the Destination as its own.

What happened: MOVE and COPY name their target in the Destination header, as a full URL. A server behind a proxy
compares it with its own address. If the proxy ends TLS or changes the port, they differ. Only MOVE and COPY fail.

How sure we are: certain if the server says so, or if a Destination without a host works. Likely from a 502 if
Destination and URL have different origins. A guess from a 502 alone, because a gateway whose server is down sends one,
too. The same holds for nginx's 400 and Tomcat's 403 without words, if nothing else is wrong with the request.

What to do: let the proxy rewrite Destination and pass on Host. Apache: RequestHeader edit Destination ^https: http:
early. nginx: proxy_set_header Destination. Or use the same host, port and scheme on both sides.

How to confirm: the same MOVE, sent to the server directly, works.
"""

import re
from urllib.parse import urlsplit

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.request_form import malformed_if, malformed_none_match, malformed_request
from davlock.diagnosis.predicates.trials import destination_without_host
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.late_pattern import late_pattern
from davlock.protocol.precondition import BodyKind
from davlock.protocol.url import path_of
from davlock.servers.phrases import Said

_ABSOLUTE = late_pattern(r"https?://[^\s/?#]+/[!-~]*", re.IGNORECASE)

_STOCK = late_pattern(
    r"[\d\W]+|\b(?:bad request|forbidden|error|http|status|type|report|apache|tomcat|nginx|openresty|tengine)\b",
    re.IGNORECASE,
)
"""The words of pages that say no more than the status. Tomcat's own pages add a sentence."""

_TOMCAT = late_pattern(r"\bDescription The server .*", re.IGNORECASE | re.DOTALL)


@rule(
    id="proxy-destination-mismatch",
    severity=Severity.ERROR,
    statuses=(400, 403, 502),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("10.3"), rfc4918("9.9.4")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches MOVE or COPY refused with a server's words for this, only with a host, or with 502."""
    if evidence.method not in ("MOVE", "COPY") or evidence.cause is None or evidence.error is None:
        return None
    second = destination_without_host(evidence)
    passed = second is not None and second[1].response is not None and second[1].status in (201, 204)
    sure = passed or Said.DESTINATION_FOREIGN in evidence.said or _out_of_base(evidence)
    differs = _origins_differ(evidence)
    if not sure and evidence.cause.status != 502 and (second or not _nothing_else(evidence, differs=differs)):
        return None  # the server also refused a path, so the host is not the reason
    seen = (
        (Quote("the same with a path as Destination", f"{second[1].status}", second[0]),) if second and passed else ()
    )
    changes = "changes" if sure or differs else "may change"
    certainty = Certainty.CERTAIN if sure else Certainty.LIKELY if differs else Certainty.POSSIBLE
    return Match(
        certainty=certainty,
        headline="The server may not recognise the Destination as its own URL"
        if certainty is Certainty.POSSIBLE
        else "The server does not recognise the Destination as its own URL",
        explanation=f"A proxy in front {changes} the host, port or scheme, but not in the Destination header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Destination"), *seen),
        alternatives=() if sure else (_alternative(evidence.cause.status),),
        remedies=(for_admin(intrusive("Let the proxy rewrite Destination and pass on Host")),),
    )


def _alternative(status: int) -> Alternative:
    if status == 502:
        return Alternative("other-unexplained", "GET on the same URL: a gateway whose server is down fails there, too")
    other = "400-request-malformed" if status == 400 else "403-no-permission"
    return Alternative(other, f"the same request with a path as Destination: it gets {status}, too")


def _out_of_base(evidence: Evidence) -> bool:
    """Whether sabre's words about a path outside its tree are about the Destination."""
    if evidence.error is None or Said.OUT_OF_BASE not in evidence.said:
        return False
    own = path_of(evidence.target)
    return len(own) < 2 or f"({own})" not in (evidence.error.message or "")


def _origins_differ(evidence: Evidence) -> bool:
    """Whether Destination names another scheme, host or port than the request's own URL."""
    sent = evidence.headers.get("Destination") or ""
    return _ABSOLUTE.match(sent) is not None and _place(sent) != _place(evidence.target)


def _place(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return url, None, None


def _nothing_else(evidence: Evidence, *, differs: bool) -> bool:
    """Whether it is a 400, or Tomcat's 403, without words, and only the full Destination can be wrong."""
    cause, error = evidence.cause, evidence.error
    if cause is None or error is None or cause.member:
        return False
    tomcat = evidence.server is not None and evidence.server.name == "tomcat"
    if cause.status != 400 and not (cause.status == 403 and differs and tomcat):
        return False
    if _ABSOLUTE.fullmatch(evidence.headers.get("Destination") or "") is None:
        return False
    silent = error.kind in (BodyKind.EMPTY, BodyKind.NOT_CAPTURED)
    page = error.kind in (BodyKind.HTML, BodyKind.TEXT)
    if not silent and not (page and not _STOCK.sub("", _TOMCAT.sub("", error.message or ""))):
        return False
    faults = (malformed_if(evidence), malformed_none_match(evidence), malformed_request(evidence))
    return all(fault is None for fault in faults)
