"""MOVE/COPY refused for the Destination's host, port or scheme.

What happened: Destination is an absolute URL, and the server behind a proxy compares it with what it believes its own
address to be. A proxy that ends TLS or changes the port makes them differ. Only MOVE and COPY fail.

How sure we are: certain where the server says so, or where the same request goes through with a Destination that names
no host. Likely from a 502 (RFC 4918 §9.8.5, §9.9.4: the destination is on another server) to a Destination with another
origin than the request's own URL, possible from a 502 alone: a gateway whose server is down says the same. Likewise
from a 400 (nginx, which writes its reason to its error log only) or Tomcat's 403 without a word, where nothing else is
seen to be wrong with the request.

What to do: let the proxy rewrite Destination, or keep host, port and scheme the same on both sides.

How to confirm: the same MOVE sent to the server directly succeeds.
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
from davlock.protocol.precondition import BodyKind
from davlock.servers.phrases import Said

_ABSOLUTE = re.compile(r"https?://[^\s/?#]+/[!-~]*", re.IGNORECASE)

_STOCK = re.compile(
    r"[\d\W]+|\b(?:bad request|forbidden|error|http|status|type|report|apache|tomcat|nginx|openresty|tengine)\b",
    re.IGNORECASE,
)
"""Of what the pages consist that say no more than the status. Tomcat's own have a sentence for it as well."""

_TOMCAT = re.compile(r"\bDescription The server .*", re.IGNORECASE | re.DOTALL)


@rule(
    id="proxy-destination-mismatch",
    severity=Severity.ERROR,
    statuses=(400, 403, 502),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("10.3"), rfc4918("9.9.4")),
)
def check(evidence: Evidence) -> Match | None:
    """MOVE or COPY refused with the words of a server for it, for its host alone, or with 502."""
    if evidence.method not in ("MOVE", "COPY") or evidence.cause is None or evidence.error is None:
        return None
    second = destination_without_host(evidence)
    passed = second is not None and second[1].response is not None and second[1].status in (201, 204)
    sure = passed or Said.DESTINATION_FOREIGN in evidence.said or _out_of_base(evidence)
    differs = _origins_differ(evidence)
    if not sure and evidence.cause.status != 502 and (second or not _nothing_else(evidence, differs=differs)):
        return None  # where a path was refused as well, the host is not it
    seen = (
        (Quote("the same with a path as Destination", f"{second[1].status}", second[0]),) if second and passed else ()
    )
    changes = "changes" if sure or differs else "may change"
    certainty = Certainty.CERTAIN if sure else Certainty.LIKELY if differs else Certainty.POSSIBLE
    return Match(
        certainty=certainty,
        headline="The server does not take the Destination for an address of its own",
        explanation=f"A proxy in front {changes} host, port or scheme, and the Destination header still has the"
        " outer ones.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Destination"), *seen),
        alternatives=() if sure else (_alternative(evidence.cause.status),),
        remedies=(
            for_admin(
                intrusive(
                    "Let the proxy rewrite it (Apache: RequestHeader edit Destination ^https: http: early;"
                    " nginx: proxy_set_header Destination), and pass Host on",
                )
            ),
        ),
    )


def _alternative(status: int) -> Alternative:
    if status == 502:
        return Alternative("other-unexplained", "GET on the same URL: a gateway whose server is down fails there too")
    other = "400-request-malformed" if status == 400 else "403-no-permission"
    return Alternative(other, f"the same request with a path as Destination: it is {status} as well")


def _out_of_base(evidence: Evidence) -> bool:
    """Whether sabre's words for a path that is none of its own are about the Destination's."""
    if evidence.error is None or Said.OUT_OF_BASE not in evidence.said:
        return False
    own = urlsplit(evidence.target).path
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
    """A 400 or Tomcat's 403 that says nothing, and a request in which only its whole Destination can be meant."""
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
