"""The locks below a collection, from a listing of it."""

from collections.abc import Container, Iterable

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Known
from davlock.diagnosis.lock_verdict import UNSEEN_LEVELS, is_collection
from davlock.diagnosis.resource import MAX_MEMBER_LOCKS, MemberLocks, owner_since, read_propfind, view
from davlock.locks.observed import Observation, ObservedLock
from davlock.protocol.lock import ActiveLock
from davlock.protocol.url import at_origin, is_path_above, leads_up, names_of, same_path


def observed_members(
    rows: Iterable[tuple[str, ActiveLock]], evidence: Evidence, *, exchange: int, typed: Container[str | None] = ()
) -> tuple[ObservedLock, ...]:
    """Returns each lock once, at the topmost member that shows it. None covers the collection of ``evidence`` itself.

    Somebody else's lock can have the token of a lock that davlock took: it is held only if it is one of those that
    were ``typed``.
    """
    locks: list[ObservedLock] = []
    known = {covering.token for covering in evidence.covering if covering.token is not None}
    for address, lock in sorted(rows, key=lambda row: len(names_of(row[0]))):
        token = lock.token.uri if lock.token else None
        if token in known:
            continue
        if token is not None:
            known.add(token)
        root = lock.root.url if lock.root is not None else None
        if root is None or not is_path_above(evidence.target, root):
            root = address
        another = bool(owner_since(lock, evidence.own))
        locks.append(
            ObservedLock(
                lock=lock,
                url=address,
                root=root,
                direct=same_path(root, address),
                mine=False if another else True if token in evidence.mine else None,
                observation=Observation(exchange=exchange),
                held=token in (typed if another else evidence.held),
            )
        )
        if len(locks) == MAX_MEMBER_LOCKS:
            break
    return tuple(locks)


def captured_members(evidence: Evidence) -> Known[MemberLocks] | None:
    """Returns the locks of members in the last answer of a capture; ``None`` if that is no listing of the target."""
    last = len(evidence.exchanges) - 1
    asked = evidence.exchanges[last]
    deep = asked.request.headers.get("Depth") != "0"
    if asked.request.method.upper() != "PROPFIND" or not deep or not is_collection(evidence):
        return None
    answer = read_propfind(asked)
    if isinstance(answer, str):
        return None
    own = names_of(evidence.target)
    rows: list[tuple[str, ActiveLock]] = []
    levels: set[int] = set()
    folders, silent = False, 0
    for element in answer.responses:
        seen = view(element, asked.request.url)
        address = at_origin(evidence.target, seen.url)
        names = names_of(address)
        if names[: len(own)] != own or leads_up(names[len(own) :]):
            continue
        level = len(names) - len(own)
        levels.add(level)
        if level:
            folders = folders or bool(seen.is_collection)
            silent += seen.locks is None
            rows += [(address, lock) for lock in seen.locks or ()]
    if 0 not in levels:
        return None
    if max(levels) == 0:
        unseen = "the listing shows no members"
    elif evidence.server is not None and not evidence.server.lists_locks:
        unseen = "the server leaves out the locks of its members: they may be locked or not"
    elif silent and not (evidence.server is not None and evidence.server.leaves_out_lockdiscovery):
        unseen = f"the listing does not show the locks of {silent} member{'s' if silent > 1 else ''}"
    else:  # a server may answer Depth infinity as 1
        unseen = UNSEEN_LEVELS if folders and max(levels) == 1 else ""
    return Known(MemberLocks(locks=observed_members(rows, evidence, exchange=last), unseen=unseen), last)
