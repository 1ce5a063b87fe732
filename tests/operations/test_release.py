"""What becomes of a lock after UNLOCK: the outcome, and what it rests on, for each way that a server can answer."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from davlock.operations import release as releases
from davlock.operations import release_readings
from davlock.operations.probe import Probe
from davlock.operations.release import release, unlock
from davlock.operations.results import Achieved, ReleaseOutcome
from davlock.protocol.lock import LockToken
from davlock.protocol.message import Response
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from tests.cli.answers import TOKEN, active_lock, element
from tests.operations.fake import OFF, Answer, FakeSend, answer, listing, lost

URL = "http://dav.example/team/a.txt"
VOUCHED = "nephele/1.0.0"  # known by its name alone, and to show every lock

FREE = listing(element("/team/a.txt"))
VOUCHED_FREE = listing(element("/team/a.txt"), server=VOUCHED)
TAKEN = listing(element("/team/a.txt", locks=active_lock(root="/team/a.txt")))
TOKENLESS = listing(element("/team/a.txt", locks=active_lock(None, root="/team/a.txt")))
PAGE = answer(200, b"<html></html>", ("Content-Type", "text/html"))
HIDDEN = listing(element("/team/a.txt", status="404 Not Found"))

ANYTHING = (Profile(name="any", title="Any", recognise=lambda traits: True, unlock_answers_anything=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the server shows and answers, and what that says of the lock."""

    name: str
    before: Response
    unlock: Answer
    after: Answer
    outcome: ReleaseOutcome
    achieved: Achieved
    verified: bool = False
    still_there: bool = False
    profiles: tuple[Profile, ...] = PROFILES


YES, NO, UNKNOWN = Achieved.YES, Achieved.NO, Achieved.UNKNOWN
RELEASED, GONE = ReleaseOutcome.RELEASED, ReleaseOutcome.ALREADY_GONE
REFUSED, UNSURE = ReleaseOutcome.REFUSED, ReleaseOutcome.UNSURE
OK = answer(204)

CASES = (
    Case(name="gone", before=TAKEN, unlock=OK, after=FREE, outcome=RELEASED, achieved=YES, verified=True),
    Case(
        name="gone, answer lost", before=TAKEN, unlock=lost(), after=FREE, outcome=RELEASED, achieved=YES, verified=True
    ),
    Case(name="gone, a page", before=TAKEN, unlock=PAGE, after=FREE, outcome=RELEASED, achieved=YES, verified=True),
    Case(name="a page, and one is hidden", before=TAKEN, unlock=PAGE, after=TOKENLESS, outcome=REFUSED, achieved=NO),
    Case(name="gone, a fault", before=TAKEN, unlock=answer(500), after=FREE, outcome=GONE, achieved=YES, verified=True),
    Case(
        name="a success, and it stays",
        before=TAKEN,
        unlock=OK,
        after=TAKEN,
        outcome=UNSURE,
        achieved=NO,
        verified=True,
        still_there=True,
    ),
    Case(
        name="refused, and it stays",
        before=TAKEN,
        unlock=answer(403),
        after=TAKEN,
        outcome=REFUSED,
        achieved=NO,
        verified=True,
        still_there=True,
    ),
    Case(
        name="not there before",
        before=VOUCHED_FREE,
        unlock=OK,
        after=VOUCHED_FREE,
        outcome=GONE,
        achieved=YES,
        verified=True,
    ),
    Case(name="no such token", before=FREE, unlock=answer(409), after=FREE, outcome=GONE, achieved=YES, verified=True),
    Case(name="a success, not shown", before=HIDDEN, unlock=OK, after=HIDDEN, outcome=RELEASED, achieved=YES),
    Case(name="a fault, not shown", before=HIDDEN, unlock=answer(502), after=HIDDEN, outcome=UNSURE, achieved=UNKNOWN),
    Case(
        name="this token, not shown", before=HIDDEN, unlock=answer(409), after=HIDDEN, outcome=UNSURE, achieved=UNKNOWN
    ),
    Case(name="refused, not shown", before=HIDDEN, unlock=answer(403), after=HIDDEN, outcome=REFUSED, achieved=NO),
    Case(
        name="answers anything",
        before=HIDDEN,
        unlock=OK,
        after=HIDDEN,
        outcome=UNSURE,
        achieved=UNKNOWN,
        profiles=ANYTHING,
    ),
    Case(
        name="as many as before",
        before=TOKENLESS,
        unlock=OK,
        after=TOKENLESS,
        outcome=UNSURE,
        achieved=NO,
        still_there=True,
    ),
    Case(
        name="a page instead of a listing",
        before=TAKEN,
        unlock=OK,
        after=PAGE,
        outcome=UNSURE,
        achieved=UNKNOWN,
    ),
)


