"""An account, not a resource, is locked."""

from davlock.applications.application import Actor, Application, Harm, RefusalKind, Sign, WayOut
from davlock.applications.refused_request import RefusedRequest
from davlock.protocol.lock_words import is_account_code, says_account_locked


def recognise(refused: RefusedRequest) -> Sign | None:
    """Recognises it by words about a locked account or user, by a code, or by a field that says so."""
    if refused.status in (400, 401, 403, 429):
        if refused.text.lstrip()[:1] == "<":
            return None
        return Sign.CERTAIN if says_account_locked(refused.message) or is_account_code(refused.code) else None
    if refused.status != 423:
        return None
    if (refused.headers.get("X-Account-Locked") or "").strip().lower() == "true":
        return Sign.CERTAIN
    if refused.says(r"\baccount\b[^\n.]{0,60}\blocked\b|\blocked[^\n.]{0,20}\baccount\b"):
        return Sign.CERTAIN if refused.is_json else Sign.LIKELY
    return Sign.LIKELY if refused.says(r"\btoo many (?:failed )?(?:sign|log)[- ]?ins?\b|\buser is locked\b") else None


APPLICATION = Application(
    name="account-lock",
    title="the service",
    kind=RefusalKind.LOCK,
    recognise=recognise,
    subject="The account",
    explanation="The service locked the account, not a file. Every further wrong password may extend the lock.",
    ways=(
        WayOut(title="Stop clients with a wrong password, then sign in online"),
        WayOut(title="Unlock the account", actor=Actor.ADMIN, harm=Harm.INTRUSIVE),
    ),
    otherwise=(("423-token-required", "the words of the answer: they mention an account or a file"),),
    source="public threads of services with account locks",
)
