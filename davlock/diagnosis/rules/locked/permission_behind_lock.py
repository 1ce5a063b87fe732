"""a leftover lock hides that the server may not write.

What happened: a client locked the resource, and then the server refused its write because a permission is missing. The
lock stayed. Later writes meet the lock and get 423, which hides the real cause. This happens on Go servers, which keep
their locks in memory.

How sure we are: likely if the server answered another write with 403: one that sent the lock's own token, or one to
another name in the same folder that is not locked. Possible if that answer was 404 or 500.

What to do: let the server's process write in that folder: check the owner and the mode of the directory. Then release
the lock, let it expire, or restart a server that keeps its locks in memory.

How to confirm: write a new name in the same folder, without a lock. If the server answers 403, 404 or 500, permissions
are the cause.
"""

from davlock.diagnosis import quotes
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, Certainty, Quote, Remedy, RetryVerdict, Severity
from davlock.diagnosis.logins import logins_differ
from davlock.diagnosis.predicates.file_locks import is_transactional
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.predicates.refusal import refused_as_locked
from davlock.diagnosis.predicates.sequence import is_write
from davlock.diagnosis.remedies import for_admin, intrusive, safe
from davlock.diagnosis.rule import Match, rfc4918, rule
from davlock.diagnosis.wording import admin_store, parent_of
from davlock.protocol.message import Exchange
from davlock.protocol.url import same_resource

REFUSALS = (403, 404, 500)
"""Go's webdav says 404 or 500 if the file system does not let it create a file."""


@rule(
    id="423-permission-behind-lock",
    severity=Severity.WARNING,
    statuses=(423,),
    retry=(RetryVerdict.AFTER_CHANGE,),
    see=(rfc4918("11.3"),),
)
def check(evidence: Evidence) -> Match | None:
    """Matches a write refused as locked, beside one that the server refused although no lock can be the cause."""
    if not evidence.is_write or not refused_as_locked(evidence) or is_transactional(evidence):
        return None
    other = _with_the_token(evidence)
    here = other is not None
    if other is None:
        other = _beside_it(evidence)
    if other is None or (here and foreign_locks(evidence)):
        return None
    exchange = evidence.exchanges[other]
    likely = exchange.status == 403
    known = "423-own-lock-token-missing" if here else "423-token-required"
    return Match(
        certainty=Certainty.LIKELY if likely else Certainty.POSSIBLE,
        headline="The lock hides the real problem: the server cannot write here"
        if likely
        else "The lock may hide the real problem: the server cannot write here",
        explanation=(
            "The server also refused an earlier write with the lock's own token, so the lock is not the cause."
            if here
            else f"The server also refuses to write {exchange.request.url}, which is in the same folder and not locked."
        ),
        retry=AFTER_CHANGE,
        evidence=(
            *quotes.answer(evidence),
            Quote(f"{exchange.request.method} {exchange.request.url}", _status(exchange), other),
        ),
        alternatives=()
        if likely
        else (Alternative(known, "the server's log: it names another reason for the other write than a permission"),),
        remedies=(
            for_admin(intrusive(f"Let the server's process write in {parent_of(evidence.target)}")),
            *_release(evidence),
            *admin_store(evidence),
        ),
    )


def _with_the_token(evidence: Evidence) -> int | None:
    """Returns the index of a refused write on the target that sent the token of a lock taken earlier."""
    tokens = [taken.lock.token.uri for taken in evidence.taken if taken.lock.token is not None]
    for index, exchange in _before_and_after(evidence):
        sent = exchange.request.headers.get("If") or ""
        if evidence.after_subject(index) or not _same_login(evidence, index):
            continue  # another login than that of the lock, perhaps: 403-unlock-not-owner
        if same_resource(exchange.request.url, evidence.target) and any(f"<{token}>" in sent for token in tokens):
            return index
    return None


def _same_login(evidence: Evidence, index: int) -> bool:
    then = [evidence.exchanges[taken.exchange].request.headers for taken in evidence.taken]
    return all(logins_differ(headers, evidence.exchanges[index].request.headers) is False for headers in then)


def _beside_it(evidence: Evidence) -> int | None:
    """Returns the index of a refused write to another name in the same collection that sent no token."""
    for index, exchange in _before_and_after(evidence):
        url = exchange.request.url
        if (
            not same_resource(url, evidence.target)
            and same_resource(parent_of(url), parent_of(evidence.target))
            and "If" not in exchange.request.headers
        ):
            return index
    return None


def _before_and_after(evidence: Evidence) -> list[tuple[int, Exchange]]:
    return [
        (index, exchange)
        for index, exchange in enumerate(evidence.exchanges)
        if index != evidence.subject and is_write(exchange) and exchange.status in REFUSALS
    ]


def _release(evidence: Evidence) -> tuple[Remedy, ...]:
    for taken in evidence.taken:
        if taken.lock.token is not None and same_resource(taken.url, evidence.target):
            command = ("davlock", "unlock", taken.url, "--token", taken.lock.token.uri)
            return (intrusive("Then release your lock", command),)
    return (safe("Then wait until the lock expires, if it does"),)


def _status(exchange: Exchange) -> str:
    response = exchange.response
    return f"{response.status} {response.reason}".strip() if response is not None else "no answer"
