"""the server's processes do not share their locks.

What happened: the server runs as several processes or machines, and each keeps its own locks. WsgiDAV does so behind a
process manager, with locks in memory. Only the process that granted a lock knows it. Another one answers a write with
its token with 412 and UNLOCK with 409, and the next look shows the lock again.

How sure we are: likely if the same token was gone and came back, or if the same UNLOCK failed and then worked: a lock
cannot come back. Possible if two answers deny a lock before its time is over, because someone may have released it.

What to do: give all processes one lock store (WsgiDAV: lock_storage with ShelveLockStorage or Redis), run one process,
or let the balancer keep each client with one process. Until then, locks protect little here.

How to confirm: run `davlock locks URL` several times. If the lock appears only sometimes, the servers do not share
their locks.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, RetryVerdict, Severity
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.presence import Reappearance, reappearance
from davlock.diagnosis.predicates.refusal import is_inquiry
from davlock.diagnosis.predicates.sequence import lock_may_have_ended, on_target, seconds_between
from davlock.diagnosis.predicates.tokens import unlock_token_refused
from davlock.diagnosis.remedies import for_admin, intrusive
from davlock.diagnosis.rule import Match, Scope, rfc4918, rule
from davlock.diagnosis.wording import look
from davlock.errors import RemoteProtocolError
from davlock.protocol.if_header import parse_if
from davlock.protocol.message import Exchange
from davlock.protocol.web_page import page_instead


@rule(
    id="409-lock-store-not-shared",
    severity=Severity.ERROR,
    statuses=(409, 412),
    retry=(RetryVerdict.AFTER_CHANGE,),
    scope=Scope.SERVER,
    see=(rfc4918("6.1"), rfc4918("9.11.1")),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a token that was gone and came back, an UNLOCK that failed and then worked, or a token denied twice."""
    if evidence.cause is None and evidence.granted is None and not is_inquiry(evidence):
        return None
    if (back := reappearance(evidence)) is not None:
        return _flickers(evidence, back)
    return _released_later(evidence) or _denied_twice(evidence)


def _flickers(evidence: Evidence, back: Reappearance) -> Match:
    token = back.token
    first: tuple[Quote, ...] = ()
    if back.shown is not None:
        source, words = ("LOCK answer", "granted") if back.granted else ("lockdiscovery", "shows")
        first = (Quote(source, f"{words} {token}", back.shown),)
    before = "granted" if back.granted else "showed"
    return Match(
        certainty=Certainty.LIKELY,
        headline="The server's processes do not share their locks: this lock comes and goes",
        explanation=(
            f"The server {before} the token, then hid it, then showed it again."
            if back.granted or back.shown is not None
            else "You hold a token that the server first hid, then showed."
        )
        + " No request locked or released anything in between.",
        retry=AFTER_CHANGE,
        evidence=(
            *(quotes.answer(evidence) if evidence.cause else ()),
            *first,
            Quote("lockdiscovery", f"does not show {token}", back.gone),
            Quote("lockdiscovery", f"shows {token}{' again' if first and not back.granted else ''}", back.again),
        ),
        facts=(("token", token),),
        remedies=_REMEDIES,
    )


def _released_later(evidence: Evidence) -> Match | None:
    """Matches an UNLOCK refused for its token, if the same UNLOCK works later: a lock that is gone cannot come back."""
    if not unlock_token_refused(evidence) or evidence.subject is None:
        return None
    server = evidence.server
    its_way = server is not None and server.useless_unlock_status == evidence.status
    if evidence.status == 400 and not its_way:
        return None  # most servers say so to an UNLOCK without a token, which a proxy makes of one that has it
    sent = evidence.headers.get("Lock-Token")
    for index, exchange in on_target(evidence):
        request, response = exchange.request, exchange.response
        if response is None or not response.ok or not evidence.after_subject(index):
            continue
        method = request.method.upper()
        if method == "LOCK":
            return None
        same = method == "UNLOCK" and page_instead(exchange) is None and request.headers.get("Lock-Token") == sent
        if same and response.status != 207 and logins_differ(request.headers, evidence.headers) is not True:
            return Match(
                certainty=Certainty.LIKELY,
                headline="The server's processes do not share their locks: UNLOCK failed, then worked",
                explanation="The first process did not know the token, and the second one released the lock. Chance"
                " decides which process answers.",
                retry=AFTER_CHANGE,
                evidence=(
                    *quotes.answer(evidence),
                    *quotes.request_header(evidence, "Lock-Token"),
                    Quote("the same UNLOCK", f"{response.status}", index),
                ),
                facts=(("token", (sent or "").strip("<> ")),),
                remedies=_REMEDIES,
            )
    return None


def _denied_twice(evidence: Evidence) -> Match | None:
    """Matches a lock taken earlier if a write with its token gets 412 and UNLOCK 409 before its time is over."""
    if not unlock_token_refused(evidence) or evidence.status != 409:
        return None
    for taken in evidence.taken:
        timeout = taken.lock.timeout
        token = taken.lock.token.uri if taken.lock.token is not None else ""
        if not token or f"<{token}>" not in (evidence.headers.get("Lock-Token") or ""):
            continue
        passed = seconds_between(evidence, taken.exchange, evidence.subject or 0)
        over = timeout is None or passed is None or (timeout.seconds is not None and passed >= timeout.seconds)
        refused = [index for index, exchange in on_target(evidence) if _denies_write(exchange, token)]
        refused = [index for index in refused if taken.exchange < index < (evidence.subject or 0)]
        empty = (
            isinstance(evidence.locks, Known)
            and not evidence.covering
            and evidence.after_subject(evidence.locks.exchange)
        )
        if over or not refused or empty or lock_may_have_ended(evidence, taken.exchange, evidence.subject or 0):
            continue
        return Match(
            certainty=Certainty.POSSIBLE,
            headline="The server granted the lock, but denies it before its time is over",
            explanation="Two answers did not know the token. It looks like this if several processes answer and each"
            " keeps its own locks.",
            retry=AFTER_CHANGE,
            evidence=(
                Quote("LOCK answer", f"token {token}", taken.exchange),
                Quote("write with the token", "412", refused[-1]),
                *quotes.answer(evidence),
            ),
            facts=(("token", token),),
            alternatives=(Alternative("409-unlock-already-gone", "PROPFIND, ten times: it never shows a lock"),),
            remedies=(look(evidence.target, "Read the locks several times"), *_REMEDIES),
        )
    return None


def _denies_write(exchange: Exchange, token: str) -> bool:
    """Whether it is a 412 to a write whose only condition is that token, without a URL."""
    if exchange.status != 412:
        return False
    headers = exchange.request.headers
    if any(name in headers for name in ("If-Match", "If-None-Match", "If-Unmodified-Since")):
        return False
    try:
        header = parse_if(headers.get("If") or "")
    except RemoteProtocolError:
        return False
    conditions = [condition for entry in header.lists for condition in entry.conditions]
    return (
        not header.tagged
        and len(conditions) == 1
        and conditions[0].token is not None
        and (conditions[0].token.uri == token and not conditions[0].negated)
    )


_REMEDIES = (
    for_admin(intrusive("Give all processes one lock store")),
    for_admin(intrusive("Or keep each client with one process")),
)
