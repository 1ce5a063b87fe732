"""``davlock run``."""

import os
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import click

from davlock.cli.batch import shown
from davlock.cli.child import Child, forget_signals, signals_held_back, until_impatient
from davlock.cli.credentials import login_for
from davlock.cli.duration import DURATION
from davlock.cli.exit_code import (
    CANNOT_EXECUTE,
    NO_SUCH_COMMAND,
    ExitCode,
    for_run,
    for_run_refused,
    for_signal,
)
from davlock.cli.invocation import WORDS
from davlock.cli.lock import say_not_tried
from davlock.cli.options import Shared, network_options
from davlock.cli.plugins import Knowledge
from davlock.cli.present import Presenter, complain
from davlock.cli.session import checked_url, open_sender, urls_from
from davlock.cli.state import open_ledger
from davlock.cli.unread import UnreadStderr
from davlock.cli.wish import FOR_EVER, WAIT, lock_options, patience
from davlock.errors import LocalProtocolError, NoResponse, RemoteProtocolError
from davlock.ledger import Ledger
from davlock.operations.attempt import insist
from davlock.operations.held_lock import KeepaliveEvent, KeepaliveTarget, LockEvent
from davlock.operations.keepalive import Keepalive
from davlock.operations.locking import Wish
from davlock.operations.waiting import Ending, Kind, Patience, Waited, hindrance
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth
from davlock.protocol.url import host_and_path, is_ancestor, origin, same_resource, without_credentials
from davlock.protocol.write_scope import WriteScope
from davlock.render.plain import finding_rows
from davlock.render.result import Result
from davlock.transport.base import Send

SEPARATOR = "--"


