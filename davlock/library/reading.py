"""``discover`` and ``diagnose``: what only reads."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from davlock.library.arguments import argument_for, checked_method, checked_seconds, checked_tokens
from davlock.library.session import NetworkOptions, ServerSession, open_session, why_no_answer
from davlock.library.values import LockDiagnosis, LockDiscovery, diagnosis_value, lock_values
from davlock.operations import investigate, listing
from davlock.operations.budget import MAX_TIME, Budget
from davlock.protocol.lock import Depth
from davlock.render.build_result import found_view, result
from davlock.render.listing_result import listing_result, walk_result
from davlock.render.plural import count

if TYPE_CHECKING:
    from typing import Unpack

    from davlock.render.result import Result

Method = Literal["PUT", "DELETE", "MOVE", "LOCK"]


def discover(
    url: str, *, recursive: bool = False, deadline: float = MAX_TIME, **network: "Unpack[NetworkOptions]"
) -> LockDiscovery:
    """Returns the active locks on ``url``, as the server shows them. Only reads.

    With ``recursive``, it reads the whole tree, in several threads, for at most ``deadline`` seconds. It lists each
    lock once. The keyword arguments of :class:`NetworkOptions` say how to reach the server.

    Raises NoResponse if the server does not answer, RemoteProtocolError if its answer is not usable, and
    LocalProtocolError for arguments that cannot be used. A refused login raises nothing: ``locks`` is then ``None``,
    and ``findings`` says why.
    """
    deadline = checked_seconds("deadline", deadline)
    with open_session("locks", url, network) as session:
        return _walked(session, deadline) if recursive else _listed(session)


def _listed(session: ServerSession) -> LockDiscovery:
    found = listing.read(session.send, session.url, depth=Depth.ZERO)
    evidence = found.evidence
    if (error := why_no_answer(evidence)) is not None:
        raise error
    listed = None if found.missing else found.locks
    shown = listing_result(found, session.judge(evidence, skipped=found.skipped, listed=listed))
    why = found.why or found.unread
    if found.missing or not found.ok:
        why = _why_not_read(evidence.status)
    elif found.dropped:
        why = f"{found.dropped} of {found.resources} resources are left out: davlock keeps no more locks"
    elif found.untold:
        why = f"{found.untold} of {found.resources} resources do not show their locks"
    return _discovery(session, shown, readable=found.ok and listed is not None, why=why)


def _walked(session: ServerSession, deadline: float) -> LockDiscovery:
    from davlock.operations.walk.walk import walk  # one URL needs no walk

    budget = Budget(clock=time.monotonic, seconds=deadline, spell=argument_for)
    found = walk(session.send, session.url, now=time.time, budget=budget)
    evidence = found.evidence
    if (error := why_no_answer(evidence)) is not None and found.end is None:
        raise error
    asked = session.seen_from_here(evidence)
    views = None if found.locks is None else tuple(found_view(lock, asked) for lock in found.locks)
    shown = walk_result(found, session.judge(evidence, skipped=found.skipped), views)
    why = ""
    if not found.ok:
        why = _why_not_read(evidence.status)
    elif found.end is not None:
        why = next((finding.headline for finding in shown.findings), "the walk was cut short")
    elif found.locks is None:
        why = "the server does not show its locks"
    elif found.ended is not None or found.unread:
        why = f"davlock could not read {count(found.unread, 'folder')}"
    return _discovery(session, shown, readable=found.ok and views is not None, why=why)


def _why_not_read(status: int | None) -> str:
    gone = status is None or status in (207, 404)  # 207 with 404 inside
    return "there is nothing at this URL" if gone else f"the server answered {status} to PROPFIND"


def _discovery(session: ServerSession, shown: "Result", *, readable: bool, why: str) -> LockDiscovery:
    return LockDiscovery(
        url=session.url,
        locks=lock_values(shown.locks) if readable else None,
        complete=readable and not why,
        why=why,
        findings=shown.findings,
        skipped=shown.skipped,
        _result=shown,
    )


def diagnose(
    url: str, *, method: Method | None = None, tokens: str | Iterable[str] = (), **network: "Unpack[NetworkOptions]"
) -> LockDiagnosis:
    """Returns who holds a lock on ``url``, until when, and what to do. Only reads.

    ``method`` is the method that you want to send: the verdict is then for that method. Without it, the verdict is for
    PUT, or for any change if ``url`` is a folder. ``tokens`` are lock tokens that you hold, one or
    several. The keyword arguments of :class:`NetworkOptions` say how to reach the server.

    Raises NoResponse if the server does not answer, RemoteProtocolError if its answer is not usable, and
    LocalProtocolError for arguments that cannot be used. A refused login raises nothing: ``findings`` says so.
    """
    held, intended = checked_tokens(tokens), checked_method(method)
    with open_session("diagnose", url, network) as session:
        report = investigate.diagnose(session.send, session.url, held=held, clock=time.monotonic, intended=intended)
        evidence = report.evidence
        if (error := why_no_answer(evidence)) is not None:
            raise error
        return diagnosis_value(result(session.diagnose(evidence, skipped=report.skipped)))
