"""Whether a lock was there, was gone, and is there again: which no lock can be that one store keeps."""

from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.predicates.sequence import on_target
from davlock.diagnosis.predicates.tokens import is_made_up, sent_tokens
from davlock.diagnosis.resource import find_asked, read_lock_answer, read_propfind, view
from davlock.protocol.message import Exchange
from davlock.protocol.url import same_path
from davlock.protocol.web_page import page_instead
from davlock.values import dataclass

LOOKS = 64
"""Of the exchanges on the target, how many of the last are read: a lock that comes and goes shows in a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reappearance:
    """A token, and the exchanges in which it was there (``None``: the person holds it), gone, and there again."""

    token: str
    shown: int | None
    granted: bool
    gone: int
    again: int


def reappearance(evidence: Evidence) -> Reappearance | None:
    """The first lock that came back while these exchanges neither locked nor released anything."""
    # A token that was sent is one that was granted: from then on it is missed where it is not shown.
    ours = set(sent_tokens(evidence))
    shown: dict[str, int | None] = {}
    granted: set[str] = set()
    gone: dict[str, int] = {}
    for index, exchange in tuple(on_target(evidence))[-LOOKS:]:
        response = exchange.response
        if response is not None and response.ok and exchange.request.method.upper() not in READS:
            if page_instead(exchange) is not None:
                continue
            # What was locked may have changed. A token that was released is not there because somebody holds it.
            ours -= {token for token in ours if f"<{token}>" in (exchange.request.headers.get("Lock-Token") or "")}
            granted = _granted(exchange)
            shown, gone = dict.fromkeys(granted, index), {}
            continue
        if evidence.after_subject(index):
            shown = {**dict.fromkeys(ours), **shown}
        tokens = _listed(evidence, exchange)
        if tokens is None:
            continue
        back = next((token for token in tokens if token in gone and not is_made_up(token, evidence.target)), None)
        if back is not None:
            return Reappearance(token=back, shown=shown[back], granted=back in granted, gone=gone[back], again=index)
        gone |= {token: index for token in shown if token not in tokens}
        shown |= dict.fromkeys(tokens, index)
        granted -= set(tokens)
    return None


def _granted(exchange: Exchange) -> set[str]:
    """The token of the new lock that an exchange brought."""
    request, response = exchange.request, exchange.response
    if request.method.upper() != "LOCK" or response is None or response.status not in (200, 201):
        return set()
    named = response.headers.get("Lock-Token") or ""
    locks = read_lock_answer(response, request.url)
    return {lock.token.uri for lock in locks if lock.token is not None and f"<{lock.token.uri}>" in named}


def _listed(evidence: Evidence, exchange: Exchange) -> tuple[str, ...] | None:
    """The tokens in a PROPFIND with Depth 0; ``None`` where the answer does not tell."""
    if exchange.request.method.upper() != "PROPFIND" or exchange.request.headers.get("Depth") != "0":
        return None
    answer = read_propfind(exchange)
    element = None if isinstance(answer, str) else find_asked(answer, exchange)
    if element is None or not same_path(exchange.request.url, evidence.target):
        return None
    locks = view(element, exchange.request.url).locks
    if locks is None or any(lock.token is None for lock in locks):
        return None
    return tuple(lock.token.uri for lock in locks if lock.token is not None)
