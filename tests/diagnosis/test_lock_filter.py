"""Which locks a person means, and in which words a lock is kept out."""

import re
from dataclasses import dataclass

import pytest

from davlock.diagnosis.age import Age, AgeSource
from davlock.diagnosis.finding import Certainty
from davlock.diagnosis.lock_filter import Selection
from davlock.protocol.lock import ActiveLock, Depth, LockScope, LockToken, LockType, Owner, Timeout

ROOT = "http://dav.example/f/a/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A candidate."""

    url: str = ROOT
    owner: str | None = "alice"
    scope: LockScope | None = LockScope.EXCLUSIVE
    seconds: float | None = 540.0
    timed: bool = True
    root: str | None = ROOT
    mine: bool | None = None
    endless: bool = False
    age: Age | None = None
    shows_token: bool = True

    @property
    def lock(self) -> ActiveLock:
        """As the server showed it."""
        return ActiveLock(
            scope=self.scope,
            type=LockType.WRITE,
            depth=Depth.ZERO,
            owner=Owner(self.owner, self.owner) if self.owner is not None else None,
            timeout=Timeout(self.seconds, f"Second-{self.seconds}") if self.timed else None,
            token=LockToken("urn:uuid:1") if self.shows_token else None,
            root=None,
        )


def aged(seconds: int, source: AgeSource) -> Age:
    return Age(seconds, source, Certainty.LIKELY, idle=seconds if source is AgeSource.COUNTDOWN else None)


CASES: list[tuple[str, Selection, Lock, bool | None, str]] = [
    ("nothing was asked", Selection(), Lock(), True, ""),
    ("owner", Selection(owner=re.compile("^ali")), Lock(), True, "the holder matches"),
    ("another owner", Selection(owner=re.compile("bob")), Lock(), False, "the holder is “alice”"),
    ("owner not shown", Selection(owner=re.compile("bob")), Lock(owner=None), None, "not shown"),
    ("any owner", Selection(owner=re.compile("")), Lock(owner=None), True, "empty"),
    ("scope", Selection(scope=LockScope.EXCLUSIVE), Lock(), True, "exclusive"),
    ("another scope", Selection(scope=LockScope.SHARED), Lock(), False, "exclusive"),
    ("no scope", Selection(scope=LockScope.SHARED), Lock(scope=None), None, "not shown"),
    ("endless", Selection(infinite=True), Lock(endless=True), True, "never expires"),
    ("not endless", Selection(infinite=True), Lock(), False, "expires in 9 min"),
    ("no timeout", Selection(infinite=True), Lock(timed=False), None, "not shown"),
    ("within", Selection(expires_within=600), Lock(), True, "9 min"),
    ("not within", Selection(expires_within=60), Lock(), False, "9 min"),
    ("endless is not within", Selection(expires_within=60), Lock(endless=True), False, "never"),
    ("after", Selection(expires_after=60), Lock(), True, "9 min"),
    ("not after", Selection(expires_after=600), Lock(), False, "9 min"),
    ("endless is after", Selection(expires_after=600), Lock(endless=True), True, "never"),
    ("time left unknown", Selection(expires_after=600), Lock(timed=False), None, "not shown"),
    ("mine", Selection(mine=True), Lock(mine=True), True, "you hold"),
    ("not mine", Selection(mine=True), Lock(mine=False), False, "not yours"),
    ("nobody's that is known", Selection(mine=True), Lock(), False, "you do not hold"),
    ("perhaps mine", Selection(mine=True), Lock(shows_token=False), None, "not shown"),
    ("under", Selection(under="http://dav.example/f"), Lock(), True, ROOT),
    ("under it itself", Selection(under="http://dav.example/f/a"), Lock(), True, ROOT),
    ("behind a proxy", Selection(under="https://inside/f/"), Lock(), True, ROOT),
    ("beside", Selection(under="http://dav.example/f/b"), Lock(), False, ROOT),
    ("above", Selection(under="http://dav.example/f/a/x"), Lock(), False, ROOT),
    ("a name that begins alike", Selection(under="http://dav.example/f/a%20b"), Lock(), False, ROOT),
    ("no root", Selection(under="http://dav.example/f"), Lock(root=None), None, "not known"),
    ("old", Selection(older_than=60), Lock(age=aged(61, AgeSource.COUNTDOWN)), True, "renewed 61 s ago"),
    ("young", Selection(older_than=60), Lock(age=aged(60, AgeSource.COUNTDOWN)), False, "renewed 60 s ago"),
    (
        "taken long ago",
        Selection(older_than=60),
        Lock(age=aged(9000, AgeSource.UUID1)),
        None,
        "perhaps renewed",
    ),
    ("taken just now", Selection(older_than=60), Lock(age=aged(9, AgeSource.LOCK_TIME)), False, "taken 9 s ago"),
    ("age unknown", Selection(older_than=60), Lock(), None, "not known"),
]


@pytest.mark.parametrize(("what", "selection", "lock", "met", "words"), CASES, ids=[case[0] for case in CASES])
def test_one_criterion(what: str, selection: Selection, lock: Lock, met: bool | None, words: str) -> None:
    judged = selection.judge(lock)
    assert judged.met is met
    assert words in judged.why
    assert len(selection.judgements(lock)) == (0 if selection.empty else 1)


def test_what_is_not_met_decides_before_what_cannot_be_told() -> None:
    both = Selection(infinite=False, scope=LockScope.SHARED, older_than=5)
    assert both.judge(Lock()).met is False
    assert both.judge(Lock()).why == "exclusive"
    assert both.judge(Lock(scope=LockScope.SHARED, mine=True)).met is None


def test_what_is_chosen_and_what_nobody_can_tell() -> None:
    unknown = aged(60, AgeSource.LEDGER)
    locks = [Lock(age=aged(9, AgeSource.COUNTDOWN)), Lock(), Lock(age=unknown), Lock(scope=LockScope.SHARED), Lock()]
    chosen = Selection(scope=LockScope.EXCLUSIVE, older_than=5).choose(locks)
    assert chosen.locks == (locks[0],)
    assert (chosen.left_out, chosen.unknown, chosen.why_unknown) == (1, 3, "its last renewal is not known")


def test_all_reasons_are_given() -> None:
    judged = Selection(infinite=True, mine=True).judge(Lock(endless=True, mine=True))
    assert (judged.met, judged.why) == (True, "never expires; you hold its token")


def test_an_owner_of_many_words_is_cut() -> None:
    judged = Selection(owner=re.compile("x")).judge(Lock(owner="a\nb" * 500))
    assert len(judged.why) < 90
    assert "\n" not in judged.why


def test_the_run_id_that_davlock_adds_to_an_owner_is_no_part_of_what_was_typed() -> None:
    typed = Selection(owner=re.compile("^me$"))
    assert typed.judge(Lock(owner="me (davlock 0123456789abcdef)")).met is True
    assert typed.judge(Lock(owner="me (davlock 0123456789abcde)")).met is False
    assert Selection(owner=re.compile("davlock$")).judge(Lock(owner="a@b, davlock 0123456789abcdef")).met is True
    assert Selection(owner=re.compile("0123456789abcdef")).judge(Lock(owner="davlock 0123456789abcdef")).met is True


def test_a_lock_of_ours_is_as_old_as_our_last_refresh() -> None:
    ours = Age(9000, AgeSource.LEDGER, Certainty.CERTAIN, idle=100)
    assert Selection(older_than=60).judge(Lock(age=ours)).met is True
    assert Selection(older_than=600).judge(Lock(age=ours)).met is False
