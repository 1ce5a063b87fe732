"""What davlock knows about one application that has locks or conflicts of its own, without WebDAV.

It is data: how to recognise the application, where its answer names the holder, and what helps. No WebDAV token opens
such a lock.
"""

from collections.abc import Callable
from enum import Enum

from davlock.applications.refused_request import RefusedRequest
from davlock.late_pattern import late_pattern
from davlock.values import dataclass


class RefusalKind(Enum):
    """What is in the way. Each kind has its own finding."""

    STATE_LOCK = "the lock of a Terraform state"
    BLOB_LEASE = "a lease on an Azure blob"
    MANAGEMENT_LOCK = "a management lock of Azure"
    GIT_LFS_LOCK = "a Git LFS lock"
    UPLOAD = "an earlier request of a resumable upload"
    OFFICE_SESSION = "an editing session"
    LOCK = "another application's lock"
    CONFLICT = "another application's conflict"


class Sign(Enum):
    """How much a sign of the application proves."""

    CERTAIN = "the answer itself says so"
    LIKELY = "the URL, a field or the request shows it"
    POSSIBLE = "it fits"


class Actor(Enum):
    """Who can take a way out."""

    YOU = "you"
    HOLDER = "the holder"
    ADMIN = "an administrator"


class Harm(Enum):
    """What a way out can spoil."""

    SAFE = "nothing"
    INTRUSIVE = "changes state"
    DESTRUCTIVE = "can lose work"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """One way out. In ``command``, ``ID`` stands for the lock's id, if the answer gives one."""

    title: str
    command: tuple[str, ...] = ()
    actor: Actor = Actor.YOU
    harm: Harm = Harm.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, or a family whose answers look the same."""

    name: str
    """A word for machines, such as ``terraform-http``."""
    title: str
    """The name for people."""
    kind: RefusalKind
    recognise: Callable[[RefusedRequest], Sign | None]
    subject: str = ""
    """What is locked, as the subject of a sentence. Empty: the answer's own words are the headline."""
    state: str = "is locked"
    """What the subject is, as the predicate of that sentence. ``by`` and the holder may follow."""
    explanation: str = ""
    """What a person must know about this lock or conflict, in at most two sentences."""
    ways: tuple[WayOut, ...] = ()
    holder: tuple[str, ...] = ()
    """The names of the values in the answer that name the holder."""
    find_holder: Callable[[RefusedRequest], str] | None = None
    """Finds the holder if no value names them."""
    since: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    waits: bool = False
    """Whether waiting usually ends it."""
    otherwise: tuple[tuple[str, str], ...] = ()
    """Other findings that fit if the sign is weak, and what decides."""
    source: str = ""
    """The source of these facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRefusal:
    """What an application's answer says."""

    application: Application
    sign: Sign
    message: str = ""
    """The answer's words, on one line."""
    holder: str = ""
    since: str = ""
    until: str = ""
    id: str = ""

    @property
    def is_lock(self) -> bool:
        """Whether it is a lock, not a conflict of versions or names."""
        return self.application.kind is not RefusalKind.CONFLICT

    def command_of(self, way: WayOut) -> tuple[str, ...]:
        """Returns the command of ``way``, with the lock's id if it is safe to print in a command."""
        return tuple(self.id if word == "ID" and _FIT.fullmatch(self.id) else word for word in way.command)


_FIT = late_pattern(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,120}")


def read_refusal(application: Application, refused: RefusedRequest) -> ApplicationRefusal | None:
    """Returns what ``application`` says in ``refused``, or ``None`` if the answer is not from that application."""
    sign = application.recognise(refused)
    if sign is None:
        return None
    holder = refused.value(*application.holder)
    if not holder and application.find_holder is not None:
        holder = application.find_holder(refused)
    return ApplicationRefusal(
        application=application,
        sign=sign,
        message=refused.message,
        holder=" ".join(holder.split()),
        since=refused.value(*application.since),
        until=refused.value(*application.until),
        id=refused.value(*application.id),
    )
