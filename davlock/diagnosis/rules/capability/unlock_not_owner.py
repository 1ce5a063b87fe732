"""only the principal that took the lock may use or release it.

What happened: the token is right, and the server refused it because another user took the lock. Apache, WsgiDAV and
lighttpd compare the user; nginx, Go and sabre do not.

How sure we are: certain where the server says so, or the token is that of the lock which is shown. Likely from a 403
to an UNLOCK alone. Possible from a 423 by an unknown server: the token can also have been lost on the way. Possible
also where the server answers without a login: it may not tell users apart.

What to do: authenticate as the user who took the lock (the same login: another app password, or realm\\user for user,
can be another principal), or have the administrator free it.

How to confirm: the same request as that user goes through.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, RetryVerdict, Severity, Who
from davlock.diagnosis.predicates.locks import locks_read_since
from davlock.diagnosis.predicates.refusal import blamed
from davlock.diagnosis.predicates.stated_cause import stated_cause
from davlock.diagnosis.predicates.tokens import (
    another_login,
    only_the_token_can_fail,
    sent_tokens,
    taken_with_a_sent_token,
    unlock_token_refused,
)
from davlock.diagnosis.predicates.unknown_method import says_unknown_method
from davlock.diagnosis.remedies import intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.diagnosis.wording import admin_store, ways_past_svn
from davlock.servers.phrases import Said

SVN_CODE = "160039"
"""SVN_ERR_FS_LOCK_OWNER_MISMATCH (subversion/include/svn_error_codes.h), in words of the server's own language."""


_LOST = Alternative("proxy-header-dropped", "the same request sent to the server past every proxy")


@rule(
    id="403-unlock-not-owner",
    severity=Severity.ERROR,
    statuses=(401, 403, 409, 412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("6.4"), rfc4918("6.5")),
)
def check(evidence: Evidence) -> Match | None:
    """403 to UNLOCK or to a request that submitted a token; 412 or 423 while the token sent is the active lock's.

    401 gets here only with credentials that were good for another request.
    """
    cause = evidence.cause
    if cause is None or cause.member or blamed(evidence) is not None:
        return None
    if evidence.method == "LOCK" and not evidence.is_refresh:
        return None
    if unlock_token_refused(evidence) and cause.status == 403:
        return None  # it says that there is no such lock
    if says_unknown_method(evidence.status, evidence.error) or stated_cause(evidence) is not None:
        return None  # the body names another cause
    vouched = evidence.server is not None and evidence.server.shows_locks is True
    if vouched and isinstance(evidence.locks, Known) and locks_read_since(evidence) and not evidence.covering:
        return None  # nothing is locked
    header = "Lock-Token" if evidence.method == "UNLOCK" else "If"
    sent = sent_tokens(evidence)
    if not sent and (evidence.method != "UNLOCK" or evidence.headers.complete):
        return None
    active = [covering for covering in evidence.covering if covering.token in sent and covering.direct is not False]
    other = another_login(evidence)
    svn = evidence.error is not None and (
        evidence.error.errcode == SVN_CODE or Said.SVN_LOCK_OF_ANOTHER_USER in evidence.said
    )
    words = svn or Said.LOCK_OF_ANOTHER_USER in evidence.said
    blameless = other is False or (
        evidence.is_write and other is None and taken_with_a_sent_token(evidence) is not None
    )
    if blameless and not words and not locks_read_since(evidence):
        return None  # the same client took the lock, as far as is known: a write can be refused for other reasons
    if evidence.server is not None and evidence.server.foreign_token_works and not words:
        return None  # this product never looks at the user: something else refused, in front of it or behind
    matches = bool(active) and other is not False and (locks_read_since(evidence) or other is True)
    if cause.status == 401:  # chezdav, and webdav-server's refresh; where the login itself is bad, another rule spoke
        certainty = Certainty.LIKELY
    elif cause.status == 403:
        certainty = Certainty.CERTAIN if words or (matches and other is not False) else Certainty.LIKELY
    elif words or (cause.status in (409, 412, 423) and matches and only_the_token_can_fail(evidence)):
        certainty = Certainty.CERTAIN if words else Certainty.LIKELY
    else:
        return None
    lost = matches and not words and cause.status == 423 and not _is_its_way(evidence, 423)
    one_user = not words and may_be_one_user(evidence)
    if lost or one_user:
        certainty = Certainty.POSSIBLE
    return Match(
        certainty=certainty,
        headline="The lock may belong to another user, and the server may want that user's login"
        if one_user
        else "The lock belongs to another user: this server lets only that user use its token",
        explanation=f"{ONE_USER[0].upper()}{ONE_USER[1:]}: another reason for the refusal is as likely."
        if one_user
        else "The token names an active lock; what the server refused is the login that sent it."
        if matches
        else "The server refused the login, not the token, as far as the answer tells.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, header), *quotes.locks(evidence)),
        facts=(("token", sent[0]),) if sent else (),
        alternatives=(_LOST,)
        if lost
        else ()
        if certainty is Certainty.CERTAIN
        else (
            Alternative("403-no-permission", "the same request as the user who took the lock"),
            *((_LOST,) if evidence.method == "UNLOCK" and cause.status in (409, 412) else ()),
        ),
        remedies=(
            intrusive("Send it as the user who took the lock (-u THAT-USER)"),
            safe("Release the lock in the program that took it", who=Who.LOCK_OWNER),
            *(ways_past_svn(evidence.target) if svn else ()),
            *admin_store(evidence),
        ),
    )


def _is_its_way(evidence: Evidence, status: int) -> bool:
    """Whether this product is known to refuse another user's token with ``status``."""
    return evidence.server is not None and evidence.server.foreign_token_status == status
