"""What became of a lock whose token was refused, as far as the exchanges before tell."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.finding import Quote
from davlock.diagnosis.sequence import seconds_between
from davlock.diagnosis.situation import taken_with_a_sent_token
from davlock.diagnosis.wording import seconds_in_words
from davlock.protocol.message import Exchange
from davlock.protocol.url import is_ancestor, same_resource


def what_became_of_it(evidence: Evidence) -> tuple[str, tuple[Quote, ...]]:
    """In a sentence, and what shows it; empty where nothing does."""
    granted: str | None = None
    last_used, ended = 0, ""
    seen: tuple[Quote, ...] = ()
    for index, exchange in enumerate(evidence.exchanges[: evidence.subject]):
        method, url = exchange.request.method.upper(), exchange.request.url
        if exchange.response is None or not exchange.response.ok or exchange.response.status == 207:
            continue
        if method == "LOCK" and _names(exchange, evidence):
            granted, last_used, ended, seen = url, index, "", (Quote("LOCK answer", f"granted on {url}", index),)
        elif method == "UNLOCK" and _names(exchange, evidence):
            ended, seen = "It was released before.", (Quote("UNLOCK", f"answered {exchange.status}", index),)
        elif method in ("DELETE", "MOVE") and granted and (same_resource(url, granted) or is_ancestor(url, granted)):
            words = "moved, and locks do not move along" if method == "MOVE" else "deleted, and its locks with it"
            ended, seen = (
                f"{granted} was {words} (RFC 4918 §7.7).",
                (Quote(method, f"answered {exchange.status}", index),),
            )
    if ended:
        return ended, seen
    if granted is None:
        return "", ()
    if not same_resource(granted, evidence.target) and not is_ancestor(granted, evidence.target):
        return f"It was granted on {granted}, which is another resource.", seen
    taken = taken_with_a_sent_token(evidence)
    timeout = taken.lock.timeout if taken is not None else None
    passed = seconds_between(evidence, last_used, evidence.subject or 0)
    if timeout is not None and timeout.seconds and passed is not None and passed >= timeout.seconds:
        times = f"{seconds_in_words(timeout.seconds)}, and {seconds_in_words(passed)} have passed since"
        return f"It was granted for {times}: it has expired.", seen
    return "", ()


def _names(exchange: Exchange, evidence: Evidence) -> bool:
    """Whether a LOCK or UNLOCK was about a token that the request under question submitted."""
    headers = exchange.request.headers
    answered = exchange.response.headers.get("Lock-Token") if exchange.response is not None else None
    text = " ".join((headers.get("If") or "", headers.get("Lock-Token") or "", answered or ""))
    return any(f"<{token}>" in text or text.strip() == token for token in evidence.submitted or ())
