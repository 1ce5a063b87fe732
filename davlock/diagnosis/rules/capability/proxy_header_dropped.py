"""a proxy removed a WebDAV header from the request.

What happened: the server says that the lock token is missing, although your request had one. Or it refuses a write as
locked, although you sent the active lock's token. A proxy, load balancer or security product in between removes header
fields that WebDAV needs: If, Lock-Token, Depth, Destination, Overwrite or Timeout.

How sure we are: likely if the server's words contradict the request. Likely if it refuses the active lock's own token:
davlock then checks that neither another user nor the form of If is the reason. Likely if it treats Depth: 0 as
infinity, or refuses every form of Destination. A guess if the server answers a renewal as if it had no token: the lock
may be gone.

What to do: ask the administrator to let the proxy pass on these header fields.

How to confirm: the same request, sent to the server directly, gets another answer.
"""

from dataclasses import replace

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, Unreadable
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.predicates.lock_verbs import listed_methods, wants_a_body
from davlock.diagnosis.predicates.locks import locks_hidden, locks_read_since, wants_every_shared_token
from davlock.diagnosis.predicates.refusal import blamed, refused_as_locked
from davlock.diagnosis.predicates.tokens import (
    another_login,
    knows_no_lock,
    only_the_token_can_fail,
    only_tokens,
    says_no_token,
    sent_tokens,
    unlock_token_refused,
)
from davlock.diagnosis.predicates.trials import (
    destination_without_host,
    members_at_depth_0,
    put_refused_as_locked,
    refused_in_both_forms,
    taken_here,
)
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.submitted_tokens import doubtful_tags
from davlock.protocol.precondition import FINITE_DEPTH
from davlock.protocol.url import has_unusual_characters
from davlock.servers.phrases import Said


