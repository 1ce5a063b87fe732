"""Release locks that were found, one after the other, and none that was seen to be renewed.

Before each UNLOCK the lock is read again: it must be the same one, still be selected, and not have been renewed after
the last reading that selected it. Afterwards it is read once more, since a 2xx alone proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.readings import renewal_in_words, time_reading
from davlock.diagnosis.resource import CoveringLock, OwnLock, read_propfind
from davlock.diagnosis.selection import Judgement
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.locks.observed import Observation
from davlock.locks.renewal import ROUNDING, EndShift, Renewal, TimeReading, counted_down, end_shift, renewal
from davlock.operations.case import Case, Report
from davlock.operations.release import release as release_lock
from davlock.operations.release import unlock_fields
from davlock.operations.results import Decision, FoundLock, Outcome, Planned, Seen
from davlock.protocol.if_header import IfHeader
from davlock.protocol.lock import Depth
from davlock.protocol.message import Exchange
from davlock.protocol.requests import LOCK_PROPERTIES
from davlock.protocol.url import at_origin, is_ancestor, same_path
from davlock.protocol.write_scope import why_outside
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from davlock.transport.base import Send

Judge = Callable[[FoundLock, Evidence], Judgement]
"""Whether a lock is selected. The evidence is of a look at it, and tells the product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of one lock of the plan; ``report`` has what was asked of the server."""

    planned: Planned
    outcome: Outcome
    why: str
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which locks are judged."""

    judge: Judge
    now: Callable[[], float]
    counts_down: bool | None = None
    """Whether the server shows the time that is left: known of the product, or seen. Where it is ``None``, a time that
    did not fall may have been renewed.
    """
    held_back: Callable[[FoundLock, Evidence], str] = lambda found, evidence: ""
    """Why a lock stays although it is selected; empty where it does not. Asked once more before UNLOCK."""
    own: Callable[[], tuple[OwnLock, ...]] = tuple
    """Read anew each time: a refresh by another davlock counts."""
    profiles: tuple[Profile, ...] = PROFILES


def plan(
    target: str,
    found: Iterable[FoundLock],
    evidence: Evidence,
    *,
    judge: Judge,
    spared: Callable[[FoundLock], str] = lambda lock: "",
    first: int = 1,
) -> Iterator[Planned]:
    """What is to be done about each lock below ``target``, and why.

    ``spared`` says why one is to be left alone whatever the person selects; empty where it is not.
    """
    for number, lock in enumerate(found, first):
        why = _out_of_reach(lock, target) or spared(lock)
        if not why:
            judged = judge(lock, evidence)
            if judged.met is True and lock.lock.token is None:
                why = WITHHELD
            elif judged.met is True:
                yield Planned(
                    number=number, target=target, found=lock, decision=Decision.RELEASE, why=judged.why or "every lock"
                )
                continue
            else:
                why = judged.why if judged.met is False else f"cannot be told: {judged.why}"
        yield Planned(number=number, target=target, found=lock, decision=Decision.SKIP, why=why)


WITHHELD = "the server does not show its token"
"""Why a lock that was meant can be released by nobody but its holder."""


def _out_of_reach(lock: FoundLock, target: str) -> str:
    if lock.inside is False:
        why = why_outside(target, lock.root) if lock.root is not None and is_ancestor(target, lock.root) else ""
        return f"its lock root, {lock.root}, is {f'outside: {why}' if why else f'not below {target}'}"
    if lock.root is None or lock.inside is None:
        return "where its lock root is cannot be told"
    return ""


def reading_of(found: FoundLock, evidence: Evidence) -> TimeReading | None:
    """The time that the lock showed when it was found; ``None`` where it was not noted when that was."""
    seen = found.seen
    if seen is None:
        return None
    observation = Observation(sent=seen.sent, received=seen.received, date=seen.at if seen.quick else None)
    return time_reading(found.lock.timeout, evidence, observation)


def look_again(send: Send, found: FoundLock, terms: Terms) -> "Look":
    """Read a lock at its root."""
    url = found.root or found.url
    case = Case(send, url, own=terms.own(), profiles=terms.profiles, stay_within=url)
    sent = terms.now()
    exchange = case.propfind(url, LOCK_PROPERTIES)
    received = terms.now()
    evidence = case.evidence(inquiry=True)
    server = evidence.server
    if exchange.status == 207 and server is not None and server.lock_properties:
        sent = terms.now()
        case.propfind(url, (*LOCK_PROPERTIES, *server.lock_properties))
        received, evidence = terms.now(), case.evidence(inquiry=True)
    token = found.lock.token.uri if found.lock.token is not None else ""
    there = next((entry for entry in evidence.covering if entry.token == token), None)
    if there is None and exchange.status in (404, 410) and found.url != url:
        # The lock root may be written so that it cannot be asked for; what showed the lock can be.
        seen = case.propfind(found.url, LOCK_PROPERTIES)
        if _names(seen, token):
            lost = f"its lock root is answered {exchange.status}, and {found.url} shows it"
            return Look(case=case, evidence=evidence, asked_at=sent, there=None, again=None, astray=lost)
        case.exchanges.pop()
    if there is not None and (above := _other_root(found, there, url)):
        return Look(case=case, evidence=evidence, asked_at=sent, there=None, again=None, astray=above)
    again = None
    if there is not None:
        moment = evidence.answered_at(there.exchange)
        again = replace(found, lock=there.lock, seen=Seen(sent=sent, received=received, at=moment))
    return Look(case=case, evidence=evidence, asked_at=sent, there=there, again=again)


