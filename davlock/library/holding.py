"""``lock``: a lock that davlock holds, renews and verifies while a block runs, and always releases at its end."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeVar

from davlock.errors import LocalProtocolError
from davlock.ledger import Ledger, this_process
from davlock.library.arguments import argument_for, checked_callable, checked_owner, checked_seconds, checked_url
from davlock.library.errors import LockLost
from davlock.library.session import NetworkOptions, connection_settings, open_session
from davlock.library.taking import TakingStopped
from davlock.library.tending import LockGuard, TendedLock
from davlock.operations.locking import LockRequest
from davlock.own_files.user_folders import state_folder
from davlock.protocol.lock import LONGEST_TIMEOUT, Depth, LockScope
from davlock.protocol.write_scope import WriteScope, refuse_dots

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from typing import Unpack

Outcome = TypeVar("Outcome")

_log = logging.getLogger("davlock")
_log.addHandler(logging.NullHandler())


_DEPTHS = {"0": Depth.ZERO, "infinity": Depth.INFINITY}


class LockContext(AbstractContextManager[LockGuard]):
    """What :func:`lock` returns: use it once, by ``with`` or by ``async with``.

    With ``async with``, davlock works in a thread. If the task is cancelled while davlock takes or releases the lock,
    davlock awaits the answer and releases the lock. If the task is cancelled again, it does not await that any longer:
    the thread goes on and releases the lock.
    """

    def __init__(self, hold: "Callable[[threading.Event], AbstractContextManager[LockGuard]]") -> None:
        self._stop = threading.Event()
        self._held = hold(self._stop)
        self._used = False
        self._entered = False
        self._thread: ThreadPoolExecutor | None = None

    def __enter__(self) -> LockGuard:
        if self._used:
            raise LocalProtocolError("this lock was taken before", "call davlock.lock() again")
        self._used = True
        guard = self._held.__enter__()
        self._entered = True
        return guard

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._held.__exit__(kind, error, trace)

    async def __aenter__(self) -> LockGuard:
        import asyncio

        taking = self._in_thread(self.__enter__)
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError as cancelled:
            self._stop.set()
            giving_back = self._in_thread(self._give_back, cancelled)
            self._end_thread()
            await asyncio.wait([giving_back])
            stopped = taking.exception()
            if isinstance(stopped, TakingStopped) and str(stopped):
                cancelled.add_note(str(stopped))
            raise
        except BaseException:
            self._end_thread()
            raise

    def _give_back(self, cancelled: BaseException) -> None:
        """Release the lock that came after the task was cancelled, if it came: the thread is done with taking it."""
        if self._entered:
            self.__exit__(type(cancelled), cancelled, None)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        import asyncio

        releasing = self._in_thread(self.__exit__, kind, error, trace)
        self._end_thread()
        try:
            return await asyncio.shield(releasing)
        except asyncio.CancelledError:
            await asyncio.wait([releasing])
            raise

    def _in_thread(self, work: "Callable[..., Outcome]", *arguments: object) -> "asyncio.Future[Outcome]":
        """Do ``work`` in the one thread of this lock, after what that thread does already, whoever awaits it.

        The threads of the event loop are few: all of them may wait for the lock that this one is to release.
        """
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "davlock lock")
        outcome = asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        outcome.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may await it
        return outcome

    def _end_thread(self) -> None:
        """Let the thread end once it has done what it was given."""
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None


def lock(
    url: str,
    *,
    lifetime: float = 600.0,
    wait: float = 0.0,
    owner: str | None = None,
    scope: Literal["exclusive", "shared"] = "exclusive",
    depth: Literal["0", "infinity"] = "0",
    create: bool = False,
    poll: float = 15.0,
    on_lost: Callable[[LockLost], object] | None = None,
    ledger: bool = False,
    **network: "Unpack[NetworkOptions]",
) -> LockContext:
    """Returns a context manager that takes a lock on ``url``, verifies it, renews it, and releases it at the end.

    ``lifetime``: the seconds to ask for; ``lock.timeout`` says what the server granted. If the program dies, the lock
    stays for that long. ``wait``: seconds to keep trying while somebody else holds a lock, ``math.inf`` for ever.
    ``owner`` is what others read about you, by default the user name of ``auth``. ``depth="infinity"`` also locks
    everything below a folder. ``create`` lets LOCK create a missing file. ``poll``: how often davlock verifies the
    lock, in seconds; 0 means never. ``on_lost`` is called once, in the thread that finds out that the lock is lost.
    ``ledger`` writes the lock down for ``davlock ledger recover``, before davlock asks for it. The keyword arguments of
    :class:`NetworkOptions` say how to reach the server.

    ``with`` raises LockRefused if davlock did not get the lock, NoResponse if the server does not answer, and
    RemoteProtocolError if its answer is not usable. A call with unusable arguments raises LocalProtocolError.

    At the end of the block, it raises LockLost if the lock was lost in the meantime, and ReleaseFailed if davlock could
    not release it. If the block itself raises, that exception goes on, with a note.
    """
    refuse_dots(checked_url(url))
    login = connection_settings(url, network).credentials
    if owner is None:
        owner = login.user if login is not None and login.user else "davlock"
    lifetimes = f"choose 1 to {LONGEST_TIMEOUT}"
    if not 1 <= checked_seconds("lifetime", lifetime, lifetimes) <= LONGEST_TIMEOUT:
        raise LocalProtocolError(f"davlock cannot ask for a lifetime of {lifetime:g} seconds", lifetimes)
    wait = checked_seconds("wait", wait)
    poll = checked_seconds("poll", poll, "choose 0 or more; 0 means never")
    checked_callable("on_lost", on_lost)
    owner = checked_owner(owner)
    try:
        wish = LockRequest(
            scope=LockScope(scope),
            depth=_DEPTHS[depth],
            seconds=int(lifetime),
            owner=owner,
            create=create,
            kept=False,
            spell=argument_for,
        )
    except (ValueError, KeyError, TypeError):
        raise LocalProtocolError(
            f"davlock cannot lock with scope={scope!r}, depth={depth!r}",
            'write scope="exclusive" or "shared", depth="0" or "infinity"',
        ) from None
    return LockContext(partial(_held, url, wish, wait=wait, poll=poll, on_lost=on_lost, keep=ledger, network=network))


@contextmanager
def _held(
    url: str,
    wish: LockRequest,
    stop: threading.Event,
    *,
    wait: float,
    poll: float,
    on_lost: Callable[[LockLost], object] | None,
    keep: bool,
    network: NetworkOptions,
) -> Iterator[LockGuard]:
    scope = WriteScope(url=checked_url(url), below=False)
    with ExitStack() as stack:
        session = stack.enter_context(open_session("lock", url, network, scope))
        ledger = stack.enter_context(_ledger(session.user, keep=keep))
        tended = TendedLock(session, ledger, wish, poll=poll, on_lost=on_lost, stop=stop)
        try:
            tended.take(wait)
            yield LockGuard(tended)
        except BaseException as error:
            if tended.is_ours:
                tended.release()
                tended.annotate(error)
            raise
        else:
            if tended.is_ours:
                tended.release()
                tended.raise_what_went_wrong()
        finally:
            if not tended.is_ours:
                stack.pop_all()  # in a forked child: connections, ledger and lock are the parent's


@contextmanager
def _ledger(login: str, *, keep: bool) -> Iterator[Ledger]:
    """The ledger of the commands; unless ``keep``, one that keeps nothing."""
    folder = state_folder() if keep else None
    with Ledger(folder, process=this_process(), now=time.time, complain=_log.warning) as ledger:
        ledger.login = login
        yield ledger