@rule(
    id="proxy-header-dropped",
    severity=Severity.ERROR,
    statuses=(400, 403, 409, 412, 423),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("10.4"), rfc4918("10.5")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches if the server's words or actions contradict a header field of the request."""
    for look in (
        _said_to_be_missing,
        _token_in_both_forms,
        _token_of_a_shown_lock,
        _right_token,
        _any_token,
        _depth,
    ):
        if (loss := look(evidence)) is not None:
            return _match(evidence, *loss)
    return _destination(evidence) or _first_refresh(evidence) or _refresh_unseen(evidence)


Loss = tuple[str, str, tuple[Quote, ...]]
"""The header field, a sentence that shows its loss, and what else to quote."""


def _said_to_be_missing(evidence: Evidence) -> Loss | None:
    """Finds UNLOCK with Lock-Token, or a refresh with If, where the server says that the token is missing."""
    if evidence.cause is None or evidence.error is None or evidence.cause.status not in (400, 409, 412):
        return None
    if evidence.method == "UNLOCK" and evidence.headers.get("Lock-Token") and says_no_token(evidence.error):
        name = "Lock-Token"
    elif evidence.is_refresh and evidence.submitted and Said.REFRESH_WITHOUT_TOKEN in evidence.said:
        name = "If"
    else:
        return None
    return name, "The server says that the token is missing.", ()


def _token_in_both_forms(evidence: Evidence) -> Loss | None:
    again = refused_in_both_forms(evidence)
    if again is None:
        return None
    words = "The server granted the token a moment ago, but refuses it in both forms of If."
    return "If", words, (Quote("the same with an untagged If", "423 as well", again),)


def _token_of_a_shown_lock(evidence: Evidence) -> Loss | None:
    """Finds UNLOCK refused for the active lock's own token, if it is not known to be another user's."""
    sent = evidence.headers.get("Lock-Token") or ""
    token = sent.strip("<> ")
    if not unlock_token_refused(evidence) or evidence.status not in (400, 409, 412) or not _in_brackets(sent):
        return None
    shown = [covering for covering in evidence.covering if covering.token == token and covering.direct is not False]
    if shown and locks_read_since(evidence) and (evidence.status == 400 or _cannot_be_another_user(evidence)):
        words = "The server shows the lock with this token, but answers as if you sent none."
        return "Lock-Token", words, quotes.locks(evidence)
    if evidence.status != 400:
        return None
    written = put_refused_as_locked(evidence)
    if taken_here(evidence, token) and locks_hidden(evidence) is not None and written is not None:
        words = "The server granted this lock a moment ago, and it is still there."
        return "Lock-Token", words, (Quote("PUT without a token, afterwards", "423", written),)
    server = evidence.server
    if server is None or server.useless_unlock_status in (None, 400):
        return None
    dead = f"{server.useless_unlock_status} to a token that locks nothing"
    words = f"{server.title} answers {dead}, but 400 to a missing token."
    return "Lock-Token", words, ()


def _in_brackets(sent: str) -> bool:
    return sent.startswith("<") and sent.endswith(">")


def _right_token(evidence: Evidence) -> Loss | None:
    """Finds the only lock's own token refused, if neither the login nor the URL can be the reason."""
    if not (evidence.is_write or evidence.is_refresh) or evidence.cause is None or blamed(evidence) is not None:
        return None
    tokens = sent_tokens(evidence)
    active = any(covering.token in tokens and covering.direct is not False for covering in evidence.covering)
    if not active or not locks_read_since(evidence) or not only_the_token_can_fail(evidence):
        return None
    if wants_every_shared_token(evidence) or doubtful_tags(evidence) or wants_a_body(evidence):
        return None
    odd = evidence.if_header is not None and evidence.if_header.tagged and has_unusual_characters(evidence.target)
    # 400 is the answer to a LOCK with neither body nor If (RFC 4918 §9.10.2); nginx compares a tag without decoding it.
    unseen = evidence.status == 400 if evidence.is_refresh else False
    if not unseen and (odd or not refused_as_locked(evidence) or not _cannot_be_another_user(evidence)):
        return None
    words = "Your token is the active lock's, but the server answers as if you sent none."
    return "If", words, quotes.locks(evidence)


def _any_token(evidence: Evidence) -> Loss | None:
    """Finds a PUT refused as if it had no If, by a product that refuses a wrong token differently and hides locks."""
    server = evidence.server
    if server is None or server.useless_token_status in (None, 423) or evidence.status != 423 or evidence.covering:
        return None
    # For other methods the answer can be about another resource: a destination, a member.
    if evidence.method != "PUT" or not evidence.submitted or not only_tokens(evidence) or blamed(evidence) is not None:
        return None
    status = server.useless_token_status
    return "If", f"{server.title} answers {status} to a wrong token, but 423 to a missing one.", ()


def _cannot_be_another_user(evidence: Evidence) -> bool:
    other = another_login(evidence)
    if other is not None:
        return not other
    if evidence.lacks("Authorization") and evidence.lacks("Cookie"):
        return True  # there are no users here
    server = evidence.server
    return server is not None and (server.foreign_token_works is True or server.foreign_token_status not in (None, 423))


def _first_refresh(evidence: Evidence) -> Match | None:
    """Returns a match for a new lock whose first refresh failed, but not as for a dead token (412)."""
    alive = evidence.token_alive
    if evidence.granted is None or evidence.is_refresh or not isinstance(alive, Unreadable) or evidence.covering:
        return None
    words = "The server granted the lock, but answered its first renewal as if it had no token."
    return replace(
        _match(evidence, "If", words, (), unsure=True),
        evidence=(quotes.status_line(evidence), Quote("refresh with the new token", "400", alive.exchange)),
        alternatives=(Alternative("fake-lock", "a second LOCK without a token: a real lock refuses it with 423"),),
    )


def _refresh_unseen(evidence: Evidence) -> Match | None:
    """Returns a match for a refresh answered as if it had no If, if nobody can see whether the lock still exists."""
    well_formed = evidence.if_header is not None and not evidence.if_header.tagged and only_tokens(evidence)
    if (
        wants_a_body(evidence)
        or not evidence.is_refresh
        or evidence.status != 400
        or not well_formed
        or knows_no_lock(evidence)
    ):
        return None
    if isinstance(evidence.locks, Known):
        return None
    if evidence.server is not None and evidence.server.dead_refresh_status == 400:
        return None
    words = "The server answers your well-formed renewal as if it had no token."
    return replace(
        _match(evidence, "If", words, (), unsure=True),
        alternatives=(Alternative("412-refresh-lost-lock", "a new LOCK: granted if the old lock is gone"),),
    )


def _depth(evidence: Evidence) -> Loss | None:
    cause = evidence.cause
    if evidence.method == "PROPFIND" and cause is not None and FINITE_DEPTH in cause.codes:
        if evidence.headers.get("Depth") in ("0", "1"):
            return "Depth", "The server refuses Depth: infinity, which is what a missing Depth means.", ()
        return None
    member = members_at_depth_0(evidence)
    if member is None:
        return None
    words = "You asked for the collection alone (Depth: 0), but the answer also lists its members."
    return "Depth", words, (Quote("listed at Depth 0", member, evidence.subject),)


def _destination(evidence: Evidence) -> Match | None:
    """Returns a match for a Destination refused with and without a host. A server may also refuse every COPY."""
    second = destination_without_host(evidence)
    if second is None or evidence.status != 400 or second[1].status != 400:
        return None
    said = Said.ABOUT_DESTINATION in evidence.said
    listed, _ = listed_methods(evidence)
    if listed and evidence.method not in listed and not said:
        return None
    words = "The server calls it malformed, with a host and without one."
    seen = (Quote("the same with a path as Destination", "400 as well", second[0]),)
    if said or evidence.server is not None:
        return _match(evidence, "Destination", words, seen)  # all known products accept COPY and MOVE
    return replace(
        _match(evidence, "Destination", words, seen, unsure=True),
        alternatives=(
            Alternative(
                "405-method-not-allowed",
                f"another {evidence.method}, sent past every proxy: the server refuses every one",
            ),
        ),
    )


def _match(evidence: Evidence, name: str, sign: str, seen: tuple[Quote, ...], *, unsure: bool = False) -> Match:
    return Match(
        certainty=Certainty.POSSIBLE if unsure else Certainty.LIKELY,
        headline=f"Your {name} header {'may not have reached' if unsure else 'did not reach'} the server",
        explanation=f"{sign} Something in between {'may remove' if unsure else 'removes'} the header.",
        retry=AFTER_CHANGE,
        evidence=(*quotes.answer(evidence), *quotes.request_header(evidence, name), *seen),
        facts=(("header", name),),
        remedies=(for_admin(intrusive("Let the proxy pass on WebDAV's header fields")),),
    )
