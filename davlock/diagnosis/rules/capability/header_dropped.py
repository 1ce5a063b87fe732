"""A header that was sent did not arrive at the server.

What happened: the server complains that the lock token is missing, and the request carried one. A proxy, a load
balancer or a security product in between removes the header fields of WebDAV (If, Lock-Token, Depth, Destination,
Timeout).

How sure we are: likely. The server's words contradict the request; or a token that was just granted is refused in
both forms of If, or by UNLOCK while its lock is shown; or Depth: 0 is answered with the members as well; or COPY is
refused whichever way its Destination is written; or the server refuses Depth: infinity though another was sent.

What to do: have the proxy pass these fields on.

How to confirm: the same request sent to the server directly is answered otherwise.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.proof import destination_without_host, members_at_depth_0, refused_in_both_forms, taken_here
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import locks_read_since
from davlock.protocol.precondition import FINITE_DEPTH

# Words of WsgiDAV and sabre.
UNLOCK_WORDS = ("missing lock token", "no lock token was supplied")
REFRESH_WORDS = ("expected a lock token", "an xml body is required for lock requests")


def check(evidence: Evidence) -> Match | None:
    """What the server says or does contradicts a header field of the request."""
    for look in (_said_to_be_missing, _token_in_both_forms, _token_of_a_shown_lock, _depth, _destination):
        if (found := look(evidence)) is not None:
            return _match(evidence, *found)
    return None


Found = tuple[str, str, tuple[Quote, ...]]


def _said_to_be_missing(evidence: Evidence) -> Found | None:
    """UNLOCK with Lock-Token, or a refresh with If, of which the server says that there is none."""
    if evidence.cause is None or evidence.error is None or evidence.cause.status not in (400, 409, 412):
        return None
    if evidence.method == "UNLOCK" and evidence.headers.get("Lock-Token") and evidence.error.says(*UNLOCK_WORDS):
        name = "Lock-Token"
    elif evidence.is_refresh and evidence.submitted and evidence.error.says(*REFRESH_WORDS):
        name = "If"
    else:
        return None
    return name, "The server says that the token is missing.", ()


def _token_in_both_forms(evidence: Evidence) -> Found | None:
    again = refused_in_both_forms(evidence)
    if again is None:
        return None
    words = "The token was granted a moment before, and was refused in a tagged list as well as in an untagged one."
    return "If", words, (Quote("the same with an untagged If", "423 as well", again),)


def _token_of_a_shown_lock(evidence: Evidence) -> Found | None:
    """UNLOCK refused as malformed, though its token is well-formed, was granted here, and is shown since."""
    sent = evidence.headers.get("Lock-Token") or ""
    token = sent.strip("<> ")
    if evidence.method != "UNLOCK" or evidence.status != 400 or not (sent.startswith("<") and sent.endswith(">")):
        return None
    if not taken_here(evidence, token) or not locks_read_since(evidence):
        return None
    if all(covering.token != token for covering in evidence.covering):
        return None
    return (
        "Lock-Token",
        "The lock with this token was granted a moment before, and is still there.",
        quotes.locks(evidence),
    )


def _depth(evidence: Evidence) -> Found | None:
    cause = evidence.cause
    if evidence.method == "PROPFIND" and cause is not None and FINITE_DEPTH in cause.codes:
        if evidence.headers.get("Depth") in ("0", "1"):
            return "Depth", "The server refuses Depth: infinity, which is what a missing Depth means.", ()
        return None
    member = members_at_depth_0(evidence)
    if member is None:
        return None
    words = "With Depth: 0 the answer speaks of the collection alone; this one lists its members too."
    return "Depth", words, (Quote("listed at Depth 0", member, evidence.subject),)


def _destination(evidence: Evidence) -> Found | None:
    second = destination_without_host(evidence)
    if second is None or evidence.status != 400 or second[1].status != 400:
        return None
    words = "It is refused as malformed, whether it is written with a host or without one."
    return "Destination", words, (Quote("the same with a path as Destination", "400 as well", second[0]),)


def _match(evidence: Evidence, name: str, explanation: str, seen: tuple[Quote, ...]) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The {name} header was sent, and did not arrive at the server",
        explanation=f"{explanation} Something in between removes the header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, name), *seen),
        facts=(("header", name),),
        remedies=(
            Remedy(
                Who.SERVER_ADMIN,
                "Let the proxy pass on If, Lock-Token, Depth, Destination, Overwrite and Timeout",
                None,
                Risk.INTRUSIVE,
            ),
        ),
    )


RULE = Rule(
    id="proxy-header-dropped",
    family=Family.CAPABILITY,
    severity=Severity.ERROR,
    title="If, Lock-Token, Depth, Destination or Timeout did not arrive at the server, though it was sent",
    page=__doc__,
    check=check,
    references=(rfc4918("10.4"), rfc4918("10.5")),
)
