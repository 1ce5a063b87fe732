"""Locks in words, and the ways out that several findings share."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Fact, Known, Unreadable
from davlock.diagnosis.finding import AFTER_CHANGE, Alternative, FindingFact, Remedy, Retry, Risk, Who, after_wait
from davlock.diagnosis.predicates.applications import no_sign_of_dav
from davlock.diagnosis.predicates.locks import foreign_locks
from davlock.diagnosis.remedies import destructive, for_admin, intrusive, safe
from davlock.diagnosis.users import ONE_USER, may_be_one_user
from davlock.late_pattern import late_pattern
from davlock.locks.holder_words import HolderWords, holder_words
from davlock.locks.observed import ObservedLock
from davlock.locks.server_record import holder_name, server_record
from davlock.protocol.lock import ActiveLock, LockScope, Timeout
from davlock.protocol.requests import owner_without_run
from davlock.protocol.url import at_origin, parent, same_origin
from davlock.servers.profile import ZeroTimeout


def seconds_in_words(seconds: float) -> str:
    """``59 s``, ``10 min``, ``2 h``, ``7 days``: rounded, at most two units, never more precise than it deserves."""
    if seconds < 120:
        return f"{round(seconds)} s"
    if seconds < 2 * 3600:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(seconds / 86400)} days"


def never_ends(timeout: Timeout | None, evidence: Evidence) -> bool:
    """Returns true if this timeout says that the lock has no end; Go's webdav writes that as ``Second-0``."""
    if timeout is None:
        return False
    zero = evidence.server.zero_timeout if evidence.server is not None else None
    return timeout.infinite or (timeout.seconds == 0 and zero is ZeroTimeout.ENDLESS)


def has_no_end(lock: ActiveLock, evidence: Evidence) -> bool:
    """Returns true if a lock never ends: by its timeout, or by what the server recorded of it."""
    return never_ends(lock.timeout, evidence) or server_record(lock).endless


def tells_no_time(evidence: Evidence) -> bool:
    """Returns true if the timeouts that this product shows are no measure of anything."""
    return evidence.server is not None and evidence.server.timeout_misleads


def may_be_endless(timeout: Timeout | None, evidence: Evidence) -> bool:
    """Whether it is a ``Second-0`` that can mean "over" as well as "never": what is known of the server decides not."""
    server = evidence.server
    decided = server is not None and (server.zero_timeout is not None or server.counts_down is True)
    return timeout is not None and timeout.seconds == 0 and not decided and not is_overdue(timeout)


def is_overdue(timeout: Timeout | None) -> bool:
    """Whether the time that a server shows is below zero: its time is over (chezdav counts on), or it is miscounted."""
    return timeout is not None and timeout.as_sent.lower().startswith("second--")


def is_over(timeout: Timeout | None, evidence: Evidence) -> bool:
    """Returns true if the time of a lock is over by the count of a server that is known to count on below zero."""
    return is_overdue(timeout) and evidence.server is not None and evidence.server.counts_below_zero


def time_left(covering: ObservedLock, evidence: Evidence) -> float | None:
    """Returns the seconds that are left, where the server shows them; ``None`` where it shows only what it granted."""
    return time_left_at(covering.lock, evidence, evidence.answered_at(covering.exchange))


def time_left_at(lock: ActiveLock, evidence: Evidence, now: datetime | None) -> float | None:
    """Returns what :func:`time_left` does, for a lock that was shown at ``now`` by the server's clock."""
    ends = server_record(lock).ends
    if ends is not None and now is not None:
        return max(0.0, (ends - now).total_seconds())
    if lock.timeout is None or is_overdue(lock.timeout) or may_be_endless(lock.timeout, evidence):
        return None
    shows = evidence.server.counts_down if evidence.server is not None else None
    return lock.timeout.seconds if shows is not False else None


