"""the request failed, and davlock does not know this failure.

What happened: the server refused the request, or failed, in a way that davlock does not know. The status does not point
to a lock. If the answer's own words speak of one, the explanation says so.

How sure we are: a guess. The explanation lists what davlock looked at.

What to do: read the answer's body, and the server's log at the time of the request.

How to confirm: repeat the request with -v, and compare the answers.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Retry, RetryVerdict, Severity, after_wait
from davlock.diagnosis.own_words import LONGEST, own_words
from davlock.diagnosis.predicates.applications import no_sign_of_dav
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.rule import Match, Role, rfc, rule
from davlock.diagnosis.wording import investigate, looked_at, speaks_of_a_lock_words
from davlock.protocol.lock_words import says_locked, says_not_locked
from davlock.protocol.precondition import BodyKind

_LONGEST_WORDS = 90
"""Characters of the server's words in a headline."""


@rule(
    id="other-unexplained",
    severity=Severity.ERROR,
    role=Role.FALLBACK,
    statuses=(400, 403, 500, 502, 503),
    retry=(RetryVerdict.AFTER_WAIT, RetryVerdict.AFTER_CHANGE),
    see=(rfc(9110, "15"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches any refusal; without a response there is nothing to explain."""
    if is_inquiry(evidence) or evidence.cause is None or evidence.status == 207 or evidence.cause.status == 424:
        return None  # the findings about multistatus answers explain these
    what = evidence.method or "The request"
    error = evidence.error
    spoken = error is not None and error.kind in (BodyKind.ERROR, BodyKind.JSON, BodyKind.PROBLEM, BodyKind.TEXT)
    said = (error.message or "")[:LONGEST] if spoken and error is not None else ""
    if not said and evidence.cause.codes:
        said = f"the condition {', '.join(evidence.cause.codes)} is not met"
    said = said or own_words(evidence)
    if evidence.cause.status in (502, 504) and not says_locked(said):
        return _gateway(evidence)
    return Match(
        certainty=Certainty.POSSIBLE,
        headline=f"{what} failed with {evidence.cause.status}"
        + (f": {_shortened(said)}" if said else ", and nothing in the evidence explains why"),
        explanation=f"{_about_locks(said, evidence)} {looked_at(evidence)}",
        retry=_retry(evidence),
        evidence=quotes.answer(evidence),
        alternatives=(_LOCKED_AT_OCIS,) if _may_be_ocis(evidence) else (),
        remedies=(investigate(evidence.target),) if says_locked(said) and not no_sign_of_dav(evidence) else (),
    )


def _about_locks(said: str, evidence: Evidence) -> str:
    if says_locked(said) or says_not_locked(said):
        return f"The words are the server's. They {speaks_of_a_lock_words(evidence)}."
    return "The words are the server's; nothing points to a lock." if said else "Nothing points to a lock."


def _shortened(words: str) -> str:
    """Returns the server's words on one line, cut to the length of a headline; the evidence has all of them."""
    line = " ".join(words.split()).removesuffix(".")
    return line if len(line) <= _LONGEST_WORDS else f"{line[:_LONGEST_WORDS]}…"


_LOCKED_AT_OCIS = Alternative(
    "423-token-required",
    "davlock diagnose URL: it shows a lock (ownCloud Infinite Scale and OpenCloud then answer 500)",
)


def _may_be_ocis(evidence: Evidence) -> bool:
    """Whether it may be a write that Infinite Scale or OpenCloud refused with 500: sabre/dav would say why."""
    if not evidence.is_write or evidence.cause is None or evidence.cause.status != 500:
        return False
    if evidence.error is not None and (evidence.error.message or evidence.error.exception):
        return False
    if evidence.server is not None:
        return evidence.server.name == "ocis"
    return any(path in evidence.target for path in ("/remote.php/", "/dav/spaces/", "/dav/files/"))


def _retry(evidence: Evidence) -> Retry:
    """A 503 is expected to pass (RFC 9110 §15.6.4), also where it does not say when."""
    if (advice := evidence.wait_advice) is not None:
        return after_wait(advice.seconds)
    return after_wait() if evidence.cause is not None and evidence.cause.status == 503 else AFTER_CHANGE


def _gateway(evidence: Evidence) -> Match:
    write = evidence.is_write or evidence.method in ("LOCK", "UNLOCK")
    return Match(
        certainty=Certainty.LIKELY,
        headline="A gateway got no answer from the server behind it",
        explanation="Nothing points to a lock."
        + (" The request may have taken effect: check before you repeat it." if write else ""),
        retry=after_wait(),
        evidence=quotes.answer(evidence),
    )
