"""Whether a lock keeps you from writing: for each method, and for the target as a whole."""

from collections.abc import Iterable

from davlock.diagnosis.above import NO_COLLECTION_OF_DAV, unread_above
from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known, NotAsked, Unreadable
from davlock.diagnosis.finding import Verdict
from davlock.diagnosis.predicates.applications import application_refusal
from davlock.diagnosis.predicates.file_locks import is_transactional
from davlock.diagnosis.predicates.locks import (
    doubtful_among,
    doubtful_tokens,
    foreign_among,
    foreign_locks,
    locks_read_since,
    one_shared_token_is_enough,
    own_locks,
    own_locks_then,
    proven_free,
)
from davlock.diagnosis.predicates.refusal import is_inquiry, refused_as_locked
from davlock.diagnosis.predicates.resource import ancestors_read
from davlock.diagnosis.predicates.sequence import went_through_later
from davlock.diagnosis.predicates.tokens import only_tokens, sent_dead_tokens, sent_tokens, token_of_another_user
from davlock.diagnosis.resource import MAX_MEMBER_LOCKS
from davlock.diagnosis.wording import describe, is_shared, parent_of
from davlock.locks.observed import ObservedLock
from davlock.protocol.lock import Depth, is_among
from davlock.protocol.url import parent, same_path
from davlock.servers.profile import RFC_4918, MemberAct
from davlock.values import dataclass

METHODS = ("PUT", "DELETE", "MOVE", "LOCK")
"""The methods that get a verdict, in the order of the JSON contract. PUT to a collection: of a new member."""

REMOVING = ("DELETE", "MOVE")

NO_LOCK = "no lock is in the way"

