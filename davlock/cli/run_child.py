"""Take the locks of ``davlock run``, start its child, tend the locks while it runs, and release them."""

import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

from davlock.cli.child import (
    Child,
    forget_signals,
    signals_held_back,
    until_impatient,
    wake_main_thread,
)
from davlock.cli.credentials import login_for
from davlock.cli.exit_status import CANNOT_EXECUTE, NO_SUCH_COMMAND, for_signal
from davlock.cli.lock_options import wait_policy
from davlock.cli.nonblocking_stderr import nonblocking_stderr
from davlock.cli.options import Shared
from davlock.cli.output import complain
from davlock.cli.paths import open_ledger, own_locks
from davlock.cli.progress import progress_of
from davlock.cli.run_events import RunReporter
from davlock.cli.session import open_sender
from davlock.cli.typed_urls import always_writes, urls_from
from davlock.errors import LocalProtocolError, NoResponse, RemoteProtocolError
from davlock.ledger import Ledger
from davlock.operations.held_lock import KeepaliveTarget
from davlock.operations.keepalive import Keepalive
from davlock.operations.locking import LockRequest
from davlock.operations.own_lock import refused_by_own
from davlock.operations.trial_lock import retry_once
from davlock.operations.wait import Waited
from davlock.posix import POSIX, press_again
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth
from davlock.protocol.url import host_and_path, is_ancestor, origin, same_resource, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.transport.base import Send
from davlock.values import dataclass

