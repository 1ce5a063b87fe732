"""Several requests at a time, and one that outlasts a signal: the one place where davlock has threads.

Threads, and no event loop, since the sender is one blocking call and stays that. With one job there are none at all:
the work is done where its result is asked for. The same holds while it hardly waits: threads of Python that do not
wait only fight for the interpreter.
"""

import signal
import threading
import time
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


class WorkerWaiting:
    """Measures which part of the time of one worker is waiting, to know when more of them help.

    ``clock`` is the time in seconds, ``busy`` that part of it in which the processor worked for this thread.
    """

    ENOUGH = 0.5
    """The part of the time from which on others use it."""

    FEWEST = 8
    """Tasks that are measured before it counts: one answer can be late by chance."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, busy: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock = clock
        self._busy = busy
        self._tasks = 0
        self._spent = 0.0
        self._worked = 0.0

    def measured(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """What comes of ``work`` on ``task``. The latest tasks count most."""
        begin, busy = self._clock(), self._busy()
        outcome = work(task)
        self._spent = self._spent * 0.9 + self._clock() - begin
        self._worked = self._worked * 0.9 + self._busy() - busy
        self._tasks += 1
        return outcome

    @property
    def more_would_help(self) -> bool:
        """Returns true if a good part of the time is waiting."""
        return self._tasks >= self.FEWEST and self._worked <= self._spent * (1 - self.ENOUGH)


class Crew(Generic[Task, Outcome]):
    """At most ``jobs`` workers that take the next task each; a context manager, which ends them.

    Tasks are added and outcomes taken by one thread, the one that made the crew. An outcome may lead to more tasks,
    which is how a tree is walked. What ``work`` raises is raised where the outcomes are taken.

    With ``alone``, that thread works alone until the waiting that it measures is worth the workers.
    """

    def __init__(self, work: Callable[[Task], Outcome], jobs: int, alone: WorkerWaiting | None = None) -> None:
        self._work = work
        self._jobs = jobs
        self._alone = alone
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
        if not self._here:
            self._call_a_worker()

    @property
    def _here(self) -> bool:
        """Returns true if the work is done where its outcome is taken."""
        return self._jobs == 1 or self._alone is not None

    def _call_a_worker(self) -> None:
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
            if self._here:
                outcome: _Done[Outcome] | _Failed = _Done(self._work_here(self._tasks.popleft()))
            else:
                outcome = self._outcomes.get()
                self._room.release()
            self._unfinished -= 1
            if isinstance(outcome, _Failed):
                raise outcome.error
            yield outcome.value

    def _work_here(self, task: Task) -> Outcome:
        if self._alone is None:
            return self._work(task)
        outcome = self._alone.measured(self._work, task)
        if self._jobs > 1 and self._alone.more_would_help:
            self._alone = None
            for _ in range(len(self._tasks)):
                self._call_a_worker()
        return outcome

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
        # No threading.Event: a second signal in the middle of its wait() leaves its inner lock broken.
        self._under_way = threading.Lock()
        self._under_way.acquire()
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
        if self._outcome is None and self._under_way.acquire(timeout=-1 if seconds is None else max(seconds, 0)):
            self._under_way.release()
        return self._outcome is not None

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
        self._under_way.release()
