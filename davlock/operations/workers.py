"""Several requests at a time, and one that outlasts a signal: the one place where davlock has threads.

Threads, and no event loop, since the sender is one blocking call and stays that. With one job there are none at all:
the work is done where its result is asked for.
"""

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

from davlock.posix import POSIX
from davlock.values import dataclass

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Done(Generic[Outcome]):
    value: Outcome


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class Crew(Generic[Task, Outcome]):
    """``jobs`` workers that take the next task each; a context manager, which ends them.

    Tasks are added and outcomes taken by one thread, the one that made the crew. An outcome may lead to more tasks,
    which is how a tree is walked. What ``work`` raises is raised where the outcomes are taken.
    """

    def __init__(self, work: Callable[[Task], Outcome], jobs: int) -> None:
        self._work = work
        self._jobs = jobs
        self._tasks: deque[Task] = deque()
        self._ready = threading.Semaphore(0)
        self._outcomes: SimpleQueue[_Done[Outcome] | _Failed] = SimpleQueue()
        # Outcomes can be large: workers that are faster than whoever takes them wait.
        self._room = threading.Semaphore(jobs)
        self._threads: list[threading.Thread] = []
        self._unfinished = 0
        self._over = False

    def __enter__(self) -> "Crew[Task, Outcome]":
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._over = True
        self._tasks.clear()
        for _ in self._threads:
            self._ready.release()
            self._room.release()
        if exc is None:
            for thread in self._threads:
                thread.join()
        # Else nobody waits for answers that may be minutes away: the threads are daemons, and end with their requests.

    def add(self, task: Task) -> None:
        """One more to be done, after those that wait."""
        self._tasks.append(task)
        self._unfinished += 1
        if self._jobs > 1:
            if len(self._threads) < min(self._jobs, self._unfinished):
                thread = threading.Thread(target=self._serve, name="davlock worker", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._ready.release()

    def drop(self) -> list[Task]:
        """Take back what nobody has begun."""
        dropped: list[Task] = []
        with suppress(IndexError):
            while True:
                dropped.append(self._tasks.popleft())
        self._unfinished -= len(dropped)
        return dropped

    def outcomes(self) -> Iterator[Outcome]:
        """Each as it arrives, until nothing is left to be done; tasks may be added in between."""
        while self._unfinished:
            if self._jobs == 1:
                outcome: _Done[Outcome] | _Failed = _Done(self._work(self._tasks.popleft()))
            else:
                outcome = self._outcomes.get()
                self._room.release()
            self._unfinished -= 1
            if isinstance(outcome, _Failed):
                raise outcome.error
            yield outcome.value

    def _serve(self) -> None:
        while True:
            self._ready.acquire()
            if self._over:
                return
            try:
                task = self._tasks.popleft()
            except IndexError:  # taken back
                continue
            try:
                outcome: _Done[Outcome] | _Failed = _Done(self._work(task))
            except BaseException as error:  # told to whoever waits for the outcome
                outcome = _Failed(error)
            self._room.acquire()
            self._outcomes.put(outcome)


def in_parallel(work: Callable[[Task], Outcome], tasks: Iterable[Task], jobs: int) -> Iterator[Outcome]:
    """``work`` on each of ``tasks``, ``jobs`` at a time; the outcomes in the order in which they arrive."""
    with Crew(work, jobs) as crew:
        for task in tasks:
            crew.add(task)
        yield from crew.outcomes()


class Undisturbed(Generic[Outcome]):
    """``work`` in a thread of its own: a signal that interrupts who waits for it does not end it.

    Signals reach the main thread alone. The thread is a daemon, and nobody waits for it at the end of Python. If no
    thread can begin, the work is done where it is begun.
    """

    def __init__(self, work: Callable[[], Outcome]) -> None:
        self._work = work
        self._begun_here = False
        self._over = threading.Event()
        self._outcome: _Done[Outcome] | _Failed | None = None
        self._thread = threading.Thread(target=self._carry_out, name="davlock undisturbed", daemon=True)

    @property
    def begun(self) -> bool:
        """Returns true if the work was begun: a signal can come before."""
        return self._begun_here or self._thread.ident is not None

    def begin(self) -> None:
        """Begin the work."""
        try:
            self._start()
        except RuntimeError:  # in a function of atexit, from Python 3.12 on; or there are too many threads
            self._begun_here = True
            self._carry_out()

    def _start(self) -> None:
        if not POSIX:
            self._thread.start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # the thread inherits it
        try:
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def failure(self) -> BaseException | None:
        """What ``work`` raised: everything else that a wait for it raises is of a signal handler."""
        return self._outcome.error if isinstance(self._outcome, _Failed) else None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, and say if it is."""
        return self._over.wait(seconds)

    def outcome(self, seconds: float | None = None) -> Outcome:
        """What came of it; raises what ``work`` raised, and TimeoutError where it is not over in time."""
        if not self.wait(seconds) or self._outcome is None:
            raise TimeoutError
        if isinstance(self._outcome, _Failed):
            raise self._outcome.error
        return self._outcome.value

    def _carry_out(self) -> None:
        try:
            self._outcome = _Done(self._work())
        except BaseException as error:  # told to whoever waits for the outcome
            self._outcome = _Failed(error)
        self._over.set()
