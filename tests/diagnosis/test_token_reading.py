"""What the locks that were read say of one token."""

import pytest

from davlock.diagnosis.build_evidence import from_exchanges
from davlock.diagnosis.predicates.token_reading import TokenReading, token_reading
from davlock.protocol.lock import LockToken
from davlock.protocol.message import Exchange
from tests.diagnosis.exchanges import OTHER, TOKEN, activelock, exchange, refresh, shows


@pytest.mark.parametrize(
    ("read", "reading"),
    [
        (shows("/a.txt", activelock(), activelock(OTHER)), TokenReading.SHOWN),
        (shows("/a.txt", activelock(), activelock(None)), TokenReading.SHOWN),
        (shows("/a.txt"), TokenReading.MISSING),
        (shows("/a.txt", activelock(OTHER)), TokenReading.MISSING),
        (shows("/a.txt", activelock(None)), TokenReading.UNTOLD),
        (exchange("PROPFIND", "/a.txt", 403), TokenReading.UNTOLD),
    ],
)
def test_token_reading(read: Exchange, reading: TokenReading) -> None:
    evidence = from_exchanges([refresh("/a.txt", 412), read], subject=0)
    assert token_reading(evidence, LockToken(TOKEN), after=0) is reading


def test_a_reading_from_before_says_nothing() -> None:
    evidence = from_exchanges([shows("/a.txt"), refresh("/a.txt", 412)], subject=1)
    assert token_reading(evidence, LockToken(TOKEN), after=1) is TokenReading.UNTOLD
    assert token_reading(evidence, LockToken(TOKEN)) is TokenReading.MISSING
