"""UNLOCK named a token that does not lock this URL; another lock is active.

What happened: the server looked for the token and did not find it among the locks of this resource: another lock is
active, the token is another resource's, or nothing is locked any more. Apache says 400 to all of these, most others
409.

How sure we are: certain where lockdiscovery shows another lock with its token. From the refusal alone it may as well
be that the lock was gone, or another user's.

What to do: look which lock is active. A token is released at its own lock root.

How to confirm: `davlock locks URL` shows which lock is active, or none.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity
from davlock.diagnosis.predicates.refusal import is_below_target
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.diagnosis.remedies import destructive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.diagnosis.wording import admin_store, describe, lock_facts, look, ways_past
from davlock.protocol.precondition import LOCK_TOKEN_MATCHES


@rule(
    id="409-unlock-token-mismatch",
    severity=Severity.ERROR,
    statuses=(207, 400, 403, 409, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("9.11.1"),),
)
def check(evidence: Evidence) -> Match | None:
    """UNLOCK refused for its token."""
    if not unlock_token_refused(evidence) and not _names_it_alone(evidence):
        return None
    said = (*quotes.answer(evidence), *quotes.request_header(evidence, "Lock-Token"))
    sent = (evidence.headers.get("Lock-Token") or "").strip("<>")
    others = [covering for covering in evidence.covering if covering.token != sent]
    if others:
        lock = others[0]
        return Match(
            # A lock that is shown without its token may be the one that was meant.
            certainty=Certainty.CERTAIN if lock.token is not None else Certainty.LIKELY,
            headline="UNLOCK named a token that does not lock this URL; another lock is active",
            explanation=f"{describe(lock, evidence)}.",
            retry=AFTER_CHANGE,
            evidence=(*said, *quotes.locks(evidence)),
            facts=lock_facts(lock),
            remedies=ways_past(lock, evidence),
        )
    if evidence.covering and evidence.cause is not None and is_below_target(evidence.cause.url, evidence):
        return Match(
            certainty=Certainty.CERTAIN,
            headline=f"UNLOCK was refused because of a member, {evidence.cause.url}",
            explanation="The token is that of the active lock. The server looks for it on every member as well, and"
            " releases nothing where one does not have it.",
            retry=AFTER_CHANGE,
            evidence=(*said, *quotes.locks(evidence)),
            facts=lock_facts(evidence.covering[0]),
            remedies=(
                safe("Wait until the lock ends by itself; do not refresh it"),
                destructive("Move the members elsewhere, with the lock's token, release the lock, and move them back"),
                *admin_store(evidence),
            ),
        )
    if evidence.covering:
        return Match(
            certainty=Certainty.LIKELY,
            headline="UNLOCK was refused although its token is the active lock's",
            explanation=f"The lock may be on a collection above; {ONE_USER}."
            if may_be_one_user(evidence)
            else "Servers answer so when the lock was taken by another user, or when it was taken on a"
            " collection above.",
            retry=AFTER_CHANGE,
            evidence=(*said, *quotes.locks(evidence)),
            alternatives=(Alternative("403-unlock-not-owner", "the same UNLOCK as the user who took the lock"),),
            facts=lock_facts(evidence.covering[0]),
            remedies=ways_past(evidence.covering[0], evidence),
        )
    return Match(
        certainty=Certainty.LIKELY,
        headline="UNLOCK named a token that does not lock this URL",
        explanation="Another lock is active, the token is another resource's, or nothing is locked any more.",
        retry=AFTER_CHANGE,
        evidence=said,
        alternatives=(
            Alternative("409-unlock-already-gone", "PROPFIND for lockdiscovery: it is empty"),
            *((_ANOTHER_USER,) if _may_be_the_login(evidence) else ()),
            *((_BRACKETS,) if _is_bare(evidence) else ()),
        ),
        remedies=(look(evidence.target, "See whether anything is still locked"),),
    )


_ANOTHER_USER = Alternative(
    "403-unlock-not-owner", "PROPFIND for lockdiscovery: it shows this token (Tomcat says so to another user)"
)
_BRACKETS = Alternative("400-lock-token-brackets", "the same UNLOCK with the token in angle brackets")


def _names_it_alone(evidence: Evidence) -> bool:
    """Whether the request is not known, and the answer has the code that RFC 4918 §16 has for UNLOCK."""
    cause = evidence.cause
    return evidence.method == "" and cause is not None and cause.status == 409 and LOCK_TOKEN_MATCHES in cause.codes


def _may_be_the_login(evidence: Evidence) -> bool:
    """Whether the server, as far as it is known, may say 409 to the token of another user's lock."""
    server, cause = evidence.server, evidence.cause
    if cause is None or cause.status != 409:
        return False
    return server is None or (server.foreign_token_works is not True and server.foreign_token_status is None)


def _is_bare(evidence: Evidence) -> bool:
    """Whether the token came without its angle brackets: Tomcat says 409 to that as well."""
    sent = evidence.headers.get("Lock-Token")
    return sent is not None and not sent.strip().startswith("<")
