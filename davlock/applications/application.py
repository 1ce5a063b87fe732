"""What is known of one application that locks, or refuses a conflict, without WebDAV.

Data first: how it is recognised, where its answer names the holder, and its own way out. No token of WebDAV opens such
a lock.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from davlock.applications.refused_request import RefusedRequest


class RefusalKind(Enum):
    """What stands in the way; each is a finding of its own."""

    STATE_LOCK = "the lock of a Terraform state"
    BLOB_LEASE = "a lease on an Azure blob"
    MANAGEMENT_LOCK = "a management lock of Azure"
    GIT_LFS_LOCK = "a Git LFS lock"
    UPLOAD = "an earlier request of a resumable upload"
    OFFICE_SESSION = "an editing session"
    LOCK = "another application's lock"
    CONFLICT = "another application's conflict"


class Sign(Enum):
    """How much a sign proves."""

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
    """One way out of it. In ``command``, ``ID`` stands for the lock's id, where the answer gives one."""

    title: str
    command: tuple[str, ...] = ()
    actor: Actor = Actor.YOU
    harm: Harm = Harm.SAFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application, or one family that speaks alike."""

    name: str
    """A word for machines, such as ``terraform-http``."""
    title: str
    """The name for people."""
    kind: RefusalKind
    recognise: Callable[[RefusedRequest], Sign | None]
    subject: str = ""
    """What is locked, as the subject of a sentence; empty where the answer's own words are the headline."""
    state: str = "is locked"
    """What the subject is, as the predicate of that sentence; ``by`` and the holder may follow."""
    explanation: str = ""
    """What a person has to know of this lock or conflict."""
    ways: tuple[WayOut, ...] = ()
    holder: tuple[str, ...] = ()
    """The names of the values in the answer that name the holder."""
    find_holder: Callable[[RefusedRequest], str] | None = None
    """How the holder is found where no value names it."""
    since: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    waits: bool = False
    """Whether time alone ends it, as a rule."""
    otherwise: tuple[tuple[str, str], ...] = ()
    """Other findings that fit where the sign is weak, and what decides."""
    source: str = ""
    """Where this is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRefusal:
    """What an application's answer says."""

    application: Application
    sign: Sign
    message: str = ""
    """Its words on one line."""
    holder: str = ""
    since: str = ""
    id: str = ""

    @property
    def is_lock(self) -> bool:
        """Whether it is a lock, rather than a clash of versions or names."""
        return self.application.kind is not RefusalKind.CONFLICT

    def command_of(self, way: WayOut) -> tuple[str, ...]:
        """Returns the command of ``way`` with the lock's id, if that is fit to stand in a command."""
        return tuple(self.id if word == "ID" and _FIT.fullmatch(self.id) else word for word in way.command)


_FIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,120}")


def read_refusal(application: Application, refused: RefusedRequest) -> ApplicationRefusal | None:
    """Returns what ``application`` says in ``refused``; ``None`` where it is not that application's answer."""
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
        id=refused.value(*application.id),
    )
