"""only the user who took the lock may use or release it.

What happened: the token is right, but the server refuses it because another user took the lock. Apache, WsgiDAV and
lighttpd compare the user; nginx, Go and sabre do not.

How sure we are: certain if the server says so, or if the token is the one of the lock that it shows. Likely from a 403
to UNLOCK alone. A guess from a 423 by an unknown server, because the token may also have been lost on the way. Also a
guess if the server answers without a login: it may not tell users apart.

What to do: log in as the user who took the lock. Another app password, or realm\\user instead of user, can count as
another user. Otherwise the administrator can free the lock.

How to confirm: the same request by that user works.
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
from davlock.diagnosis.wording import admin_store, release, ways_past_svn
from davlock.servers.phrases import Said

SVN_CODE = "160039"
"""SVN_ERR_FS_LOCK_OWNER_MISMATCH (subversion/include/svn_error_codes.h), in words of the server's own language."""


_LOST = Alternative("proxy-header-dropped", "the same request, sent past every proxy: it succeeds")


@rule(
    id="403-unlock-not-owner",
    severity=Severity.ERROR,
    statuses=(401, 403, 409, 412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("6.4"), rfc4918("6.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches 403 to UNLOCK or to a request with a token, and 412 or 423 although the token is the active lock's.

    401 gets here only with a login that was good for another request.
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
    active = [covering for covering in evidence.covering if covering.token in sent and covering.direct is not False]
    other = another_login(evidence)
    svn = evidence.error is not None and (
        evidence.error.errcode == SVN_CODE or Said.SVN_LOCK_OF_ANOTHER_USER in evidence.said
    )
    words = svn or Said.LOCK_OF_ANOTHER_USER in evidence.said
    if not sent and (evidence.headers.complete or not (words or evidence.method == "UNLOCK")):
        return None
    blameless = other is False or (
        evidence.is_write and other is None and taken_with_a_sent_token(evidence) is not None
    )
    if blameless and not words and not locks_read_since(evidence):
        return None  # the same client probably took the lock: a write can fail for other reasons
    if evidence.server is not None and evidence.server.foreign_token_works and not words:
        return None  # this product never compares users: something else refused
    matches = bool(active) and other is not False and (locks_read_since(evidence) or other is True)
    if cause.status == 401:  # chezdav, and webdav-server's refresh; if the login itself is bad, another rule matched
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
        headline="The lock may belong to another user, whose login the server may want"
        if certainty is Certainty.POSSIBLE
        else "Another user took the lock, and the server accepts its token only from that user",
        explanation=f"{ONE_USER[0].upper()}{ONE_USER[1:]}. Another reason is as likely."
        if one_user
        else "The token is right. The server may want another login, or the token was lost on the way."
        if lost
        else "The token is right, but the server refuses the login that sent it."
        if matches
        else "As far as the answer shows, the server refuses the login, not the token.",
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
            intrusive("Log in as the user who took the lock (-u)"),
            safe("Release the lock in the program that took it", who=Who.LOCK_OWNER),
            *(
                ways_past_svn(evidence.target)  # any login breaks a lock so
                if svn or (evidence.server is not None and evidence.server.working_copy_locks)
                else (way for lock in active[:1] if (way := release(lock, evidence)) is not None)
            ),
            *admin_store(evidence),
        ),
    )


def _is_its_way(evidence: Evidence, status: int) -> bool:
    """Whether this product is known to refuse another user's token with ``status``."""
    return evidence.server is not None and evidence.server.foreign_token_status == status
