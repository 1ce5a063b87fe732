"""the server does not let MOVE replace the destination.

What happened: something exists at the destination of the MOVE. With Overwrite: T, or without Overwrite, RFC 4918 lets
MOVE replace it, but this server answers 409. Nutstore (Jianguoyun) does so. A program that saves to a temporary file
and renames it fails at every save. No lock is involved.

How sure we are: likely if an exchange shows that the destination exists, or if the answer says so. Possible if only
the destination's folder is known to exist, or if the server is Nutstore: a missing folder is the usual reason for a
409.

What to do: in the program, turn off saving through a temporary file (KeePass: file transactions). Or delete the
destination first, then move.

How to confirm: the same MOVE to a free name works.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.resource import find, read_propfind
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import parent_of
from davlock.protocol.url import origin, same_path, same_resource
from davlock.servers.phrases import Said

HOSTED = ("://dav.jianguoyun.com", "://dav.jianguoyun.com:443")


@rule(
    id="409-move-onto-existing",
    severity=Severity.ERROR,
    statuses=(409,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.9.3"), rfc4918("10.6")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a 409 to a MOVE that may overwrite, if the destination or its collection exists."""
    cause, destination = evidence.cause, evidence.destination
    if evidence.method != "MOVE" or destination is None or cause is None or cause.member or cause.status != 409:
        return None
    if refused_as_locked(evidence) or (evidence.headers.get("Overwrite") or "T").upper() != "T":
        return None
    if Said.ABOUT_PARENT in evidence.said:
        return None
    seen = _seen(evidence, destination)
    says_so = _says_so(evidence)
    beside = same_path(parent_of(destination), parent_of(evidence.target))
    if seen is None and not says_so and not beside and not _never_replaces(evidence):
        return None
    known = says_so or seen is not None
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline=f"The server {'does' if known else 'may'} not let MOVE replace the destination",
        explanation=(
            "The destination exists."
            if seen is not None
            else "The server says that the name is taken."
            if says_so
            else "The destination's folder exists, so the destination itself is probably in the way."
            if beside
            else "This service is known to refuse a MOVE to a name that is taken."
        )
        + " No lock is involved.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, "Destination"),
            *quotes.request_header(evidence, "Overwrite"),
            *((seen,) if seen is not None else ()),
        ),
        facts=(("destination", destination),),
        alternatives=()
        if known
        else (Alternative("409-missing-parent", f"PROPFIND {parent_of(destination)}: it is missing"),),
        remedies=(
            safe("Turn off safe saving (KeePass: file transactions)"),
            destructive("Delete the destination first, then move", ("curl", "-X", "DELETE", destination)),
        ),
    )


def _never_replaces(evidence: Evidence) -> bool:
    """Whether the product does not replace, and the answer gives no reason. The host alone shows a hosted product."""
    error = evidence.error
    if error is not None and (error.message or error.exception or error.preconditions):
        return False
    if evidence.server is not None and evidence.server.move_replaces is not None:
        return not evidence.server.move_replaces
    return origin(evidence.target).lower().endswith(HOSTED)


def _says_so(evidence: Evidence) -> bool:
    """Whether the answer says that the name is taken, in words or with an exception."""
    error = evidence.error
    if error is None:
        return False
    return Said.NAME_TAKEN in evidence.said or (error.exception or "").endswith("Exists")


def _seen(evidence: Evidence, destination: str) -> Quote | None:
    """Quotes the last answer that shows that the destination exists."""
    for index in reversed(range(len(evidence.exchanges))):
        exchange = evidence.exchanges[index]
        response, method = exchange.response, exchange.request.method.upper()
        if response is None or not response.ok:
            continue
        if method == "PROPFIND":
            answer = read_propfind(exchange)
            element = None if isinstance(answer, str) else find(answer, exchange.request.url, destination)
            if element is not None and element.status is None:
                return Quote("PROPFIND", element.hrefs[0], index)
        elif same_resource(exchange.request.url, destination):
            if method == "DELETE":
                return None
            if method in ("GET", "HEAD", "PUT", "PROPPATCH"):
                return Quote(f"{method} on the destination", f"{response.status} {response.reason}".strip(), index)
    return None
