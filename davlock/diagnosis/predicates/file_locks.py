"""The short internal file locks of ownCloud and Nextcloud, which are not WebDAV locks."""

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.predicates.sequence import is_write, on_target
from davlock.protocol.precondition import (
    DavError,
    read_error,
)
from davlock.servers.phrases import Said, Sayings

LIFE = 3600.0
"""Seconds after which such a lock expires, and longer than any request lasts: filelocking.ttl, max_execution_time."""


FILE_LOCKED = ("FileLocked", "LockedException")


def is_transactional(evidence: Evidence) -> bool:
    """Returns true if the refusal is about ownCloud's or Nextcloud's internal file lock, which no token opens."""
    return evidence.cause is not None and evidence.error is not None and says_file_locked(evidence.error)


def says_file_locked(error: DavError) -> bool:
    """Returns true if a body names that lock, by its exception or in the server's own words."""
    named = error.exception is not None and error.exception.rpartition("\\")[2] in FILE_LOCKED
    return named or Said.FILE_LOCK_KNOWN in Sayings(error.message)


def file_locked_since(evidence: Evidence) -> int | None:
    """Returns the index of the first FileLocked in the unbroken run of them up to the answer under question."""
    first: int | None = None
    for index, exchange in on_target(evidence):
        if evidence.subject is None or index > evidence.subject:
            break
        response = exchange.response
        if response is None:
            continue
        if response.status >= 400 and says_file_locked(read_error(response, evidence.target)):
            first = index if first is None else first
        elif response.ok and is_write(exchange):
            first = None
    return first
