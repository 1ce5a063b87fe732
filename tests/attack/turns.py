"""One request at a time, for a server that loses locks if it is asked for two at once.

Apache 2.4 answers 200 to twenty LOCKs at one moment, and forgets some of them: tests.attack.at_once counts how many.
What davlock loses is to be seen, and not what mod_dav_fs does.
"""

import contextlib
import threading
from collections.abc import Iterator

_turns: dict[str, threading.Semaphore] = {}


def take_turns(where: str) -> None:
    """From now on the server at ``where``, a host and a port, gets one request at a time."""
    _turns[where] = threading.Semaphore()


def begin_turn(where: str) -> None:
    """Wait until nobody else asks; :func:`end_turn` must follow, in any thread."""
    if where in _turns:
        _turns[where].acquire()


def end_turn(where: str) -> None:
    """The server has answered."""
    if where in _turns:
        _turns[where].release()


@contextlib.contextmanager
def turn(where: str) -> Iterator[None]:
    """Within it nobody else asks."""
    begin_turn(where)
    try:
        yield
    finally:
        end_turn(where)
