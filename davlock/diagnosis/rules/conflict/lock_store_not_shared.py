"""The lock appears and vanishes between answers: several processes answer, and each knows its own locks.

What happened: the server runs as several worker processes (or several machines) that do not share one store of locks,
as WsgiDAV does behind a process manager with locks in memory. A lock is there when the worker that granted it
answers, and unknown to all the others: a write with its token is 412, UNLOCK is 409, and the next look shows it again.

How sure we are: likely where the same token was gone and was there again, since a lock cannot come back. Possible
where a lock was granted, is not over by its timeout, and two answers deny it: someone else may have released it.

What to do: give the processes one store of locks (WsgiDAV: lock_storage with ShelveLockStorage or Redis), run one
process, or let the balancer keep a client with one of them. Until then locks protect little here.

How to confirm: `davlock locks URL` several times in a row: the lock comes and goes.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, Risk, Severity, Who
from davlock.diagnosis.resource import find, read_propfind, view
from davlock.diagnosis.rule import Family, Match, Rule, rfc4918
from davlock.diagnosis.sequence import lock_may_have_ended, on_target, seconds_between
from davlock.diagnosis.situation import is_inquiry, unlock_token_refused
from davlock.diagnosis.wording import look
from davlock.errors import RemoteProtocolError
from davlock.protocol.if_header import parse_if
from davlock.protocol.message import Exchange

LOOKS = 64
"""Of the exchanges on the target, how many of the last are read: a lock that comes and goes shows in a few."""


def check(evidence: Evidence) -> Match | None:
    """A token that was there, was not, and is there again; or one that is denied twice though it cannot be over."""
    if evidence.cause is None and not is_inquiry(evidence):
        return None
    return _comes_and_goes(evidence) or _denied_twice(evidence)


def _comes_and_goes(evidence: Evidence) -> Match | None:
    shown: dict[str, int] = {}
    gone: dict[str, int] = {}
    for index, exchange in tuple(on_target(evidence))[-LOOKS:]:
        method, response = exchange.request.method.upper(), exchange.response
        if response is not None and response.ok and method not in ("PROPFIND", "OPTIONS", "GET", "HEAD"):
            shown, gone = {}, {}  # what was locked may have changed
            continue
        tokens = _listed(evidence, exchange)
        if tokens is None:
            continue
        back = [token for token in tokens if token in gone]
        if back:
            return _flickers(evidence, back[0], (shown[back[0]], gone[back[0]], index))
        gone |= {token: index for token in shown if token not in tokens}
        shown |= dict.fromkeys(tokens, index)
    return None


def _listed(evidence: Evidence, exchange: Exchange) -> tuple[str, ...] | None:
    """The tokens in a PROPFIND with Depth 0; ``None`` where the answer does not tell."""
    if exchange.request.method.upper() != "PROPFIND" or exchange.request.headers.get("Depth") != "0":
        return None
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find(answer, exchange.request.url, evidence.target)
    locks = view(element, exchange.request.url).locks if element is not None else None
    if locks is None or any(lock.token is None for lock in locks):
        return None
    return tuple(lock.token.uri for lock in locks if lock.token is not None)


def _flickers(evidence: Evidence, token: str, at: tuple[int, int, int]) -> Match:
    words = (f"shows {token}", f"does not show {token}", f"shows {token} again")
    return Match(
        certainty=Certainty.LIKELY,
        headline="The lock appears and vanishes between answers: the server's processes do not share their locks",
        explanation="The same token was shown, was not, and was shown again; these exchanges locked and released"
        " nothing in between. Which process answers is a matter of chance.",
        retry=AFTER_CHANGE,
        evidence=(
            *(quotes.answer(evidence) if evidence.cause else ()),
            *(Quote("lockdiscovery", text, index) for text, index in zip(words, at, strict=True)),
        ),
        facts=(("token", token),),
        remedies=_REMEDIES,
    )


def _denied_twice(evidence: Evidence) -> Match | None:
    """Of a lock that was taken here: a write with its token is 412 and UNLOCK 409, before its time is over."""
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
            headline="The server granted the lock, and denies it though its time is not over",
            explanation="Two answers do not know a token that was granted moments before. Where several processes"
            " answer and each keeps its own locks, it looks like this.",
            retry=AFTER_CHANGE,
            evidence=(
                Quote("LOCK answer", f"token {token}", taken.exchange),
                Quote("write with the token", "412", refused[-1]),
                *quotes.answer(evidence),
            ),
            facts=(("token", token),),
            alternatives=(
                Alternative("409-unlock-already-gone", "PROPFIND for lockdiscovery, ten times: it is always empty"),
            ),
            remedies=(look(evidence.target, "Look several times: does the lock come and go?"), *_REMEDIES),
        )
    return None


def _denies_write(exchange: Exchange, token: str) -> bool:
    """412 to a write whose only condition is that token, untagged."""
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
    Remedy(
        Who.SERVER_ADMIN,
        "Give all processes one store of locks (if it is WsgiDAV: lock_storage with ShelveLockStorage or Redis), or"
        " run one process",
        None,
        Risk.INTRUSIVE,
    ),
    Remedy(Who.SERVER_ADMIN, "Or let the balancer keep each client with one process", None, Risk.INTRUSIVE),
)

RULE = Rule(
    id="409-lock-store-not-shared",
    family=Family.CONFLICT,
    severity=Severity.ERROR,
    title="the lock appears and vanishes between worker processes",
    page=__doc__,
    check=check,
    references=(rfc4918("6.1"), rfc4918("9.11.1")),
)
