"""What only the library raises. The other errors stand in :mod:`davlock.errors`."""

from typing import TYPE_CHECKING

from davlock.errors import DavlockError

if TYPE_CHECKING:
    from davlock.diagnosis.finding import Retry
    from davlock.library.values import LockDiagnosis


class LockRefused(DavlockError):
    """davlock did not get the lock. No lock of davlock's is left, unless ``left_behind`` says so.

    ``diagnosis`` says why, and ``retry`` whether to try again.
    """

    def __init__(self, diagnosis: "LockDiagnosis", why: str = "", left_behind: str = "") -> None:
        super().__init__("; ".join(filter(None, (why or diagnosis.headline, left_behind))))
        self.diagnosis = diagnosis
        self.left_behind = left_behind
        """In words, a lock that davlock may have left; empty if there is none."""

    @property
    def retry(self) -> "Retry":
        """Returns whether the same call can succeed later, and when: as the most severe finding says."""
        from davlock.diagnosis.finding import AFTER_CHANGE

        findings = self.diagnosis.findings
        return findings[0].retry if findings else AFTER_CHANGE


class LockLost(DavlockError):
    """A lock that you held is gone, or nobody renewed it in time: do not write any more.

    ``url`` is what was locked, ``token`` the lock, and ``why`` says in words what happened.
    """

    def __init__(self, url: str, token: str, why: str) -> None:
        super().__init__(why)
        self.url = url
        self.token = token
        self.why = why


class ReleaseFailed(DavlockError):
    """davlock could not release the lock. The block before it was carried out, and the lock stays until it expires.

    ``url`` is what is locked, ``token`` the lock, and ``why`` says in words what happened.
    """

    def __init__(self, url: str, token: str, why: str) -> None:
        super().__init__(why)
        self.url = url
        self.token = token
        self.why = why