def _names(exchange: Exchange, token: str) -> bool:
    """Whether an answer shows ``token``, also where its XML is broken."""
    answer = read_propfind(exchange)
    if isinstance(answer, str):
        return exchange.response is not None and token.encode() in (exchange.response.body or b"")
    propstats = (propstat for element in answer.responses for propstat in element.propstats)
    locks = (lock for propstat in propstats for lock in propstat.locks or ())
    return any(lock.token is not None and lock.token.uri == token for lock in locks)


def _other_root(found: FoundLock, there: CoveringLock, url: str) -> str:
    """Why ``url``, which shows the lock, may not be its root; empty where it is, as far as the server tells.

    UNLOCK on any resource that a lock covers releases all of it (RFC 4918 §9.11). A listing can name another root than
    the lock does itself. A lock of depth 0 is shown at its root alone, whatever is written there.
    """
    root = there.lock.root
    if there.lock.depth is Depth.ZERO:
        return ""
    if root is None:
        return "" if found.lock.root is None else "it was shown with a lock root, and now without one"
    return "" if same_path(root.url, url) else f"its lock root is {at_origin(url, root.url)} now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A lock read again: ``again`` as it is now, ``None`` where it is not among the locks that are shown."""

    case: Case
    evidence: Evidence
    asked_at: float
    there: CoveringLock | None
    again: FoundLock | None
    astray: str = ""
    """Why it is not where it ought to be, although it is there."""

    @property
    def trouble(self) -> str:
        """Why it tells nothing; empty where it does."""
        evidence = self.evidence
        if self.astray or evidence.no_response is not None:
            return self.astray or str(evidence.no_response)
        if self.gone:
            return ""
        if evidence.inferred_free:  # of two locks, Apache leaves out both where one ran out
            return "the server leaves lockdiscovery out"
        if isinstance(evidence.locks, Known):
            hidden = self.there is None and any(entry.token is None for entry in evidence.covering)
            return "the server does not show its token any more" if hidden else ""
        if isinstance(evidence.locks, Failed):
            return f"the server does not show its locks: {evidence.locks.reason}"
        return f"PROPFIND was answered {self.case.exchanges[-1].status}"

    @property
    def gone(self) -> bool:
        """Whether the resource itself is not there any more."""
        return self.case.exchanges[-1].status in (404, 410)

    def ran_out(self, before: FoundLock) -> bool:
        """Whether the server tells no locks here, as it does where there are none, and this one must have ended.

        Apache answers 404 for lockdiscovery from when a lock ran out until the next write.
        """
        server = self.evidence.server
        if server is None or not server.leaves_out_lockdiscovery or server.counts_down is not True:
            return False
        first = reading_of(before, self.evidence)
        if before.seen is None or first is None or first.seconds is None:
            return False
        over = self.asked_at > before.seen.received + first.seconds + ROUNDING
        return over and bool(self.evidence.inferred_free)

    def changed(self, before: FoundLock, counts_down: bool | None) -> tuple[str, bool]:
        """What shows that the lock was renewed after ``before``, and whether that is certain; empty where nothing
        does.
        """
        first = reading_of(before, self.evidence)
        second = reading_of(self.again, self.evidence) if self.again is not None else None
        if first is None or second is None:
            return "", False
        times = renewal_in_words(first, second)
        if renewal(first, second, counts_down=counts_down) is Renewal.RENEWED:
            return f"it was renewed after it was found: {times}", True
        shift = end_shift(first, second)
        if first.as_sent and first.seconds is None and not first.endless and second.seconds is not None:
            # A Second-0 can mean "over" as well as "never"; a time after it is another one in both cases.
            return f"it may have been renewed after it was found: {times}", False
        # A time that fell faster than the clock is another time, on a server that counts down and on one that does not.
        if shift is EndShift.EARLIER or (counts_down is None and shift is EndShift.LATER):
            return f"it may have been renewed after it was found: {times}", False
        return "", False


PAUSE = 3.1
"""Seconds between two readings after which a time that falls differs from one that stands."""

SAMPLES, ENOUGH = 6, 2
"""How often locks are looked at twice to see whether a server counts down, and how many must stand to say no."""


