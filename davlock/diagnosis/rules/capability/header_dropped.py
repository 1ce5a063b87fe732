"""A header that was sent did not arrive at the server.

What happened: the server complains that the lock token is missing, and the request carried one; or a write is refused
as locked although it submitted the token of the lock that is active. A proxy, a load balancer or a security product
in between removes the header fields of WebDAV (If, Lock-Token, Depth, Destination, Timeout).

How sure we are: likely. The server's words contradict the request, or this server would refuse another user's token
in another way.

What to do: have the proxy pass these fields on.

How to confirm: the same request sent to the server directly is answered otherwise.
"""

from dataclasses import replace

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.situation import (
    another_login,
    blamed,
    knows_no_lock,
    locks_read_since,
    only_the_token_can_fail,
    only_tokens,
    refused_as_locked,
    sent_tokens,
)
from davlock.protocol.url import has_unusual_characters

# Words of WsgiDAV and sabre. What sabre says of a refresh ("An xml body is required") means that nothing is locked.
UNLOCK_WORDS = ("missing lock token", "no lock token was supplied")
REFRESH_WORDS = ("expected a lock token",)

WHY_SAID = "The server says that the token is missing."
WHY_REFUSED = (
    "The token that was submitted is that of the active lock, and the answer is the one to a request without any token."
)


def check(evidence: Evidence) -> Match | None:
    """UNLOCK or refresh of which the server says that the token is missing; or refused in spite of the right token."""
    if evidence.granted is not None and not evidence.is_refresh:
        return _after_a_grant(evidence)
    if evidence.cause is None or evidence.error is None:
        return None
    if evidence.cause.status in (400, 409, 412):
        if evidence.method == "UNLOCK" and evidence.headers.get("Lock-Token") and evidence.error.says(*UNLOCK_WORDS):
            return _match(evidence, "Lock-Token", WHY_SAID)
        if evidence.is_refresh and evidence.submitted and evidence.error.says(*REFRESH_WORDS):
            return _match(evidence, "If", WHY_SAID)
    if _refused_as_if_none_was_sent(evidence):
        return _match(evidence, "If", WHY_REFUSED)
    return _refresh_unseen(evidence)


def _after_a_grant(evidence: Evidence) -> Match | None:
    """A new lock whose token was refused at once in a refresh, and not as a dead token is (412)."""
    alive = evidence.token_alive
    if not isinstance(alive, Failed) or evidence.covering:
        return None
    return replace(
        _match(evidence, "If", "The lock was granted, and a refresh with its token was answered as one without any."),
        certainty=Certainty.POSSIBLE,
        evidence=(quotes.status_line(evidence), Quote("refresh with the new token", "400", alive.exchange)),
        alternatives=(Alternative("fake-lock", "a second LOCK without a token: a real lock refuses it with 423"),),
    )


def _refresh_unseen(evidence: Evidence) -> Match | None:
    """A refresh answered as one without If, where nobody can see whether the lock is still there."""
    well_formed = evidence.if_header is not None and not evidence.if_header.tagged and only_tokens(evidence)
    if not evidence.is_refresh or evidence.status != 400 or not well_formed or knows_no_lock(evidence):
        return None
    if isinstance(evidence.locks, Known):
        return None
    return replace(
        _match(evidence, "If", "The request is well-formed, and was answered as a refresh without any token is."),
        certainty=Certainty.POSSIBLE,
        alternatives=(Alternative("412-refresh-lost-lock", "a new LOCK: it is granted if the old lock is gone"),),
    )


def _refused_as_if_none_was_sent(evidence: Evidence) -> bool:
    """Whether the only lock's own token was submitted, and neither login nor URL can be to blame."""
    if not (evidence.is_write or evidence.is_refresh) or blamed(evidence) is not None:
        return False
    tokens = sent_tokens(evidence)
    active = any(covering.token in tokens and covering.direct is not False for covering in evidence.covering)
    if not active or not locks_read_since(evidence) or not only_the_token_can_fail(evidence):
        return False
    if evidence.is_refresh and evidence.status == 400:
        return True  # the answer to a LOCK with neither body nor If (RFC 4918 §9.10.2)
    if evidence.if_header is not None and evidence.if_header.tagged and has_unusual_characters(evidence.target):
        return False  # nginx compares the tag without decoding it
    return refused_as_locked(evidence) and _cannot_be_another_user(evidence)


def _cannot_be_another_user(evidence: Evidence) -> bool:
    other = another_login(evidence)
    if other is not None:
        return not other
    if evidence.lacks("Authorization") and evidence.lacks("Cookie"):
        return True  # there are no users here
    server = evidence.server
    return server is not None and (server.foreign_token_works is True or server.foreign_token_status not in (None, 423))


def _match(evidence: Evidence, name: str, why: str) -> Match:
    return Match(
        certainty=Certainty.LIKELY,
        headline=f"The {name} header was sent, and did not arrive at the server",
        explanation=f"{why} Something in between removes the header.",
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            *quotes.request_header(evidence, name),
            *(quotes.locks(evidence) if why is WHY_REFUSED else ()),
        ),
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
