"""Several at a time, and what ends them."""

import threading
from collections.abc import Iterator

import pytest

from davlock.operations.workers import Crew, WorkerWaiting, in_parallel


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_every_task_is_done_once(jobs: int) -> None:
    assert sorted(in_parallel(lambda number: number * 2, range(100), jobs)) == [2 * number for number in range(100)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_outcome_leads_to_more(jobs: int) -> None:
    """A tree of three levels, of which only the top is known at first."""

    def work(name: str) -> str:
        return name

    seen = []
    with Crew(work, jobs) as crew:
        crew.add("")
        for name in crew.outcomes():
            seen.append(name)
            if len(name) < 3:
                crew.add(name + "a")
                crew.add(name + "b")
    assert len(seen) == len(set(seen)) == 15


def test_in_order_of_arrival() -> None:
    gate = threading.Event()

    def work(name: str) -> str:
        if name == "slow":
            assert gate.wait(20)
        return name

    with Crew(work, 2) as crew:
        crew.add("slow")
        crew.add("fast")
        outcomes = crew.outcomes()
        assert next(outcomes) == "fast"
        gate.set()
        assert next(outcomes) == "slow"


def test_one_job_needs_no_thread() -> None:
    where = list(in_parallel(lambda number: threading.current_thread(), range(3), 1))
    assert set(where) == {threading.current_thread()}


@pytest.mark.parametrize(("working", "waiting", "alone"), [(1, 20, 8), (1, 1, 8), (3, 2, 40), (1, 0, 40)])
def test_workers_come_when_waiting_is_worth_them(working: int, waiting: int, alone: int) -> None:
    """A server that answers at once is asked by one thread, and a slower one by all workers from the ninth task on."""
    clock = busy = 0

    def work(number: int) -> threading.Thread:
        nonlocal clock, busy
        if threading.current_thread() is threading.main_thread():
            clock, busy = clock + working + waiting, busy + working
        return threading.current_thread()

    with Crew(work, 4, WorkerWaiting(lambda: clock, lambda: busy)) as crew:
        for number in range(40):
            crew.add(number)
        where = list(crew.outcomes())
    assert len(where) == 40
    assert where.count(threading.main_thread()) == alone
    assert set(where[:alone]) == {threading.main_thread()}


def test_workers_come_when_a_server_becomes_slow() -> None:
    clock = 0.0

    def work(number: int) -> int:
        nonlocal clock
        clock += 1 if number < 20 else 5
        return len(crew._threads)

    with Crew(work, 4, WorkerWaiting(lambda: clock, lambda: min(clock, 20))) as crew:
        for number in range(40):
            crew.add(number)
        workers = list(crew.outcomes())
    assert not any(workers[:21])
    assert workers[-1] == 4


def test_no_more_at_a_time_than_jobs() -> None:
    lock, barrier = threading.Lock(), threading.Barrier(3)
    now, most = 0, 0

    def work(number: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        barrier.wait(20)  # all three are needed to pass it
        with lock:
            now -= 1

    assert len(list(in_parallel(work, range(9), 3))) == 9
    assert most == 3


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_what_a_worker_raises_comes_out(jobs: int, error: BaseException) -> None:
    def work(number: int) -> int:
        if number == 5:
            raise error
        return number

    with pytest.raises(type(error)):
        list(in_parallel(work, range(50), jobs))


def test_an_interruption_waits_for_nobody() -> None:
    gate, begun = threading.Event(), threading.Event()

    def work(number: int) -> int:
        begun.set()
        gate.wait(20)
        return number

    def interrupted() -> Iterator[None]:
        with Crew(work, 2) as crew:
            for number in range(10):
                crew.add(number)
            assert begun.wait(20)
            yield
            raise KeyboardInterrupt

    run = interrupted()
    next(run)
    with pytest.raises(KeyboardInterrupt):
        next(run)
    assert not gate.is_set()
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "davlock worker":
            thread.join(20)
            assert not thread.is_alive()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_nobody_has_begun_can_be_taken_back(jobs: int) -> None:
    gate = threading.Event()
    if jobs == 1:
        gate.set()

    def work(number: int) -> int:
        assert gate.wait(20)
        return number

    with Crew(work, jobs) as crew:
        for number in range(20):
            crew.add(number)
        dropped = crew.drop()
        gate.set()
        done = list(crew.outcomes())
    assert sorted(dropped + done) == list(range(20))
    assert len(done) <= (0 if jobs == 1 else 2)


def test_none_is_an_outcome() -> None:
    assert list(in_parallel(lambda number: None, range(2), 2)) == [None, None]
