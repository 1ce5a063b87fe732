"""When a line of the journal is on the disk, and what workers that wait for that share."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from davlock.errors import OutputFailed
from davlock.operations.cleanup.journal import Journal

WORKERS = 5


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl", now=lambda: 0.0)


def lines(journal: Journal) -> int:
    return journal.path.read_bytes().count(b"\n")


def test_workers_that_wait_for_the_disk_share_it(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    synced: list[int] = []

    def fsync(file: int) -> None:
        synced.append(lines(journal))
        begun.set()
        assert goes_on.wait(20)

    monkeypatch.setattr(os, "fsync", fsync)
    workers = [threading.Thread(target=journal.resumed) for _ in range(WORKERS)]
    workers[0].start()
    assert begun.wait(20)
    for worker in workers[1:]:
        worker.start()
    end = time.monotonic() + 20
    while lines(journal) < WORKERS and time.monotonic() < end:
        time.sleep(0.001)
    assert all(worker.is_alive() for worker in workers), "their lines are not on the disk"
    goes_on.set()
    for worker in workers:
        worker.join(20)
    assert synced == [1, WORKERS]


def test_after_a_line_was_lost_none_is_safe(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fsync)
        with pytest.raises(OutputFailed):
            journal.resumed()
    with pytest.raises(OutputFailed):
        journal.resumed()