def until(covering: ObservedLock, evidence: Evidence) -> str:
    """Until when a lock lasts, in words that claim no more than is known."""
    timeout = covering.lock.timeout
    if has_no_end(covering.lock, evidence):
        return "without end"
    left = time_left(covering, evidence)
    if timeout is None or may_be_endless(timeout, evidence):
        return "for an unknown time"
    if is_over(timeout, evidence):
        return "whose time is over by the server's own count, though it still shows it"
    if is_overdue(timeout):
        return f"for an unknown time: the server shows a time below zero ({timeout.as_sent})"
    if tells_no_time(evidence):
        return "for a time that is not known: what this server shows is no measure of it"
    if left is None:
        granted = seconds_in_words(timeout.seconds or 0)
        return f"for {granted} from its last renewal; the server does not show how much is left"
    known = server_record(covering.lock).ends is not None or (evidence.server and evidence.server.counts_down)
    unless = "you renew it" if covering.held else "its holder renews it"
    return f"for {'' if known else 'at most '}{seconds_in_words(left)} more unless {unless}"


def holder_of(lock: ActiveLock, evidence: Evidence) -> HolderWords:
    """Returns who holds ``lock``, as the person who asks reads it."""
    return holder_words(lock, mine=evidence.is_yours(lock), user=evidence.user)


def holder(covering: ObservedLock) -> str:
    """Returns who holds a lock, as the first words of a sentence; in quotes what their program wrote."""
    words = holder_words(covering.lock, mine=covering.mine)
    return f"“{words.name}”" if words.named else words.sentence


def holder_as_written(covering: ObservedLock) -> str:
    """Returns the same for machines: the owner as it came, whatever it stands for."""
    text = " ".join(owner_without_run(holder_name(covering.lock)).split())
    if not text:
        return "You" if covering.mine else "Someone whom the server does not name"
    return f"“{text[:120]}{'…' if len(text) > 120 else ''}”"


def who_says(lock: ActiveLock) -> str:
    """Returns, as a sentence, where the holder's name is from: an owner is a claim, and a server may drop it."""
    record = server_record(lock)
    if record.user is not None:
        return f"The server itself names the user ({record.named_in})."
    if lock.claimed:
        return "The owner is what the client wrote about itself."
    return "The server does not say who holds it."


def describe(covering: ObservedLock, evidence: Evidence) -> str:
    """One lock in one clause: ``“alice” holds an exclusive lock for 9 min more unless …``."""
    scope = covering.lock.scope.value if covering.lock.scope else "write"
    article = "an" if scope == "exclusive" else "a"
    who = holder(covering)
    return f"{who} {'hold' if who == 'You' else 'holds'} {article} {scope} lock {until(covering, evidence)}"


def retry_for(evidence: Evidence) -> Retry:
    """When a refusal over the covering locks can end: after the longest time, else only a change helps."""
    return retry_until(foreign_locks(evidence), evidence)


def retry_until(locks: Iterable[ObservedLock], evidence: Evidence) -> Retry:
    """When the last of ``locks`` ends, if all of them do; else only a change helps.

    No number is given where the server shows only what it granted: nobody knows how much of it is left.
    """
    foreign = tuple(locks)
    if not foreign or tells_no_time(evidence):
        return AFTER_CHANGE
    for covering in foreign:
        timeout = covering.lock.timeout
        if has_no_end(covering.lock, evidence):
            return AFTER_CHANGE
        if server_record(covering.lock).ends is None and (
            timeout is None or is_overdue(timeout) or may_be_endless(timeout, evidence)
        ):
            return AFTER_CHANGE
    left = [time_left(covering, evidence) for covering in foreign]
    known = [seconds for seconds in left if seconds is not None]
    return after_wait(max(known) if len(known) == len(left) else None)


def retry_as_told(evidence: Evidence, otherwise: Retry = AFTER_CHANGE) -> Retry:
    """After the time that Retry-After names, which a server may send with any status; else ``otherwise``."""
    advice = evidence.wait_advice
    return after_wait(advice.seconds) if advice is not None and advice.source == "Retry-After" else otherwise


def is_shared(covering: ObservedLock) -> bool:
    """Returns true if it is a shared lock."""
    return covering.lock.scope is LockScope.SHARED


def lock_facts(covering: ObservedLock) -> tuple[FindingFact, ...]:
    """The facts of one lock, for machines."""
    active = covering.lock
    return (
        ("owner", holder_name(active) or None),
        ("token", covering.token),
        ("lockroot", covering.root),
        ("scope", active.scope.value if active.scope else None),
        ("timeout", active.timeout.as_sent if active.timeout else None),
    )


NO_DAV = Alternative("not-dav", "OPTIONS on the URL: without a DAV field in the answer, this is no WebDAV")
"""What else a 423 in JSON may be."""


