"""the destination already exists, and may not be replaced.

What happened: your COPY or MOVE sent Overwrite: F, which forbids replacing the destination. The destination exists, so
the server copied or moved nothing. No lock is involved.

How sure we are: certain if the server names Overwrite, or if an exchange shows the destination. Likely if Overwrite: F
is the only condition of the request.

What to do: choose another name. If you want to replace the destination, send the request without Overwrite: F.

How to confirm: `davlock propfind DESTINATION` finds a resource.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import NEVER, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import failed_header
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.protocol.url import same_resource
from davlock.servers.phrases import Said

CONDITIONS = ("If-Match", "If-None-Match", "If-Unmodified-Since")


@rule(
    id="412-destination-exists",
    severity=Severity.NOTICE,
    statuses=(403, 412),
    retry=(RetryVerdict.NEVER,),
    see=(rfc4918("10.6"), rfc4918("9.9.4")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 412 to Overwrite: F, or a server that says that this header failed."""
    cause = evidence.cause
    if cause is None or evidence.method not in ("COPY", "MOVE", ""):
        return None
    if cause.status in (400, 403, 409) and stated_cause(evidence) is Said.EXISTS:
        return _said(evidence)
    if cause.status != 412:
        return None
    named = failed_header(evidence)
    if named and named != "overwrite":
        return None
    if not named and (evidence.headers.get("Overwrite") or "").upper() != "F":
        return None
    destination = evidence.destination
    there = _seen(evidence, destination) if destination is not None else None
    if there is False or (not named and any(name in evidence.headers for name in CONDITIONS)):
        return None
    if not named and there is None and "If" in evidence.headers:
        return None  # a token can be wrong instead
    return Match(
        certainty=Certainty.CERTAIN if named or there is not None else Certainty.LIKELY,
        headline="The destination already exists, and your request must not replace it",
        explanation="Overwrite: F protected it: the server replaced nothing. No lock is involved.",
        retry=NEVER,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Overwrite"),
            *quotes.request_header(evidence, "Destination"),
            *((there,) if isinstance(there, Quote) else ()),
        ),
        facts=(("destination", destination),),
        remedies=(
            safe("Choose another name for the destination"),
            destructive("To replace it, send it without Overwrite: F"),
        ),
    )


def _said(evidence: Evidence) -> Match | None:
    """Matches if the body says that something exists, whatever its status says."""
    if not evidence.method or (evidence.headers.get("Overwrite") or "T").upper() != "F":
        return None  # the request may replace it: another rule says why the server did not
    return Match(
        certainty=Certainty.LIKELY,
        headline="The destination already exists, and your request must not replace it",
        explanation="The body of the answer says so, although its status alone means something else.",
        retry=NEVER,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, "Destination")),
        facts=(("destination", evidence.destination),),
        remedies=(safe("Choose another name for the destination"),),
    )


def _seen(evidence: Evidence, destination: str) -> Quote | bool | None:
    """Quotes what shows that the destination exists; ``False`` if it does not, ``None`` if nobody looked."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        method = exchange.request.method.upper()
        if exchange.response is None or method not in ("PROPFIND", "GET", "HEAD", "PUT"):
            continue
        if not same_resource(exchange.request.url, destination):
            continue
        if exchange.response.ok:
            return Quote(f"{method} on the destination", f"{exchange.status}", index)
        if exchange.status == 404:
            return False
    return None