def seen_to_count_down(
    send: Send, planned: Iterable[Planned], evidence: Evidence, terms: Terms, sleep: Callable[[float], object]
) -> bool | None:
    """Whether a server that nobody knows shows the time that is left: some of the locks are looked at again after a
    moment. ``None`` where they do not tell.
    """
    told: list[bool | None] = []
    timed = [one for one in planned if _runs(one.found, evidence)]
    for one in islice(cycle(timed), SAMPLES if timed else 0):
        first, seen = reading_of(one.found, evidence), one.found.seen
        assert first is not None and seen is not None  # noqa: S101, PT018 -- as _runs says
        # Another moment each time, lest a holder that refreshes every few seconds is always met at the same one.
        sleep(max(0.0, seen.received + PAUSE - terms.now()) + (0.7 if told else 0.0))
        try:
            look = look_again(send, one.found, terms)
        except RemoteProtocolError:
            continue
        again = reading_of(look.again, look.evidence) if look.again is not None else None
        if again is not None:
            told.append(counted_down(first, again))
        # One that stands among those that run down was renewed at that moment.
        if True in told or told.count(False) == ENOUGH:
            break
    return True if True in told else False if told.count(False) >= ENOUGH else None


def _runs(found: FoundLock, evidence: Evidence) -> bool:
    reading = reading_of(found, evidence)
    return reading is not None and reading.seconds is not None


def release(
    send: Send, planned: Planned, terms: Terms, *, before_unlock: Callable[[Planned], None], resumed: bool = False
) -> Released:
    """Release one lock of a plan, unless it has ended, was renewed, is held back, or is not selected any more.

    ``before_unlock`` returns once it is on the disk that UNLOCK will be sent; whatever it raises is raised, and no
    UNLOCK is sent. ``resumed``: one was about to be sent before, by a run that was broken off.
    """
    found = planned.found

    def ends(look: Look, outcome: Outcome, why: str, evidence: Evidence | None = None) -> Released:
        report = look.case.report(evidence if evidence is not None else look.evidence)
        return Released(planned=planned, outcome=outcome, why=why, report=report)

    try:
        look = look_again(send, found, terms)
    except RemoteProtocolError as error:
        case = Case(send, found.root or found.url, profiles=terms.profiles)
        report = case.report(case.evidence(inquiry=True))
        return Released(planned=planned, outcome=Outcome.UNSURE, why=str(error), report=report)
    if look.trouble and look.ran_out(found):
        return ends(look, Outcome.ALREADY_GONE, "its time is over")
    if look.trouble:
        return ends(look, Outcome.UNSURE, f"it could not be read again: {look.trouble}")
    if look.again is None:
        if resumed:
            return ends(look, Outcome.RELEASED, "it is gone, after an UNLOCK that was about to be sent")
        what = "the resource is gone" if look.gone else "it is not there any more"
        taken = " (another lock is)" if look.evidence.covering else ""
        return ends(look, Outcome.ALREADY_GONE, what + taken)
    why, certain = _why_to_leave(look, found, terms)
    if why:
        return ends(look, Outcome.SKIPPED if certain else Outcome.UNSURE, why)
    token = found.lock.token
    assert token is not None  # noqa: S101 -- one without is never planned
    fields = unlock_fields(look.again.lock, look.evidence.server)
    try:
        IfHeader.untagged(token)  # before the journal says that UNLOCK is about to be sent
    except LocalProtocolError as error:
        return ends(look, Outcome.REFUSED, f"no UNLOCK can be sent for it: {error.what}")
    before_unlock(planned)
    ending = release_lock(
        look.case,
        token,
        fields=fields,
        before=look.evidence,
        why_not_again=lambda evidence: _why_not_again(look.case, evidence, found, terms),
    )
    return ends(look, ending.outcome, ending.why, ending.evidence)


def _why_to_leave(look: Look, found: FoundLock, terms: Terms) -> tuple[str, bool]:
    """Why a lock that was read again stays, and whether that is certain; empty where it goes."""
    assert look.again is not None  # noqa: S101 -- the caller saw it
    why, certain = look.changed(found, terms.counts_down)
    if why:
        return why, certain
    judged = terms.judge(look.again, look.evidence)
    if judged.met is not True:
        return f"it is not selected any more: {judged.why}", True
    return terms.held_back(look.again, look.evidence), True


def _why_not_again(case: Case, evidence: Evidence, found: FoundLock, terms: Terms) -> str:
    """Why a lock that outlived its UNLOCK, as ``evidence`` read it back just now, gets no second one.

    Its holder may have renewed it while the answer was on its way. Empty where a second UNLOCK may be sent.
    """
    token = found.lock.token.uri if found.lock.token is not None else ""
    there = next((entry for entry in evidence.covering if entry.token == token), None)
    if there is None:
        return ""
    received = terms.now()
    sent = received - (evidence.exchanges[there.exchange].elapsed_ms or 0.0) / 1000
    seen = Seen(sent=sent, received=received, at=evidence.answered_at(there.exchange))
    again = replace(found, lock=there.lock, seen=seen)
    look = Look(case=case, evidence=evidence, asked_at=sent, there=there, again=again)
    return _other_root(found, there, case.target) or _why_to_leave(look, found, terms)[0]
