"""Whether a lock was gone and came back, which cannot happen if one store keeps all locks."""

from davlock.diagnosis.evidence import READS, Evidence
from davlock.diagnosis.predicates.sequence import on_target
from davlock.diagnosis.predicates.tokens import is_made_up, sent_tokens
from davlock.diagnosis.resource import find_asked, read_lock_answer, read_propfind, view
from davlock.protocol.message import Exchange
from davlock.protocol.url import same_path
from davlock.protocol.web_page import page_instead
from davlock.values import dataclass

LOOKS = 64
"""How many of the last exchanges on the target are read: a lock that comes and goes shows in a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reappearance:
    """A token, and the exchanges that show it (``None``: the person holds it), do not show it, and show it again."""

    token: str
    shown: int | None
    granted: bool
    gone: int
    again: int


def reappearance(evidence: Evidence) -> Reappearance | None:
    """Returns the first lock that came back while these exchanges locked and released nothing."""
    # A token that was sent was granted before: from then on, an answer without it misses it.
    ours = set(sent_tokens(evidence))
    shown: dict[str, int | None] = {}
    granted: set[str] = set()
    gone: dict[str, int] = {}
    for index, exchange in tuple(on_target(evidence))[-LOOKS:]:
        response = exchange.response
        if response is not None and response.ok and exchange.request.method.upper() not in READS:
            if page_instead(exchange) is not None:
                continue
            # What is locked may have changed. Nobody holds a token that was released.
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
    """Returns the token of the new lock that an exchange granted."""
    request, response = exchange.request, exchange.response
    if request.method.upper() != "LOCK" or response is None or response.status not in (200, 201):
        return set()
    named = response.headers.get("Lock-Token") or ""
    locks = read_lock_answer(response, request.url)
    return {lock.token.uri for lock in locks if lock.token is not None and f"<{lock.token.uri}>" in named}


def _listed(evidence: Evidence, exchange: Exchange) -> tuple[str, ...] | None:
    """Returns the tokens that a PROPFIND with Depth 0 shows; ``None`` if it does not show locks."""
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
