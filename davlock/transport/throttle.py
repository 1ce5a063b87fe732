"""Patience: when a server says that it is too busy, wait as long as it asks and send again, within a budget."""

from collections.abc import Callable
from datetime import datetime

from davlock.protocol.message import Exchange, Request
from davlock.protocol.retry_after import WaitAdvice, wait_advice
from davlock.protocol.url import without_credentials
from davlock.transport.base import Send

THROTTLED = frozenset({429, 503})
"""RFC 6585 §4 and RFC 9110 §15.6.4: not now. Neither says that anything was done, so even a LOCK may be sent again."""


def patient(
    send: Send,
    *,
    budget: float,
    sleep: Callable[[float], None],
    now: Callable[[], datetime],
    announce: Callable[[str], None],
) -> Send:
    """``send``, again after 429 and 503, as long as all waits for one request take no more than ``budget`` seconds.

    The wait is the server's advice, without any 1, 2, 4… seconds. A wait that does not fit is not begun: the refusal is
    the answer, and says when to come back.
    """
    if budget <= 0:
        return send

    def sending(request: Request, *, feed: Callable[[bytes], object] | None = None) -> Exchange:
        waited = 0.0
        own_delay = 1.0
        while True:
            exchange = send(request, feed=feed)
            response = exchange.response
            if response is None or response.status not in THROTTLED:
                return exchange
            advice = wait_advice(response.headers, now=now())
            # "Retry-After: 0" is an answer too, and must not become a loop without pause.
            delay = advice.seconds if advice is not None and advice.seconds > 0 else own_delay
            if waited + delay > budget:
                return exchange
            url = without_credentials(request.url)
            announce(f"{url}: {response.status}, asking again in {delay:g} s{_because(advice, delay)}")
            sleep(delay)
            waited += delay
            own_delay *= 2

    return sending


def _because(advice: WaitAdvice | None, delay: float) -> str:
    return f" ({advice.source})" if advice is not None and advice.seconds == delay else ""
