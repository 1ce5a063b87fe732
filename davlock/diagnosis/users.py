"""What is said of other users: only where it is not known that the server takes everybody for the same one."""

from davlock.diagnosis.evidence import CHALLENGES, Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.predicates.tokens import sent_tokens

ONE_USER = "the server answers without a login, so it may not tell users apart"
"""In place of who is refused."""

REFUSALS = (401, 403, 409, 412, 423)
"""Statuses by which servers refuse the token of another user's lock."""


def may_be_one_user(evidence: Evidence) -> bool:
    """Returns true if the server answered without a login, so that it may take everybody for the same user."""
    if isinstance(evidence.users_told_apart, Known):
        return not evidence.users_told_apart.value
    if evidence.logged_in is not False or any(exchange.status in CHALLENGES for exchange in evidence.exchanges):
        return False
    return any(exchange.request.method == "PROPFIND" and exchange.status == 207 for exchange in evidence.exchanges)


def rests_on_users(evidence: Evidence) -> bool:
    """Returns true if a finding will say who may release a lock, or that a login is the reason for a refusal."""
    server = evidence.server
    if server is not None and server.foreign_token_works is True:
        return False
    if any(covering.token is not None and not covering.held for covering in evidence.covering):
        return True
    cause = evidence.cause
    return cause is not None and cause.status in REFUSALS and bool(sent_tokens(evidence))
