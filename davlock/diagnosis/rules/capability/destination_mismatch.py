"""MOVE or COPY was refused for the host, port or scheme in its Destination.

What happened: Destination is an absolute URL, and the server behind a proxy compares it with what it believes its own
address to be. A proxy that ends TLS or changes the port makes them differ. Only MOVE and COPY fail.

How sure we are: certain where the server says so, or where the same request goes through with a Destination that names
no host. Likely from a 502 (RFC 4918 §9.8.5, §9.9.4: the destination is on another server) to a Destination with another
origin than the request's own URL, possible from a 502 alone: a gateway whose server is down says the same.

What to do: let the proxy rewrite Destination, or keep host, port and scheme the same on both sides.

How to confirm: the same MOVE sent to the server directly succeeds.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.proof import destination_without_host
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.protocol.url import origin

WORDS = (
    "different scheme or port",
    "handled by different repository",
    "handled by a different repository",
    "destination uri refers to",
    "refers to a different server",
    "source and destination must have the same",
)


def check(evidence: Evidence) -> Match | None:
    """MOVE or COPY refused with the words of a server for it, for its host alone, or with 502."""
    if evidence.method not in ("MOVE", "COPY") or evidence.cause is None or evidence.error is None:
        return None
    second = destination_without_host(evidence)
    passed = second is not None and second[1].response is not None and second[1].status in (201, 204)
    sure = passed or evidence.error.says(*WORDS)
    if not sure and evidence.cause.status != 502:
        return None
    seen = (
        (Quote("the same with a path as Destination", f"{second[1].status}", second[0]),) if second and passed else ()
    )
    destination = evidence.destination
    differs = destination is not None and origin(destination) != origin(evidence.target)
    certainty = Certainty.CERTAIN if sure else Certainty.LIKELY if differs else Certainty.POSSIBLE
    return Match(
        certainty=certainty,
        headline="The server does not take the Destination for an address of its own",
        explanation="A proxy in front changes host, port or scheme, and the Destination header still has the"
        " outer ones.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Destination"), *seen),
        alternatives=()
        if sure
        else (Alternative("other-unexplained", "GET on the same URL: a gateway whose server is down fails there too"),),
        remedies=(
            Remedy(
                Who.SERVER_ADMIN,
                "Let the proxy rewrite it (Apache: RequestHeader edit Destination ^https: http: early;"
                " nginx: proxy_set_header Destination), and pass Host on",
                None,
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="proxy-destination-mismatch",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="MOVE/COPY refused for the Destination's host, port or scheme",
    page=__doc__,
    check=check,
    references=(
        rfc4918("10.3"),
        rfc4918("9.9.4"),
    ),
)
