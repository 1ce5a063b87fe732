"""MOVE with Overwrite refused by name clash.

What happened: MOVE onto a name that exists was refused, though it was allowed to overwrite. RFC 4918 lets a MOVE with
Overwrite: T (or without Overwrite) replace what is at its destination. This server answers 409 instead: for it the
name is taken. Nutstore (Jianguoyun) does so; programs that save to a temporary file and rename it meet it at every
save. No lock is involved.

How sure we are: likely where the destination was seen to exist, or the answer says so. Possible where only its
collection is known to be there, or where it is Nutstore, since a missing collection is the usual reason for a 409.

What to do: turn off the client's way of saving through a temporary file (KeePass: file transactions). Or delete the
destination first, and then move.

How to confirm: the same MOVE to a name that is free succeeds.
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
    """409 to a MOVE that may overwrite, and a destination that exists or whose collection does."""
    cause, destination = evidence.cause, evidence.destination
    if evidence.method != "MOVE" or destination is None or cause is None or cause.member or cause.status != 409:
        return None
    if refused_as_locked(evidence) or (evidence.headers.get("Overwrite") or "T").upper() != "T":
        return None
    if Said.ABOUT_PARENT in evidence.said:
        return None
    seen = _seen(evidence, destination)
    said = _says_so(evidence)
    beside = same_path(parent_of(destination), parent_of(evidence.target))
    if seen is None and not said and not beside and not _never_replaces(evidence):
        return None
    known = said or seen is not None
    return Match(
        certainty=Certainty.LIKELY if known else Certainty.POSSIBLE,
        headline="MOVE onto a name that exists was refused, though it may overwrite"
        if known
        else "MOVE was refused, perhaps because its destination exists, though it may overwrite",
        explanation=(
            "The destination was seen to exist."
            if seen is not None
            else "The server says that there is something of that name."
            if said
            else "The collection of the destination is that of the source, so it is there."
            if beside
            else "This service is known to refuse a MOVE onto a name that is taken."
        )
        + " A 409 is no lock: this server does not replace what stands in the way.",
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
            safe("Turn off saving through a temporary file in the client (KeePass: file transactions)"),
            destructive("Or delete the destination first, and then move", ("curl", "-X", "DELETE", destination)),
        ),
    )


def _never_replaces(evidence: Evidence) -> bool:
    """Whether it is a product that does not replace, and the answer gives no reason. A hosted one is known by its
    host, whatever it answers.
    """
    error = evidence.error
    if error is not None and (error.message or error.exception or error.preconditions):
        return False
    if evidence.server is not None and evidence.server.move_replaces is not None:
        return not evidence.server.move_replaces
    return origin(evidence.target).lower().endswith(HOSTED)


def _says_so(evidence: Evidence) -> bool:
    """Whether the answer says that the name is taken: in words, or by the name of an exception."""
    error = evidence.error
    if error is None:
        return False
    return Said.NAME_TAKEN in evidence.said or (error.exception or "").endswith("Exists")


def _seen(evidence: Evidence, destination: str) -> Quote | None:
    """The last answer that shows that the destination exists."""
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