def released(case: Case) -> releases.Release:
    send = FakeSend({"PROPFIND": [case.before, case.after], "UNLOCK": [case.unlock], "OPTIONS": [answer(200)]})
    return release(Probe(send, URL, profiles=case.profiles), LockToken(TOKEN), tries=1)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcome(case: Case) -> None:
    ending = released(case)
    assert (ending.outcome, ending.achieved) == (case.outcome, case.achieved)
    assert (ending.verified, ending.still_there) == (case.verified, case.still_there)
    assert ending.why


def test_a_plain_success_says_what_all_evidence_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plain: list[str] = []
    original = release_readings.is_plainly_gone

    def noting(*given: Any) -> bool:
        gone = original(*given)
        plain.extend([case.name] if gone else [])
        return gone

    for case in CASES:
        monkeypatch.setattr(releases, "is_plainly_gone", noting)
        ending = released(case)
        monkeypatch.setattr(releases, "is_plainly_gone", lambda *given: False)
        thorough = released(case)
        assert replace(ending, evidence_of=thorough.evidence_of) == thorough, case.name
        assert ending.evidence == thorough.evidence, case.name
    assert plain == ["gone"]


@pytest.mark.parametrize(("unlock", "tries"), [(lost(), 2), (answer(500), 2), (OK, 2), (answer(403), 1)])
def test_only_what_may_pass_is_tried_again(unlock: Answer, tries: int) -> None:
    send = FakeSend({"PROPFIND": [TAKEN], "UNLOCK": [unlock], "OPTIONS": [answer(200)]})
    ending = release(Probe(send, URL), LockToken(TOKEN))
    assert send.methods.count("UNLOCK") == tries
    assert ending.why.endswith(" after 2 UNLOCKs") == (tries == 2)


def test_without_reading_back_the_answer_is_all_there_is() -> None:
    send = FakeSend({"PROPFIND": [TAKEN, FREE], "UNLOCK": [OK]})
    ending = release(Probe(send, URL), LockToken(TOKEN), read_back=False)
    assert send.methods == ["PROPFIND", "UNLOCK"]
    assert (ending.outcome, ending.verified) == (RELEASED, False)


def test_a_success_is_remembered_over_a_fault() -> None:
    """The first of three UNLOCKs may have worked: that the last is refused says nothing against it."""
    unlocks: list[Answer] = [OK, answer(500), answer(403)]
    send = FakeSend({"PROPFIND": [TAKEN, TAKEN, TAKEN, HIDDEN], "UNLOCK": unlocks, "OPTIONS": [answer(200)]})
    ending = release(Probe(send, URL), LockToken(TOKEN), tries=3)
    assert ending.outcome is UNSURE
    assert "then the server answered 403 to UNLOCK" in ending.why


@pytest.mark.parametrize(("after", "why"), [(answer(503), "answered 503"), (lost(), "got no answer")])
def test_why_a_release_is_not_verified(after: Answer, why: str) -> None:
    """What became of the last look counts, not what else was asked."""
    send = FakeSend({"PROPFIND": [TAKEN, after], "UNLOCK": [OK], "OPTIONS": [answer(200)]})
    report = unlock(send, URL, LockToken(TOKEN), typed=True, ledger=OFF)
    assert why in str(report.skipped)