UNSEEN_LEVELS = "not looked at below the first level"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodVerdict:
    """Whether one method would be refused because of a lock, and the locks that it meets."""

    verdict: Verdict
    why: str
    locks: tuple[ObservedLock, ...] = ()
    only_own: bool = False
    """True if nothing is in the way but locks whose token you hold, and which is not known to be useless to you."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockVerdict:
    """The verdict of the target as a whole, and of each method. ``locks`` are all that bear on it, the nearest first:
    those that cover it, then those on its collection and on its members.
    """

    verdict: Verdict
    methods: tuple[tuple[str, MethodVerdict], ...]
    locks: tuple[ObservedLock, ...] = ()

    def of(self, method: str) -> MethodVerdict:
        """The verdict of one method."""
        return dict(self.methods)[method]


def lock_verdict(evidence: Evidence) -> LockVerdict:
    """What the evidence says, by method; for the target as a whole that of the method that is ``intended``.

    Without one, the verdict of a file is that of PUT. A collection is blocked if any method is; else it is judged by
    LOCK and by a new member.
    """
    methods = tuple((method, _of_method(method, evidence)) for method in METHODS)
    told = dict(methods)
    if not is_inquiry(evidence):
        whole = _as_a_whole(evidence)
    elif evidence.intended in told:
        whole = told[evidence.intended].verdict
    elif is_collection(evidence):
        whole = _of_collection(told["PUT"], told["LOCK"], told.values())
    else:
        whole = told["PUT"].verdict
    met = [lock for _, entry in methods for lock in entry.locks]
    beside = [lock for lock in _known(evidence.parent_locks) if lock in met and lock not in evidence.covering]
    members = evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()
    return LockVerdict(verdict=whole, methods=methods, locks=(*evidence.covering, *beside, *members))


def is_collection(evidence: Evidence) -> bool:
    """Returns true if the target is known to be a collection."""
    return isinstance(evidence.is_collection, Known) and evidence.is_collection.value


def is_missing(evidence: Evidence) -> bool:
    """Returns true if the target is known not to exist."""
    return isinstance(evidence.exists, Known) and not evidence.exists.value


def is_locked_by_you(evidence: Evidence) -> bool:
    """Whether nothing was tried, and of all locks on the target the tokens are held, and work for this login."""
    sure = bool(evidence.covering) and not foreign_locks(evidence) and not doubtful_tokens(evidence)
    return is_inquiry(evidence) and sure


def _of_collection(new_member: MethodVerdict, lock: MethodVerdict, every: Iterable[MethodVerdict]) -> Verdict:
    if any(entry.verdict is Verdict.BLOCKED and not entry.only_own for entry in every):
        return Verdict.BLOCKED
    verdicts = [new_member.verdict, Verdict.CLEAR if lock.only_own else lock.verdict]
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.CLEAR


def _of_method(method: str, evidence: Evidence) -> MethodVerdict:
    if not is_inquiry(evidence):
        whole = _as_a_whole(evidence)
        if whole is not Verdict.CLEAR or not isinstance(evidence.locks, Known):
            return _as_answered(method, evidence, whole)
    elif is_missing(evidence):
        return _creating(method, evidence)
    covered = _covered(method, evidence)
    if covered is not None:
        return covered
    around = [found for found in (_by_members(method, evidence), _by_parent(method, evidence)) if found is not None]
    # What refuses it is known for certain, whatever else could not be read.
    blocked = [found for found in around if found.verdict is Verdict.BLOCKED]
    return next(iter(blocked or around), _clear(method, evidence))


def _as_answered(method: str, evidence: Evidence, whole: Verdict) -> MethodVerdict:
    """A request got an answer: that judges its own method. A known lock on the target judges the others.

    A refusal over a member says nothing of what leaves the members alone.
    """
    locks = foreign_locks(evidence) if whole is Verdict.BLOCKED else ()
    if locks:
        return MethodVerdict(verdict=whole, why=_held(locks, evidence), locks=locks)
    if method != evidence.method:
        return MethodVerdict(verdict=Verdict.UNKNOWN, why=f"{method} was not tried")
    words = {
        Verdict.BLOCKED: "the answer says that a lock is in the way",
        Verdict.CLEAR: NO_LOCK,
        Verdict.UNKNOWN: "the answer does not tell",
    }
    return MethodVerdict(verdict=whole, why=words[whole])


# -- a name that is not there


def _creating(method: str, evidence: Evidence) -> MethodVerdict:
    if isinstance(evidence.parent_is_collection, Known) and not evidence.parent_is_collection.value:
        return MethodVerdict(verdict=Verdict.UNKNOWN, why="the collection above it does not exist")
    whole = _as_a_whole(evidence)
    locks = foreign_locks(evidence)
    if method in REMOVING:
        if locks or whole is not Verdict.CLEAR:
            return MethodVerdict(verdict=Verdict.UNKNOWN, why="nothing is there: some servers look at the locks first")
        return MethodVerdict(verdict=Verdict.CLEAR, why="nothing is there")
    act = MemberAct.CREATE if method == "PUT" else MemberAct.LOCK_NEW
    binding = tuple(lock for lock in locks if lock.lock.depth is not Depth.ZERO or act in _forbidden(evidence))
    if whole is Verdict.UNKNOWN:
        return MethodVerdict(verdict=Verdict.UNKNOWN, why=_unread(evidence))
    if whole is Verdict.BLOCKED and binding:
        return MethodVerdict(verdict=Verdict.BLOCKED, why=_held(binding, evidence), locks=binding)
    return MethodVerdict(verdict=Verdict.CLEAR, why="nothing is there yet, and no lock keeps you from creating it")


# -- what is there


def _covered(method: str, evidence: Evidence) -> MethodVerdict | None:
    """By the locks that cover the target; ``None`` where none of them decides."""
    whole = _as_a_whole(evidence)
    again = evidence.server is not None and evidence.server.same_user_locks_again
    doubtful = doubtful_tokens(evidence)
    if method == "LOCK" and doubtful and not again:
        why = "a lock is there already: with its token it can be renewed, if that works for your login"
        return MethodVerdict(verdict=Verdict.BLOCKED, why=why, locks=doubtful, only_own=True)
    if whole is Verdict.UNKNOWN:
        return MethodVerdict(verdict=whole, why=_unread(evidence))
    locks = foreign_locks(evidence)
    if method == "PUT" and is_collection(evidence):
        locks = tuple(lock for lock in locks if _guards_its_members(lock, evidence))
    if whole is Verdict.BLOCKED and locks:
        return MethodVerdict(verdict=whole, why=_held(locks, evidence), locks=locks)
    if method == "LOCK" and own_locks(evidence) and not again:
        why = "you hold a lock here already: it can be renewed"
        return MethodVerdict(verdict=Verdict.BLOCKED, why=why, locks=own_locks(evidence), only_own=True)
    return None


def _guards_its_members(lock: ObservedLock, evidence: Evidence) -> bool:
    """Returns true if it keeps others from adding a member to the target.

    nginx shows a lock of depth 0 one level further down, too, where it keeps nobody from that.
    """
    if lock.lock.depth is not Depth.ZERO:
        return True
    return lock.direct is not False and MemberAct.CREATE in _forbidden(evidence)


def _by_parent(method: str, evidence: Evidence) -> MethodVerdict | None:
    """By a lock of depth 0 on the collection above, which protects its list of members."""
    act = MemberAct[method]
    on_files = act in (MemberAct.PUT, MemberAct.LOCK)
    if act not in _forbidden(evidence) or (on_files and is_collection(evidence)) or not parent(evidence.target):
        return None
    fact = evidence.parent_locks
    if isinstance(fact, Known):
        beside = tuple(lock for lock in fact.value if lock not in evidence.covering)
        locks = foreign_among(beside, evidence)
        if not locks:
            return _with_token("the collection above it is locked", beside, evidence)
        why = f"a lock on the collection above protects its list of members: {describe(locks[0], evidence)}"
        return MethodVerdict(verdict=Verdict.BLOCKED, why=why + _by_rfc(evidence), locks=locks)
    above = evidence.parent_is_collection
    if on_files or (isinstance(above, Known) and not above.value):
        return None
    if isinstance(fact, Unreadable) and evidence.exchanges[fact.exchange].status in NO_COLLECTION_OF_DAV:
        return None
    why = f"davlock does not know if the folder above is locked ({_reason(fact)})"
    return MethodVerdict(verdict=Verdict.UNKNOWN, why=why)


def _by_members(method: str, evidence: Evidence) -> MethodVerdict | None:
    """By the locks below a collection."""
    if not is_collection(evidence):
        return None
    server = evidence.server
    fact = evidence.member_locks
    locks = foreign_among(_members(evidence), evidence)
    if method == "LOCK" and server is not None and server.locked_member_bars_lock:
        below = tuple(lock for lock in locks if _is_direct_member(lock, evidence))
        why = f"{_count(below)}: {server.title} locks no collection then"
        return MethodVerdict(verdict=Verdict.BLOCKED, why=why, locks=below) if below else None
    if method not in REMOVING or (server is not None and server.removes_locked_members):
        return None
    if locks:
        measured = server is not None and server.removes_locked_members is False
        why = _count(locks) + ("" if measured else " (RFC 4918 §9.6.1; not every server refuses it)")
        return MethodVerdict(verdict=Verdict.BLOCKED, why=why, locks=locks)
    if isinstance(fact, Known) and not fact.value.unseen:
        return _with_token(_count(_members(evidence)), _members(evidence), evidence)
    why = fact.value.unseen if isinstance(fact, Known) else _reason(fact)
    return MethodVerdict(verdict=Verdict.UNKNOWN, why=why)


def _clear(method: str, evidence: Evidence) -> MethodVerdict:
    server = evidence.server
    if own := own_locks(evidence):
        whose = "the lock is yours: send its token" if all(lock.mine for lock in own) else "you have its token: send it"
        return MethodVerdict(verdict=Verdict.CLEAR, why=whose)
    if server is not None and is_collection(evidence):
        if method == "LOCK" and not server.locks_collections:
            return MethodVerdict(verdict=Verdict.CLEAR, why=f"{NO_LOCK}; but {server.title} locks files only")
        if method in REMOVING and _members(evidence) and server.removes_locked_members:
            why = f"{_count(_members(evidence))}, and {server.title} removes locked members"
            return MethodVerdict(verdict=Verdict.CLEAR, why=why)
    if method == "LOCK" and is_collection(evidence):
        below = foreign_among(_members(evidence), evidence)
        deep = f"; with depth infinity it is refused: {_count(below)}" if below else ""
        return MethodVerdict(verdict=Verdict.CLEAR, why=f"{NO_LOCK} of LOCK (depth 0){deep}")
    return MethodVerdict(verdict=Verdict.CLEAR, why=NO_LOCK)


def _with_token(what: str, own: tuple[ObservedLock, ...], evidence: Evidence) -> MethodVerdict | None:
    """Nothing but locks whose token you hold is in the way; ``None`` where there are none."""
    if not own:
        return None
    if doubtful := doubtful_among(own, evidence):
        why = f"{what}, and whether the token that you have works for your login is not known"
        return MethodVerdict(verdict=Verdict.UNKNOWN, why=why, locks=doubtful)
    one = len(own) == 1
    if all(lock.mine for lock in own):
        whose = "and the lock is yours" if one else "and the locks are yours"
    else:
        whose = f"and you have the token{'' if one else 's'}"
    why = f"{what}, {whose}: send {'its token' if one else 'their tokens'}"
    return MethodVerdict(verdict=Verdict.CLEAR, why=why, locks=own, only_own=True)


def _forbidden(evidence: Evidence) -> frozenset[MemberAct]:
    """What a lock of depth 0 on a collection forbids here; by the RFC where nobody measured the product."""
    server = evidence.server
    return RFC_4918 if server is None or server.depth_zero_forbids is None else server.depth_zero_forbids


def _by_rfc(evidence: Evidence) -> str:
    measured = evidence.server is not None and evidence.server.depth_zero_forbids is not None
    return "" if measured else " (RFC 4918 §7.4; not every server refuses it)"


def _known(fact: object) -> tuple[ObservedLock, ...]:
    return fact.value if isinstance(fact, Known) else ()


def _members(evidence: Evidence) -> tuple[ObservedLock, ...]:
    return evidence.member_locks.value.locks if isinstance(evidence.member_locks, Known) else ()


def _is_direct_member(lock: ObservedLock, evidence: Evidence) -> bool:
    return same_path(parent_of(lock.url), evidence.target)


def _count(locks: tuple[ObservedLock, ...]) -> str:
    several = len({lock.url for lock in locks})
    more = " or more" if len(locks) == MAX_MEMBER_LOCKS else ""
    return "1 member of it is locked" if several == 1 else f"{several}{more} members of it are locked"


def _held(locks: tuple[ObservedLock, ...], evidence: Evidence) -> str:
    return describe(locks[0], evidence) if locks else ""


def _reason(fact: Unreadable | NotAsked) -> str:
    return fact.reason if isinstance(fact, Unreadable) else fact.why


def _unread(evidence: Evidence) -> str:
    """Why it is not known whether the target is locked."""
    if not isinstance(evidence.locks, Known):
        return _reason(evidence.locks)
    if doubtful_tokens(evidence):
        return "the lock is not known to be yours, nor whether its token works for your login"
    if evidence.covering:
        return "a lock is shown without its token, or beside others: it is not known which"
    return unread_above(evidence) or "the collection above it was not read"


def _outlived_its_unlock(evidence: Evidence) -> bool:
    """Whether davlock was to release a lock, and read it after the UNLOCK: it keeps others out."""
    verb = evidence.invocation.verb[-1:] if evidence.invocation is not None else ()
    if verb != ("unlock",) or evidence.method != "UNLOCK" or not locks_read_since(evidence):
        return False
    return any(is_among(entry.token, sent_tokens(evidence)) for entry in evidence.covering)


def _as_a_whole(evidence: Evidence) -> Verdict:
    """Whether a lock that covers the target is in the way: from the locks as last read; where they are not shown, from
    a refusal that says "locked", unless the same went through since.
    """
    application = application_refusal(evidence)
    if application is not None and application.is_lock:
        return Verdict.BLOCKED
    refused = refused_as_locked(evidence)
    foreign_token = token_of_another_user(evidence)
    later = went_through_later(evidence.exchanges, evidence.subject) if evidence.subject is not None else None
    if later is not None and (refused or foreign_token):
        if evidence.is_write and not (isinstance(evidence.locks, Known) and evidence.locks.exchange > later):
            return Verdict.CLEAR
        refused = foreign_token = False
    if refused and own_locks_then(evidence) and not foreign_locks(evidence) and not sent_tokens(evidence):
        return Verdict.CLEAR  # the token is held, and only was not submitted
    if refused and sent_dead_tokens(evidence) and only_tokens(evidence) and evidence.destination is None:
        vouched = evidence.server is not None and evidence.server.shows_locks is True
        return Verdict.CLEAR if vouched else Verdict.UNKNOWN  # the tokens were refused, and no lock is shown
    if refused and (is_transactional(evidence) or not locks_read_since(evidence) or not evidence.covering):
        return Verdict.BLOCKED
    if foreign_token or _outlived_its_unlock(evidence):
        return Verdict.BLOCKED
    if not isinstance(evidence.locks, Known):
        return Verdict.CLEAR if proven_free(evidence) else Verdict.UNKNOWN
    foreign, own = foreign_locks(evidence), own_locks(evidence)
    if not evidence.covering:
        if is_inquiry(evidence) and not proven_free(evidence) and unread_above(evidence):
            return Verdict.UNKNOWN
        missing = isinstance(evidence.exists, Known) and not evidence.exists.value
        return Verdict.UNKNOWN if missing and not ancestors_read(evidence) else Verdict.CLEAR
    if not foreign:
        return Verdict.UNKNOWN if doubtful_tokens(evidence) else Verdict.CLEAR
    if evidence.held and any(lock.token is None for lock in foreign):
        return Verdict.UNKNOWN  # one of them may be ours: the server does not show tokens
    if not own or not all(is_shared(lock) for lock in evidence.covering):
        return Verdict.BLOCKED
    suffices = one_shared_token_is_enough(evidence)
    if suffices is None:
        return Verdict.UNKNOWN
    return Verdict.CLEAR if suffices else Verdict.BLOCKED