# -- ways out


def look(url: str, title: str = "See every lock on it") -> Remedy:
    """Reading again changes nothing."""
    return safe(title, ("davlock", "locks", url))


def speaks_of_a_lock_words(evidence: Evidence) -> str:
    """Returns what follows of words on a lock beside a status that is not about locks, as the end of a sentence."""
    return "speak of a lock" + (", which need not be one of WebDAV" if no_sign_of_dav(evidence) else "")


def investigate(url: str) -> Remedy:
    """Ask the server what a capture alone cannot tell."""
    return safe("Ask the server who holds the lock", ("davlock", "diagnose", url))


def at_the_same_host(url: str, evidence: Evidence) -> str:
    """A resource that an answer names, where it can be reached: behind a proxy, servers know themselves by other
    names.
    """
    return url if not evidence.target or same_origin(url, evidence.target) else at_origin(evidence.target, url)


def submit_token(evidence: Evidence, root: str, token: str, title: str) -> Remedy:
    """A command only for PUT: for any other verb it would overwrite what was to be deleted, moved or created."""
    if evidence.method == "PUT":
        command = ("davlock", "put", "FILE", evidence.target, "--token", token)
        return intrusive(title, command)
    return intrusive(f"{title}:  If: <{root}> (<{token}>)")


def ask_holder(covering: ObservedLock) -> Remedy:
    """Nobody loses anything this way."""
    words = holder_words(covering.lock, mine=covering.mine)
    who = words.name if words.named else "whoever works on it"
    note = words.note if words.named and server_record(covering.lock).user is None else ""
    return safe(f"Ask {who} to close the file", who=Who.LOCK_OWNER, note=note)


def release(covering: ObservedLock, evidence: Evidence) -> Remedy | None:
    """UNLOCK at the lock root with the token that the server shows: the holder's unsaved work can be lost."""
    if covering.token is None:
        return None
    url = covering.root or covering.url
    works = evidence.server.foreign_token_works if evidence.server else None
    if works is not True and may_be_one_user(evidence):
        who_may = ONE_USER
    elif works is False and evidence.server is not None:
        who_may = f"{evidence.server.title} lets only the login that took a lock release it"
    elif works is None:
        who_may = "many servers let only the login that took a lock release it"
    else:
        who_may = "any login can release it here"
    alone = covering.lock.scope is LockScope.EXCLUSIVE and len({lock.token for lock in evidence.covering}) <= 1
    words = holder_words(covering.lock)
    they = f"{words.name} is" if words.named and not alone else "they are"
    which = ("--steal",) if alone else ("--token", covering.token)
    command = ("davlock", "unlock", *which, url) if alone else ("davlock", "unlock", url, *which)
    return destructive(
        "Release the lock in their place",
        command,
        who=Who.YOU if works else Who.LOCK_OWNER,
        note=f"If {they} gone for good ({who_may}; this breaks {'their edit' if alone else 'only their lock'})",
    )


def admin_unlock(evidence: Evidence) -> tuple[Remedy, ...]:
    """How the administrator of this product frees one lock, if it is known."""
    ways = evidence.server.admin_unlock if evidence.server is not None else ()
    return tuple(for_admin(destructive(way.title, way.command)) for way in ways)


def admin_store(evidence: Evidence) -> tuple[Remedy, ...]:
    """The same, and where locks live on this product."""
    if evidence.server is None or not evidence.server.lock_store:
        return admin_unlock(evidence)
    last = for_admin(destructive("Remove locks on the server, as a last resort", note=evidence.server.lock_store))
    return (*admin_unlock(evidence), last)


