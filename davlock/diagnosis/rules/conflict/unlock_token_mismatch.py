"""the token of the UNLOCK is not that of a lock here.

What happened: the server did not find your token among the locks of this resource. Another lock is active, the token
belongs to another resource, or nothing is locked any more. Apache answers 400 to all of these, most others 409.

How sure we are: certain if the server shows another lock with its token. If only the refusal is known, the lock may
also be gone, or be another user's.

What to do: check which lock is active. Release a lock at the URL where it was taken. If a server refuses because of
something in the folder, wait until the lock expires; or send the lock's token, move the members out, unlock the
folder, and move them back.

How to confirm: `davlock locks URL` shows which lock is active, if any.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import is_below_target
from davlock.diagnosis.predicates.tokens import unlock_not_found, unlock_token_refused
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.diagnosis.wording import admin_store, describe, lock_facts, look, ways_past
from davlock.protocol.lock import same_token
from davlock.protocol.precondition import LOCK_TOKEN_MATCHES


@rule(
    id="409-unlock-token-mismatch",
    severity=Severity.ERROR,
    statuses=(207, 400, 403, 404, 409, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.11.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches an UNLOCK refused because of its token."""
    if not (unlock_token_refused(evidence) or unlock_not_found(evidence) or _names_it_alone(evidence)):
        return None
    quoted = (*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"))
    sent = (evidence.headers.get("Lock-Token") or "").strip("<>")
    others = [covering for covering in evidence.covering if not same_token(covering.token, sent)]
    if others:
        lock = others[0]
        return Match(
            # A lock that the server shows without its token may be the right one.
            certainty=Certainty.CERTAIN if lock.token is not None else Certainty.LIKELY,
            headline="The token of your UNLOCK is not that of the active lock",
            explanation=f"{describe(lock, evidence)}.",
            retry=AFTER_CHANGE,
            evidence=(*quoted, *quotes.locks(evidence)),
            facts=lock_facts(lock),
            remedies=ways_past(lock, evidence),
        )
    if evidence.covering and evidence.cause is not None and is_below_target(evidence.cause.url, evidence):
        return Match(
            certainty=Certainty.CERTAIN,
            headline=f"The server refuses your UNLOCK because of {evidence.cause.url} in the folder",
            explanation="The token is right, but the server also looks for that lock on every member. It releases"
            " nothing if one member does not have it.",
            retry=AFTER_CHANGE,
            evidence=(*quoted, *quotes.locks(evidence)),
            facts=lock_facts(evidence.covering[0]),
            remedies=(
                safe("Wait until the lock expires; do not renew it"),
                destructive("Move the members out, unlock, move them back"),
                *admin_store(evidence),
            ),
        )
    if evidence.covering:
        return Match(
            certainty=Certainty.LIKELY,
            headline="The server refuses your UNLOCK, although its token is right",
            explanation=f"The lock may be on a folder above; {ONE_USER}."
            if may_be_one_user(evidence)
            else "Servers answer this if another user took the lock, or if the lock is on a folder above.",
            retry=AFTER_CHANGE,
            evidence=(*quoted, *quotes.locks(evidence)),
            alternatives=(Alternative("403-unlock-not-owner", "the same UNLOCK as the user who took the lock"),),
            facts=lock_facts(evidence.covering[0]),
            remedies=ways_past(evidence.covering[0], evidence),
        )
    return Match(
        certainty=Certainty.LIKELY,
        headline="The token of your UNLOCK is not that of a lock here",
        explanation="Another lock is active, the token belongs to another resource, or nothing is locked any more.",
        retry=AFTER_CHANGE,
        evidence=quoted,
        alternatives=(
            Alternative("409-unlock-already-gone", "PROPFIND: it shows no lock"),
            *((_ANOTHER_USER,) if _may_be_the_login(evidence) else ()),
            *((_BRACKETS,) if _is_bare(evidence) else ()),
        ),
        remedies=(look(evidence.target, "Check if anything is still locked"),),
    )


_ANOTHER_USER = Alternative(
    "403-unlock-not-owner", "PROPFIND: it shows this token (Tomcat refuses other users this way)"
)
_BRACKETS = Alternative("400-lock-token-brackets", "the same UNLOCK with the token in angle brackets")


def _names_it_alone(evidence: Evidence) -> bool:
    """Whether the request is unknown, but the answer has the code that RFC 4918 §16 reserves for UNLOCK."""
    cause = evidence.cause
    return evidence.method == "" and cause is not None and cause.status == 409 and LOCK_TOKEN_MATCHES in cause.codes


def _may_be_the_login(evidence: Evidence) -> bool:
    """Returns true if the server may answer 409 to the token of another user's lock."""
    server, cause = evidence.server, evidence.cause
    if cause is None or cause.status != 409:
        return False
    return server is None or (server.foreign_token_works is not True and server.foreign_token_status is None)


def _is_bare(evidence: Evidence) -> bool:
    """Whether the token came without its angle brackets, to which Tomcat answers 409, too."""
    sent = evidence.headers.get("Lock-Token")
    return sent is not None and not sent.strip().startswith("<")
