"""What happened to a lock whose token was refused, as earlier exchanges show it."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Quote
from davlock.diagnosis.predicates.sequence import seconds_between
from davlock.diagnosis.predicates.tokens import sent_tokens, taken_with_a_sent_token
from davlock.diagnosis.wording import seconds_in_words
from davlock.protocol.message import Exchange
from davlock.protocol.url import is_ancestor, same_resource

Story = tuple[str, tuple[Quote, ...]]
"""What happened, in a sentence, and the quotes that show it; both are empty if nothing shows it."""


def what_became_of_it(evidence: Evidence) -> Story:
    """Returns how the lock ended, or that it is on another resource."""
    ended, seen = how_it_ended(evidence)
    if ended:
        return ended, seen
    granted, seen = _followed(evidence)[1:]
    if granted is None or _covers_target(granted, evidence):
        return "", ()
    return f"The lock is on {granted}, which is another resource.", seen


def how_it_ended(evidence: Evidence) -> Story:
    """Returns how the lock ended: released, deleted or moved with its resource, or not renewed in time."""
    ended, granted, seen = _followed(evidence)
    if ended or granted is None or not _covers_target(granted, evidence):
        return ended, seen if ended else ()
    taken = taken_with_a_sent_token(evidence)
    timeout = taken.lock.timeout if taken is not None and taken in evidence.expired else None
    passed = seconds_between(evidence, seen[0].exchange or 0, evidence.subject or 0)
    if timeout is None or not timeout.seconds or passed is None or passed < timeout.seconds:
        return "", ()
    times = f"{seconds_in_words(timeout.seconds)}, {seconds_in_words(passed)} earlier"
    return f"The lock was granted for {times}, so it has expired.", seen


def _followed(evidence: Evidence) -> tuple[str, str | None, tuple[Quote, ...]]:
    """Returns how a request ended the lock (empty if none did), the URL it was granted on, and the quotes for both."""
    granted: str | None = None
    ended = ""
    seen: tuple[Quote, ...] = ()
    for index, exchange in enumerate(evidence.exchanges[: evidence.subject]):
        method, url = exchange.request.method.upper(), exchange.request.url
        if exchange.response is None or not exchange.response.ok or exchange.response.status == 207:
            continue
        if method == "LOCK" and _names(exchange, evidence):
            granted, ended, seen = url, "", (Quote("LOCK answer", f"granted on {url}", index),)
        elif method == "UNLOCK" and _names(exchange, evidence):
            ended, seen = "The lock was released earlier.", (Quote("UNLOCK", f"answered {exchange.status}", index),)
        elif method in ("DELETE", "MOVE") and granted and (same_resource(url, granted) or is_ancestor(url, granted)):
            words = "moved, and its locks stayed behind" if method == "MOVE" else "deleted, and its locks with it"
            ended, seen = (
                f"{granted} was {words} (RFC 4918 §7.7).",
                (Quote(method, f"answered {exchange.status}", index),),
            )
    return ended, granted, seen


def _covers_target(granted: str, evidence: Evidence) -> bool:
    return same_resource(granted, evidence.target) or is_ancestor(granted, evidence.target)


def _names(exchange: Exchange, evidence: Evidence) -> bool:
    """Returns true if a LOCK or UNLOCK was about a token that the request under question named."""
    headers = exchange.request.headers
    answered = exchange.response.headers.get("Lock-Token") if exchange.response is not None else None
    text = " ".join((headers.get("If") or "", headers.get("Lock-Token") or "", answered or ""))
    return any(f"<{token}>" in text or text.strip() == token for token in sent_tokens(evidence))