class _Run(click.Command):
    """Knows where its own words end: what stands behind the first ``--`` is the child's, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, child = args, []
        if SEPARATOR in args:
            at = args.index(SEPARATOR)
            own, child = args[:at], args[at + 1 :]
        ctx.meta[__name__] = child
        words = [word for number, word in enumerate(own) for word in _waited(own, number)]
        ctx.meta[WORDS] = tuple(words), tuple(child)
        return super().parse_args(ctx, words)


def _waited(own: list[str], number: int) -> tuple[str, ...]:
    """``--wait`` takes the next word only where that is a duration, and not a URL."""
    bare = own[number] in ("-w", "--wait") and not re.match(rf"\d|{FOR_EVER}$", "".join(own[number + 1 : number + 2]))
    return (f"--wait={FOR_EVER}",) if bare else (own[number],)


@click.command("run", cls=_Run)
@click.argument("urls", nargs=-1, required=True, metavar="URL... -- CMD [ARG]...")
@click.option(
    "-w",
    "--wait",
    type=WAIT,
    is_flag=False,
    flag_value=FOR_EVER,
    default=FOR_EVER,
    show_default="for ever",
    help="Wait so long, for all locks together.",
)
@click.option("-n", "--no-wait", is_flag=True, help="Give up at once where a lock is in the way.")
@click.option(
    "-E",
    "--conflict-exit-code",
    type=click.IntRange(0, 255),
    metavar="N",
    default=int(ExitCode.NOT_ACQUIRED),
    show_default=True,
    help="The exit status for that.",
)
@click.option(
    "--on-loss",
    type=click.Choice(("kill", "warn", "ignore")),
    default="kill",
    show_default=True,
    help="When a lock is lost while CMD runs.",
)
@click.option(
    "--poll",
    type=DURATION,
    default=15.0,
    show_default="15s",
    help="Look so often whether the locks are there; 0: never.",
)
@lock_options
@network_options
def command(
    urls: tuple[str, ...],
    wait: float,
    no_wait: bool,
    conflict_exit_code: int,
    on_loss: str,
    poll: float,
    wish: Wish,
    shared: Shared,
) -> int:
    """Lock each URL, run CMD, and release the locks however CMD ends.

    Locks are refreshed at half of the time granted. CMD is executed directly, without a shell, and gets DAVLOCK_RUN_URL
    and DAVLOCK_RUN_TOKEN (of several, one a line) and DAVLOCK_RUN_IF, the value of an If header that submits the
    tokens. When a lock is lost, CMD gets SIGTERM and 5 s later SIGKILL, unless --on-loss says otherwise.

    CMD also gets your environment as it is. If you exported DAVLOCK_PASSWORD, a davlock inside CMD can log in, too.
    davlock hands no other password to CMD.

    Nothing can act on SIGKILL: if davlock gets one, CMD goes on without davlock, and nobody renews or releases the
    locks. They end by themselves, or with davlock ledger recover.

    Exit status: that of CMD, 128+n where signal n ended it; 75 (or -E): a lock was in the way for longer than --wait;
    76: a lock was lost, and CMD was ended; 125: a lock could not be taken for another reason; 126: CMD cannot be
    executed; 127: there is no CMD.
    """
    child = click.get_current_context().meta[__name__]
    if not child:
        raise LocalProtocolError("there is no command to run", "write it behind --: davlock run URL -- CMD")
    wish = replace(wish, kept=False)
    asked = _in_order(urls, wish)
    patient = patience(0 if no_wait else wait, lambda waits: None, shared=shared, now=_now)
    with UnreadStderr():
        return _hold(asked, wish, child, patient, conflict_exit_code, on_loss, poll, shared)


def _hold(
    asked: list[str],
    wish: Wish,
    child: list[str],
    patient: Patience,
    conflict_exit_code: int,
    on_loss: str,
    poll: float,
    shared: Shared,
) -> int:
    known = Knowledge(shared)
    voice = _Voice(shared, known, on_loss)
    impatient: int | None = None
    try:
        with ExitStack() as stack:
            hold = Keepalive(
                _places(asked, shared, stack),
                wish,
                profiles=known.profiles,
                now=_now,
                jitter=random.random,
                poll=poll,
                tell=voice.tell,
            )
            try:
                waited = hold.take(patient)
                if waited is not None:
                    status = voice.refused(waited, conflict_exit_code)
                else:
                    if shared.budget is not None:
                        shared.budget.lift()  # the child may take as long as it wants
                    status = _run(child, hold, voice, kill=on_loss == "kill")
            finally:
                impatient = insist(lambda: _release(hold))
        return status if impatient is None else impatient
    except (NoResponse, RemoteProtocolError) as error:
        complain(error.about())
        return for_run_refused(late=False, conflict=conflict_exit_code)
    finally:
        voice.finish()


def _release(hold: Keepalive) -> int | None:
    """Release the locks; the exit status where somebody was too impatient for that."""
    with signals_held_back():
        number = until_impatient(
            lambda: hold.release(time.sleep), lambda: complain("releasing the locks; once more to leave them")
        )
        if number is None:
            return None
        hold.leave(f"{number.name} came")
    return for_signal(number)


def _run(command: list[str], hold: Keepalive, voice: "_Voice", *, kill: bool) -> int:
    """The child, and beside it threads that tend the locks; the exit status."""
    environment = {**os.environ, **_told(hold)}
    sys.stdout.flush()
    with signals_held_back():
        try:
            child = Child(command, environment)
        except FileNotFoundError:
            found = shutil.which(command[0])
            if found is None:
                complain(f"{command[0] or '“”'}: there is no such command")
                return NO_SUCH_COMMAND
            complain(f"{command[0]}: cannot be executed: the interpreter in the first line of {found} is missing")
            return CANNOT_EXECUTE
        except OSError as error:
            complain(f"{command[0] or '“”'}: cannot be executed: {error.strerror}")
            return CANNOT_EXECUTE
        over = threading.Event()
        failures: list[BaseException] = []

        def guarded(work: Callable[[Callable[[float], bool], Send], None], send: Send) -> None:
            try:
                work(over.wait, send)
            except BaseException as error:
                if not over.is_set():  # by then the connections may be closed
                    failures.append(error)
                    child.wake()

        voice.on_loss(child.wake)
        senders = hold.senders
        keepers = [threading.Thread(target=guarded, args=(hold.keep, send), name="keeper") for send in senders]
        # What they do only reads, and is not waited for.
        lookers = [threading.Thread(target=guarded, args=(hold.watch, send), daemon=True) for send in senders]
        for thread in keepers + lookers:
            thread.start()

        def wanted() -> float | None:
            hold.expire()
            return None if kill and hold.lost else max(hold.ends_at - _now(), 0.0)

        try:
            status = child.wait(wanted)
        finally:
            # A refresh that is on its way must end first: behind its UNLOCK it would make a new lock on nginx.
            over.set()
            for keeper in keepers:
                keeper.join()
        hold.settle()
        voice.on_loss(lambda: None)  # nobody waits for the child any more
        voice.ended(status)
        forget_signals()
        impatient = _release(hold)
        forget_signals()
    if impatient is not None:
        return impatient
    if failures:
        raise failures[0]
    return for_run(status, lock_lost=child.killed)


def _now() -> float:
    """Seconds by a clock that goes on while the machine sleeps, where there is one: so do the server's locks."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _in_order(urls: tuple[str, ...], wish: Wish) -> list[str]:
    """Each resource once, in an order that does not depend on how they were typed: two who want the same locks take
    them in the same order, and never wait for each other.
    """
    checked = [checked_url(url) for url in urls_from(urls)]
    if not checked:
        raise LocalProtocolError("no URL was given on stdin", "pipe URLs to it, one a line")
    ordered = sorted(checked, key=lambda url: (host_and_path(url), origin(url).lower()))
    once = [url for number, url in enumerate(ordered) if not any(same_resource(url, one) for one in ordered[:number])]
    for url in once if wish.depth is Depth.INFINITY else ():
        for above in once:
            if is_ancestor(above, url):
                what = f"{without_credentials(url)} lies in {without_credentials(above)}, which is locked as a whole"
                raise LocalProtocolError(what, "leave it away, or --depth infinity")
    return once


