"""What a server makes of requests at one moment, asked by a plain client: ``python -m tests.attack.at_once KIND``.

davlock has no part in it. Locks are counted afterwards, one request after the other. A lock counts as lost if PROPFIND
shows none, a PUT without a token is accepted and UNLOCK with the granted token is refused: a reading that failed is no
lost lock.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from tests.attack import plain
from tests.attack.plain import Answer
from tests.servers import Server, new_folder, start, temporary_directory

ROUNDS = 20
USER = "alice"

_numbers = count(1)


def main() -> int:
    """Print a line for each experiment."""
    (kind,) = sys.argv[1:]
    with temporary_directory() as directory, start(kind, auth="basic", directory=directory) as server:
        for many in (2, 5, 20):
            rounds = [_lost(server, many) for _ in range(ROUNDS)]
            hit = sum(lost > 0 for lost, _ in rounds)
            print(
                f"{many} LOCKs at once on {many} files: of {ROUNDS} rounds {hit} lost a granted lock, at most"
                f" {max(rounds)[0]}; {sum(unsure for _, unsure in rounds)} locks in doubt",
                flush=True,
            )
        winners = Counter(_winners(server) for _ in range(ROUNDS))
        print(f"10 LOCKs at once on one file: so many granted in so many rounds: {dict(winners)}", flush=True)
        stayed = sum(_stayed(server) for _ in range(ROUNDS))
        print(f"{ROUNDS} times 10 UNLOCKs at once on 10 files: 204, and the lock stayed: {stayed}", flush=True)
    return 0


def _files(server: Server, many: int) -> list[str]:
    folder = new_folder(server, f"at-once-{next(_numbers)}")
    urls = [f"{folder}{number}.txt" for number in range(many)]
    for url in urls:
        assert plain.ask("PUT", url, user=USER, body=b"old").status == 201
    return urls


def _at_once(asks: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """All answers; no request begins before all can."""
    ready = threading.Barrier(len(asks))

    def one(ask: Callable[[], Answer]) -> Answer:
        ready.wait()
        try:
            return ask()
        except OSError:  # a server that cannot take so many connections refused no lock
            return Answer(status=0, headers={}, body=b"")

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(one, asks))


def _lock(url: str) -> Callable[[], Answer]:
    return lambda: plain.ask_lock(url, user=USER, owner="at once")


def _unlock(url: str, token: str) -> Callable[[], Answer]:
    return lambda: plain.ask("UNLOCK", url, user=USER, fields={"Lock-Token": f"<{token}>"})


def _lost(server: Server, many: int) -> tuple[int, int]:
    """How many locks were granted and are lost, and of how many the server says now this and now that."""
    urls = _files(server, many)
    lost = unsure = 0
    for url, answer in zip(urls, _at_once([_lock(url) for url in urls]), strict=True):
        if answer.status not in (200, 201):
            continue
        shown = bool(plain.locks(url, user=USER, depth="0"))
        written = plain.ask("PUT", url, user=USER, body=b"new").status < 300
        ended = _unlock(url, plain.token_of(answer))().status == 204
        lost += (shown, written, ended) == (False, True, False)
        unsure += (shown, written, ended) not in ((False, True, False), (True, False, True))
    return lost, unsure


def _winners(server: Server) -> int:
    """How many exclusive LOCKs on one file are granted."""
    (url,) = _files(server, 1)
    return sum(answer.status == 200 for answer in _at_once([_lock(url)] * 10))


def _stayed(server: Server) -> int:
    """How many locks are there after an UNLOCK with 204. They were taken one after the other."""
    urls = _files(server, 10)
    tokens = [plain.token_of(_lock(url)()) for url in urls]
    answers = _at_once([_unlock(url, token) for url, token in zip(urls, tokens, strict=True)])
    return sum(
        answer.status == 204 and bool(plain.locks(url, user=USER, depth="0"))
        for url, answer in zip(urls, answers, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
