"""Release locks that were found, one after the other, and none that is alive as far as anybody can see.

Before each UNLOCK the lock is read again: it must be the same one, still be selected, and not have been refreshed since
it was found. Afterwards it is read once more, since a 2xx alone proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice

from davlock.diagnosis.evidence import Evidence
from davlock.diagnosis.fact import Failed, Known
from davlock.diagnosis.life import ROUNDING, TELLING, Sight, renewed, runs_down
from davlock.diagnosis.resource import CoveringLock, OwnLock
from davlock.diagnosis.selection import Judgement
from davlock.diagnosis.wording import is_overdue, never_ends
from davlock.errors import LocalProtocolError, RemoteProtocolError
from davlock.operations import gather
from davlock.operations.case import Case, Report
from davlock.operations.locking import unlock_fields
from davlock.operations.results import Decision, FoundLock, Outcome, Planned, Seen
from davlock.protocol import requests
from davlock.protocol.message import Request
from davlock.protocol.requests import LOCK_PROPERTIES
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
    did not run down counts as a refresh.
    """
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
        return f"its lock root, {lock.root}, is not below {target}"
    if lock.root is None or lock.inside is None:
        return "where its lock root is cannot be told"
    return ""


def sight(found: FoundLock, evidence: Evidence) -> Sight | None:
    """When the lock was seen, and with how much time; ``None`` where that was not noted."""
    seen = found.seen
    timeout = found.lock.timeout
    if seen is None:
        return None
    seconds = timeout.seconds if timeout is not None and not never_ends(timeout, evidence) else None
    return Sight(seconds=seconds, sent=seen.sent, received=seen.received, over=is_overdue(timeout))


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
        if seen.response is not None and token.encode() in (seen.response.body or b""):
            lost = f"its lock root is answered {exchange.status}, and {found.url} shows it"
            return Look(case=case, evidence=evidence, asked_at=sent, there=None, again=None, astray=lost)
        case.exchanges.pop()
    again = None
    if there is not None:
        moment = evidence.answered_at(there.exchange)
        again = replace(found, lock=there.lock, seen=Seen(sent=sent, received=received, at=moment))
    return Look(case=case, evidence=evidence, asked_at=sent, there=there, again=again)


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
        one = sight(before, self.evidence)
        over = one is not None and one.seconds is not None and self.asked_at > one.received + one.seconds + ROUNDING
        return over and isinstance(self.evidence.locks, Failed)

    def changed(self, before: FoundLock, counts_down: bool | None) -> tuple[str, bool]:
        """What shows that the lock was refreshed since ``before``, and whether that is certain; empty where nothing
        does.
        """
        if self.again is None:
            return "", False
        one, other = sight(before, self.evidence), sight(self.again, self.evidence)
        if one is None or other is None or not renewed(one, other, shows=counts_down is not False):
            return "", False
        certain = counts_down is not None or renewed(one, other, shows=False)
        was = "was" if certain else "may have been"
        return f"it {was} refreshed since it was found: {_timeout(before)} then, {_timeout(self.again)} now", certain


FAULTS = frozenset({500, 502, 504})
"""Answers to UNLOCK that may be a fault of the moment. So may a success without effect be: where two write to Apache's
lock database at one time, the change of one is lost.
"""

SAMPLES, ENOUGH = 6, 2
"""How often locks are looked at twice to see whether a server counts down, and how many must stand to say no."""


def seen_to_count_down(
    send: Send, planned: Iterable[Planned], evidence: Evidence, terms: Terms, sleep: Callable[[float], None]
) -> bool | None:
    """Whether a server that nobody knows shows the time that is left: some of the locks are looked at again after a
    moment. ``None`` where they do not tell.
    """
    told: list[bool | None] = []
    timed = [one for one in planned if _runs(one.found, evidence)]
    for one in islice(cycle(timed), SAMPLES if timed else 0):
        first = sight(one.found, evidence)
        assert first is not None  # noqa: S101 -- as _runs says
        # Another moment each time, lest a holder that refreshes every few seconds is always met at the same one.
        sleep(max(0.0, first.received + TELLING + 0.1 - terms.now()) + (0.7 if told else 0.0))
        try:
            look = look_again(send, one.found, terms)
        except RemoteProtocolError:
            continue
        again = sight(look.again, look.evidence) if look.again is not None else None
        if again is not None:
            told.append(runs_down(first, again))
        # One that stands among those that run down was refreshed at that moment.
        if True in told or told.count(False) == ENOUGH:
            break
    return True if True in told else False if told.count(False) >= ENOUGH else None


def _runs(found: FoundLock, evidence: Evidence) -> bool:
    seen = sight(found, evidence)
    return seen is not None and seen.seconds is not None


def _timeout(found: FoundLock) -> str:
    return found.lock.timeout.as_sent if found.lock.timeout is not None else "no timeout"


def release(
    send: Send, planned: Planned, terms: Terms, *, before_unlock: Callable[[Planned], None], resumed: bool = False
) -> Released:
    """Release one lock of a plan, unless it is gone, alive, or not selected any more.

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
    why, certain = look.changed(found, terms.counts_down)
    if why:
        return ends(look, Outcome.SKIPPED if certain else Outcome.UNSURE, why)
    judged = terms.judge(look.again, look.evidence)
    if judged.met is not True:
        return ends(look, Outcome.SKIPPED, f"it is not selected any more: {judged.why}")
    try:
        request = _unlocking(look, found)
    except LocalProtocolError as error:
        return ends(look, Outcome.REFUSED, f"no UNLOCK can be sent for it: {error.what}")
    before_unlock(planned)
    return _unlock(look, found, request, ends)


def _unlocking(look: Look, found: FoundLock) -> Request:
    token = found.lock.token
    assert token is not None  # noqa: S101 -- one without is never planned
    fields = unlock_fields(look.again.lock if look.again else found.lock, look.evidence.server)
    return requests.unlock(look.case.target, token, fields=fields)


def _unlock(look: Look, found: FoundLock, request: Request, ends: Callable[..., Released]) -> Released:
    case, token = look.case, found.lock.token
    for again in (True, False):
        exchange = case.ask(request)
        subject = case.last
        well = exchange.response is not None and exchange.response.ok and exchange.status != 207
        fault = exchange.status is None or exchange.status in FAULTS
        if well or fault:
            case.propfind(case.target, LOCK_PROPERTIES)
            evidence = case.evidence(subject)
        else:
            evidence = gather.explain_refusal(case, subject)
        read = isinstance(evidence.locks, Known) and evidence.locks.exchange > subject
        there = read and any(entry.lock.token == token for entry in evidence.covering)
        if not again or not there or not (well or fault):
            break
    answer = f"UNLOCK was answered {exchange.status}" if exchange.status is not None else str(exchange.outcome)
    last = case.exchanges[-1]
    if there:
        if fault:
            return ends(look, Outcome.UNSURE, f"{answer}; the lock is still there", evidence)
        return ends(look, Outcome.REFUSED, f"{answer}, and the lock is still there", evidence)
    if read or (last.request.method == "PROPFIND" and last.status in (404, 410)):
        if well or exchange.status is None:
            return ends(look, Outcome.RELEASED, "it is gone, as read back", evidence)
        return ends(look, Outcome.ALREADY_GONE, f"{answer}, and the lock is gone", evidence)
    if well:
        return ends(look, Outcome.UNSURE, f"{answer}; the locks could not be read again", evidence)
    unsure = exchange.status is None or exchange.status >= 500
    return ends(look, Outcome.UNSURE if unsure else Outcome.REFUSED, answer, evidence)