def _places(urls: list[str], shared: Shared, stack: ExitStack) -> tuple[KeepaliveTarget, ...]:
    """One sender for each server and login, and one ledger for each login."""
    senders: dict[tuple[str, str], Send] = {}
    ledgers: dict[str, Ledger] = {}
    found = []
    for url in urls:
        server, login = urlsplit(url)[:2], login_for(shared, url)
        if server not in senders:
            scopes = [WriteScope(url=without_credentials(one)) for one in urls if urlsplit(one)[:2] == server]
            senders[server] = stack.enter_context(open_sender(shared, url, *scopes))
        if login not in ledgers:
            ledgers[login] = stack.enter_context(open_ledger(shared))
            ledgers[login].login = login
        found.append(KeepaliveTarget(url=without_credentials(url), send=senders[server], ledger=ledgers[login]))
    return tuple(found)


def _told(hold: Keepalive) -> dict[str, str]:
    """What the child learns."""
    first, *others = (IfHeader.tagged_with(url, token) for url, token in hold.tokens)
    return {
        "DAVLOCK_RUN_URL": "\n".join(url for url, _ in hold.tokens),
        "DAVLOCK_RUN_TOKEN": "\n".join(token.uri for _, token in hold.tokens),
        "DAVLOCK_RUN_IF": str(sum(others, start=first)),
    }


class _Voice:
    """Says on stderr what happens: as JSON where that was asked for, else in words, and only what matters."""

    def __init__(self, shared: Shared, known: Knowledge, on_loss: str) -> None:
        from davlock.render.tables import show_outcome

        self._presenter = Presenter("run", shared, rows=finding_rows, show=show_outcome, err=True)
        self._json = self._presenter.format in ("json", "jsonl")
        self._known = known
        self._quiet = shared.quiet
        self._budget = shared.budget
        self._ignores_loss = on_loss == "ignore"
        self._wake: Callable[[], None] = lambda: None
        self._guard = threading.Lock()

    def on_loss(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` when a lock is lost."""
        self._wake = wake

    def tell(self, event: KeepaliveEvent) -> None:
        """One event; from any thread. A stderr that nobody reads does not keep the locks from being released."""
        if event.what is LockEvent.LOST:
            self._wake()
        with self._guard, suppress(OSError):
            if self._json:
                self._add(event.what.value, self._result(event), event.words)
            elif event.words and self._matters(event.what):
                complain(f"waiting for {event.url}: {event.words}" if event.what is LockEvent.WAITING else event.words)

    def _matters(self, what: LockEvent) -> bool:
        if what is LockEvent.LOST:
            return not self._ignores_loss
        return what is LockEvent.LEFT or not self._quiet

    def _result(self, event: KeepaliveEvent) -> Result:
        return Result(target=event.url) if event.report is None else shown(event.report, self._known, silent=True)

    def _add(self, event: str, found: Result, words: str = "", **more: object) -> None:
        said = (("message", words),) if words else ()
        self._presenter.add(replace(found, extra=(*found.extra, ("event", event), *said, *more.items())))

    def refused(self, waited: Waited, conflict: int) -> int:
        """The lock that could not be taken, explained as davlock lock does; the exit status."""
        late = waited.ending is Ending.LATE or (self._budget is not None and self._budget.cut)
        if self._json:
            self._add("timeout" if late else "stopped", shown(waited.report, self._known, silent=True))
        elif not (late and self._quiet):
            trouble = hindrance(waited.report)
            if trouble is not None and trouble.kind is not Kind.LOCK:
                complain(f"no lock on {waited.report.target}: {trouble.words}")
            say_not_tried(waited.report, self._presenter)
            self._presenter.add(shown(waited.report, self._known))
        return for_run_refused(late=late, conflict=conflict)

    def ended(self, status: int) -> None:
        """The child has."""
        if self._json:
            with suppress(OSError):
                self._add("ended", Result(target=None), status=status)

    def finish(self) -> None:
        """Write what is left."""
        with suppress(OSError):
            self._presenter.finish()