if not POSIX:
    raise ImportError("davlock run needs the signals of a POSIX system")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What ``davlock run`` was asked to do. ``urls`` may hold logins; ``wait`` and ``poll`` are seconds."""

    urls: list[str]
    wish: LockRequest
    child: list[str]
    wait: float
    on_loss: str
    poll: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """How it ended: ``status`` is that of the child or of a signal, and ``None`` if no child was started."""

    status: int | None = None
    late: bool = False
    """True if a lock was in the way for too long."""
    lock_lost: bool = False
    """True if davlock ended the child because a lock was lost."""


def run_locked(request: RunRequest, shared: Shared) -> RunEnd:
    """Lock, run the child, release."""
    patient = wait_policy(request.wait, lambda waits: None, shared=shared, now=_now)
    with nonblocking_stderr():
        reporter = RunReporter(shared, request.on_loss)
        impatient: int | None = None
        try:
            with ExitStack() as stack:
                places = _places(request.urls, shared, stack)
                keepalive = Keepalive(
                    places,
                    request.wish,
                    profiles=reporter.profiles,
                    now=_now,
                    jitter=random.random,
                    poll=request.poll,
                    tell=reporter.tell,
                )
                try:
                    waited = keepalive.take(patient)
                    if waited is not None:
                        ended = RunEnd(late=reporter.refused(_by_own(waited, places)))
                    else:
                        if shared.budget is not None:
                            shared.budget.lift()  # the child may take as long as it wants
                        ended = _run(request.child, keepalive, reporter, shared, kill=request.on_loss == "kill")
                finally:
                    impatient = retry_once(lambda: _release(keepalive, reporter))
            return ended if impatient is None else RunEnd(status=impatient)
        except (NoResponse, RemoteProtocolError) as error:
            complain(error.about())
            return RunEnd()
        finally:
            reporter.finish()


def _by_own(waited: Waited, places: tuple[KeepaliveTarget, ...]) -> Waited:
    """``waited``, in which a lock of the person is known as theirs."""
    ledger = next(place.ledger for place in places if place.url == waited.report.target)
    return replace(waited, report=refused_by_own(waited.report, own_locks(ledger, waited.report.target)))


def _release(keepalive: Keepalive, reporter: RunReporter) -> int | None:
    """Release the locks; the exit status for the signal of somebody who was too impatient for that."""
    with signals_held_back():
        number = until_impatient(
            lambda: keepalive.release(time.sleep),
            lambda number: complain(f"releasing the locks; {press_again(number)} to exit without releasing them"),
            reporter.write,
        )
        reporter.write()
        if number is None:
            return None
        keepalive.leave(f"{number.name} came")
    return for_signal(number)


def _run(command: list[str], keepalive: Keepalive, reporter: RunReporter, shared: Shared, *, kill: bool) -> RunEnd:
    """Run the child, and beside it threads that tend the locks."""
    progress_of(shared).close()
    environment = {**os.environ, **_told(keepalive)}
    sys.stdout.flush()
    with signals_held_back():
        try:
            child = Child(command, environment)
        except FileNotFoundError:
            program = shutil.which(command[0])
            if program is None:
                complain(f"{command[0] or '“”'}: there is no such command")
                return RunEnd(status=NO_SUCH_COMMAND)
            complain(f"{command[0]}: cannot be executed: the interpreter in the first line of {program} is missing")
            return RunEnd(status=CANNOT_EXECUTE)
        except OSError as error:
            complain(f"{command[0] or '“”'}: cannot be executed: {error.strerror}")
            return RunEnd(status=CANNOT_EXECUTE)
        over = threading.Event()
        failures: list[BaseException] = []

        def guarded(work: Callable[[Callable[[float], bool], Send], None], send: Send) -> None:
            try:
                work(over.wait, send)
            except BaseException as error:
                if not over.is_set():  # by then the connections may be closed
                    failures.append(error)
                    wake_main_thread()

        senders = keepalive.senders
        keepers = [threading.Thread(target=guarded, args=(keepalive.keep, send), name="keeper") for send in senders]
        # What they do only reads, and is not waited for.
        lookers = [threading.Thread(target=guarded, args=(keepalive.watch, send), daemon=True) for send in senders]
        for thread in keepers + lookers:
            thread.start()

        def wanted() -> float | None:
            keepalive.expire()
            reporter.write()
            return None if kill and keepalive.lost else min(max(keepalive.ends_at - _now(), 0.0), reporter.rest)

        try:
            status = child.wait(wanted)
        finally:
            # A refresh that is on its way must end first: behind its UNLOCK it would make a new lock on nginx.
            over.set()
            for keeper in keepers:
                keeper.join()
        keepalive.settle()
        reporter.ended(status)
        forget_signals()
        impatient = _release(keepalive, reporter)
        forget_signals()
    if impatient is not None:
        return RunEnd(status=impatient)
    if failures:
        raise failures[0]
    return RunEnd(status=status, lock_lost=child.killed)


def _now() -> float:
    """Seconds by a clock that goes on while the machine sleeps, where there is one: so do the server's locks."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def locked_urls(urls: tuple[str, ...], wish: LockRequest, shared: Shared) -> list[str]:
    """Each resource once, in an order that does not depend on how they were typed: two who want the same locks take
    them in the same order, and never wait for each other.
    """
    checked = urls_from(urls, shared, writes=always_writes)
    ordered = sorted(checked, key=lambda url: (host_and_path(url), origin(url).lower()))
    once = [
        url
        for number, url in enumerate(ordered)
        if not any(same_resource(url, earlier) for earlier in ordered[:number])
    ]
    for url in once if wish.depth is Depth.INFINITY else ():
        for above in once:
            if is_ancestor(above, url):
                what = f"--depth infinity of {without_credentials(above)} locks {without_credentials(url)}, too"
                raise LocalProtocolError(what, "leave it out, or leave out --depth infinity")
    return once


def _places(urls: list[str], shared: Shared, stack: ExitStack) -> tuple[KeepaliveTarget, ...]:
    """One sender and one ledger for each server and login."""
    senders: dict[tuple[str, str], Send] = {}
    ledgers: dict[tuple[str, str], Ledger] = {}
    scopes_of = []
    for url in urls:
        server = urlsplit(url)[:2]  # with the login, if the URL has one
        if server not in senders:
            ledger = ledgers[server] = stack.enter_context(open_ledger(shared))

            def logged_in(url: str = url, ledger: Ledger = ledger) -> None:
                ledger.login = login_for(shared, url)

            logged_in()
            scopes = [WriteScope(url=without_credentials(place)) for place in urls if urlsplit(place)[:2] == server]
            senders[server] = stack.enter_context(open_sender(shared, url, *scopes, logged_in=logged_in))
        scopes_of.append(KeepaliveTarget(url=without_credentials(url), send=senders[server], ledger=ledgers[server]))
    return tuple(scopes_of)


def _told(keepalive: Keepalive) -> dict[str, str]:
    """What the child learns."""
    return {
        "DAVLOCK_RUN_URL": "\n".join(url for url, _ in keepalive.tokens),
        "DAVLOCK_RUN_TOKEN": "\n".join(token.uri for _, token in keepalive.tokens),
        "DAVLOCK_RUN_IF": str(IfHeader.for_locks(*keepalive.tokens)),
    }