def ways_past(covering: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    """Every way past a lock that is not known to be ours, the mildest first."""
    return (*ways_past_one(covering, evidence), *admin_store(evidence))


def wait_or_ask(covering: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    """What hurts nobody: wait for the lock, ask its holder, see if it is renewed. Nothing for a lock of the reader."""
    if evidence.is_yours(covering.lock):
        return ()
    waits = wait_for((covering,), evidence, evidence.target)
    renewed = (safe("Being renewed?", ("davlock", "watch", evidence.target)),) if waits else ()
    return (*waits, ask_holder(covering), *renewed)


def ways_past_one(covering: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    """The same without the last resort, which is the same for every lock."""
    found = list(wait_or_ask(covering, evidence))
    found += _with_its_token(covering, evidence)
    if (way := release(covering, evidence)) is not None:
        found.append(way)
    return tuple(found)


def _with_its_token(covering: ObservedLock, evidence: Evidence) -> tuple[Remedy, ...]:
    """To send a token that the server shows to everybody. It writes past whoever holds the lock, so it can hurt."""
    if covering.token is None or not evidence.is_write:
        return ()
    way = submit_token(evidence, covering.root or evidence.target, covering.token, "Send the lock's token")
    return (replace(way, risk=Risk.DESTRUCTIVE, note="Only if the lock is yours (else you write past its holder)"),)


def ways_past_shared(locks: Sequence[ObservedLock], evidence: Evidence) -> tuple[Remedy, ...]:
    """The ways past several locks on one resource: one wait, for the last of them to end; then each holder."""
    waits = wait_for(locks, evidence, evidence.target)
    renewed = (safe("Being renewed?", ("davlock", "watch", evidence.target)),) if waits else ()
    return (
        *waits,
        *(ask_holder(lock) for lock in locks[:4]),
        *renewed,
        *(way for lock in locks[:4] for way in _with_its_token(lock, evidence)),
        *(way for lock in locks[:4] if (way := release(lock, evidence)) is not None),
    )


_INSIDE_SVN = late_pattern(r"/!svn/(?:txr|wrk|ver|rvr|bc|vtxr)/[^/]+/")
"""What a commit's own URLs have between repository and path (mod_dav_svn); svn does not take them."""


def url_for_svn(target: str) -> str:
    """The URL of a resource as Subversion's own client takes it."""
    return _INSIDE_SVN.sub("/", target)


def ways_past_svn(target: str) -> tuple[Remedy, ...]:
    """What Subversion's own client can do about a lock."""
    url = url_for_svn(target)
    return (
        safe("See who took it, and when", ("svn", "info", url)),
        destructive("If its owner is gone, break it", ("svn", "unlock", "--force", url)),
    )


def look_above(url: str, title: str) -> Remedy:
    """List the collection above ``url``."""
    return safe(title, ("davlock", "propfind", parent_of(url), "--depth", "1"))


LONGEST_WAIT = 7 * 86_400.0
"""Seconds of the longest wait that davlock proposes."""


def wait_for(
    locks: Iterable[ObservedLock], evidence: Evidence, url: str, *, method: str | None = None
) -> tuple[Remedy, ...]:
    """Wait until ``locks`` end, for at most the time that they have left and a minute; nothing where none is known."""
    limits = [_most_left(covering, evidence) for covering in locks]
    known = [seconds for seconds in limits if seconds is not None]
    if not known or len(known) < len(limits) or max(known) > LONGEST_WAIT:
        return ()
    which = () if method is None else ("--for-method", method)
    command = ("davlock", "wait", *which, "-w", f"{math.ceil(max(known) / 60) + 1}m", url)
    return (safe("Wait for it", command),)


def _most_left(covering: ObservedLock, evidence: Evidence) -> float | None:
    """The most that a lock can have left unless it is renewed; ``None`` where that is not known."""
    if tells_no_time(evidence) or has_no_end(covering.lock, evidence):
        return None
    return time_left(covering, evidence)


def parent_of(url: str) -> str:
    """The collection above ``url``, or ``url`` itself at the root."""
    return parent(url) or url


def looked_at(evidence: Evidence) -> str:
    """One sentence on what the judgement had to go by."""
    seen: list[str] = []
    missing: list[str] = []
    (seen if evidence.method else missing).append("the request's method")
    (seen if evidence.headers.complete else missing).append("the request's headers")
    body = evidence.response is not None and evidence.response.body is not None
    (seen if body else missing).append("the answer's body")
    facts: tuple[tuple[str, Fact[object]], ...] = (
        ("lockdiscovery", evidence.locks),
        ("the resource's existence", evidence.exists),
        ("the collection above", evidence.parent_is_collection),
    )
    for name, fact in facts:
        if isinstance(fact, Known):
            seen.append(name)
        else:
            missing.append(f"{name} ({fact.reason if isinstance(fact, Unreadable) else fact.why})")
    words = f"Looked at: {', '.join(seen)}." if seen else ""
    return f"{words} Not known: {', '.join(missing)}.".strip() if missing else words
