"""From checks to words: what a user asks about locks, and which checks and experiments answer it.

An answer rests only on what was observed. A check that was skipped or undecided is neither a yes nor a no. Its cell
says “not known”, or “no locks” where locks protect nothing at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

YES, NO, UNKNOWN, NO_LOCKS = "yes", "no", "not known", "no locks"

Observed = Mapping[str, bool]
"""Check ids and names of experiments to what was seen. What nobody saw is not there."""

_OUTCOMES = {"pass": True, "warn": True, "fail": False}

GROUND = "apart"
"""The first question. If its answer is no, the others about locks have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A word, and what must have been observed for it. ``seen`` must be true, ``missed`` must be false."""

    word: str
    seen: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    def holds(self, observed: Observed) -> bool:
        """Whether everything that this word rests on was observed."""
        return all(observed.get(name) is True for name in self.seen) and all(
            observed.get(name) is False for name in self.missed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A column. The first answer that holds is the word in the cell."""

    key: str
    title: str
    meaning: str
    answers: tuple[Answer, ...]
    about_locks: bool = True

    @property
    def evidence(self) -> tuple[str, ...]:
        """Every check and experiment that the words rest on."""
        return tuple(dict.fromkeys(name for answer in self.answers for name in (*answer.seen, *answer.missed)))

    def answer(self, observed: Observed) -> Answer | None:
        """The answer that holds; ``None`` if nothing was observed that decides it."""
        return next((answer for answer in self.answers if answer.holds(observed)), None)

    def word(self, observed: Observed) -> str:
        """What stands in the cell."""
        if (answer := self.answer(observed)) is not None:
            return answer.word
        ground = next(question for question in QUESTIONS if question.key == GROUND)
        if self.about_locks and self is not ground and ground.word(observed) == NO:
            return NO_LOCKS
        return UNKNOWN


def _no(*missed: str) -> tuple[Answer, ...]:
    """One of these failed: no."""
    return tuple(Answer(word=NO, missed=(name,)) for name in missed)


QUESTIONS = (
    Question(
        key="apart",
        title="two editors are kept apart",
        meaning="A second client gets no lock, and cannot write without the token.",
        answers=(
            Answer(word=YES, seen=("lock", "lock-protects", "lock-excludes")),
            Answer(
                word="only different users",
                seen=("second-lock-refused", "foreign-put-refused"),
                missed=("lock-protects",),
            ),
            *_no("lock", "lock-protects", "lock-excludes", "lock-granted"),
        ),
    ),
    Question(
        key="save",
        title="the holder can save",
        meaning="PUT with the token in If is accepted.",
        answers=(Answer(word=YES, seen=("token-in-if",)), *_no("token-in-if")),
    ),
    Question(
        key="verbs",
        title="DELETE, MOVE and COPY are stopped, too",
        meaning="A locked file cannot be deleted, moved away or overwritten by MOVE and COPY.",
        answers=(
            Answer(word=YES, seen=("delete-locked", "move-locked", "move-onto-locked", "copy-onto-locked")),
            Answer(word=NO, missed=("delete-locked", "move-locked", "move-onto-locked", "copy-onto-locked")),
            Answer(word="only COPY", seen=("copy-onto-locked",), missed=("delete-locked", "move-locked")),
            Answer(word="not DELETE", missed=("delete-locked",)),
            Answer(word="not MOVE away", missed=("move-locked",)),
            Answer(word="not MOVE onto it", missed=("move-onto-locked",)),
            Answer(word="not COPY onto it", missed=("copy-onto-locked",)),
        ),
    ),
    Question(
        key="above",
        title="deleting a folder spares locked files",
        meaning="DELETE of a folder leaves a locked file in it alone.",
        answers=(Answer(word=YES, seen=("delete-over-locked",)), *_no("delete-over-locked")),
    ),
    Question(
        key="folder",
        title="a locked folder protects its files",
        meaning="LOCK with Depth: infinity protects the files in a folder, and keeps out new ones.",
        answers=(
            Answer(word=YES, seen=("depth-infinity", "deep-protects-members", "deep-keeps-out-new")),
            Answer(
                word="yes, but others can add folders",
                seen=("depth-infinity", "deep-protects-members", "new-file-kept-out"),
                missed=("deep-keeps-out-new", "new-folder-kept-out"),
            ),
            Answer(
                word="only those it has",
                seen=("depth-infinity", "deep-protects-members"),
                missed=("deep-keeps-out-new", "new-file-kept-out"),
            ),
            *_no("depth-infinity", "deep-protects-members"),
        ),
    ),
    Question(
        key="new",
        title="a new name can be locked",
        meaning="LOCK of a name that does not exist reserves it.",
        answers=(
            Answer(word=YES, seen=("unmapped-lock", "unmapped-protects")),
            Answer(word="only in name", seen=("unmapped-lock",), missed=("unmapped-protects",)),
            *_no("unmapped-lock"),
        ),
    ),
    Question(
        key="conditions",
        title="If-Match and If-None-Match are looked at",
        meaning="PUT with a wrong If-Match, or with If-None-Match: * onto a file, is refused.",
        about_locks=False,
        answers=(
            Answer(word=YES, seen=("if-match-wrong", "if-none-match-star")),
            Answer(word="only If-Match", seen=("if-match-wrong",), missed=("if-none-match-star",)),
            Answer(word="only If-None-Match", seen=("if-none-match-star",), missed=("if-match-wrong",)),
            Answer(word=NO, missed=("if-match-wrong", "if-none-match-star")),
        ),
    ),
    Question(
        key="holder",
        title="the holder can be seen",
        meaning="lockdiscovery shows the lock, and the name that its client wrote.",
        answers=(
            Answer(word=YES, seen=("lock-discovered", "owner-kept")),
            Answer(word="only a plain name", seen=("lock-discovered", "owner-shown")),
            Answer(word="only that it is locked", seen=("lock-discovered",), missed=("owner-kept",)),
            *_no("lock-discovered"),
        ),
    ),
    Question(
        key="left",
        title="the time left can be seen",
        meaning="The timeout that the server shows counts down.",
        answers=(
            Answer(word=YES, seen=("lock-discovered", "timeout-told", "timeout-counts-down")),
            Answer(
                word="only a fixed or wrong time",
                seen=("lock-discovered", "timeout-told"),
                missed=("timeout-counts-down",),
            ),
            *_no("lock-discovered", "timeout-told"),
        ),
    ),
    Question(
        key="ends",
        title="a lock ends by itself",
        meaning="A lock of two seconds is gone after them.",
        answers=(
            Answer(word=YES, seen=("timeout-ends",)),
            Answer(word="only later", seen=("ends-later",), missed=("timeout-ends",)),
            Answer(word=NO, missed=("timeout-ends", "ends-later")),
        ),
    ),
    Question(
        key="renew",
        title="the holder can renew it",
        meaning="LOCK with the token and no body renews the lock, and the token still releases it.",
        answers=(
            Answer(word=YES, seen=("refresh", "refresh-still-unlocks")),
            *_no("refresh", "refresh-still-unlocks"),
        ),
    ),
    Question(
        key="shared",
        title="shared locks",
        meaning="Two users can hold a shared lock of one file, and it keeps out others.",
        answers=(
            Answer(word=YES, seen=("shared-lock", "shared-twice", "shared-protects")),
            Answer(word="only one at a time", seen=("shared-lock",), missed=("shared-twice",)),
            *_no("shared-lock", "shared-protects", "second-shared-granted"),
        ),
    ),
    Question(
        key="other",
        title="another user with the token can release it",
        meaning="A second login sends UNLOCK with the token of the first.",
        answers=(
            Answer(word=NO, seen=("other-unlocks",)),
            Answer(word=YES, missed=("other-unlocks",)),
            Answer(word="all are one user", seen=("no-logins", "lock", "lock-protects")),
        ),
    ),
    Question(
        key="restart",
        title="a lock outlasts a restart",
        meaning="The server is ended and started again, and still refuses the second client.",
        answers=(
            Answer(word=YES, seen=("kept-over-restart",)),
            *_no("kept-over-restart"),
        ),
    ),
    Question(
        key="break",
        title="an administrator can break it",
        meaning="The commands on the page of the product were run, and the second client could write.",
        answers=(
            Answer(word=YES, seen=("broken", "breaks-one")),
            Answer(word="only all at once", seen=("broken",), missed=("breaks-one",)),
            *_no("broken"),
        ),
    ),
)

EXPERIMENTS = {
    "lock-granted": ("a plain LOCK was granted", "a plain LOCK was refused"),
    "owner-shown": ("the name Alice Miller was shown", "the name Alice Miller was not shown"),
    "second-lock-refused": ("the second user got no lock", "the second user got a lock, too"),
    "foreign-put-refused": ("the second user could not write", "the second user could write"),
    "new-file-kept-out": (
        "the second user could not write a new file into a locked folder",
        "the second user could write a new file into a locked folder",
    ),
    "new-folder-kept-out": (
        "the second user could not make a new folder in a locked folder",
        "the second user could make a new folder in a locked folder",
    ),
    "second-shared-granted": ("two users got a shared lock of one file", "two users got no shared lock of one file"),
    "ends-later": ("the lock was gone within 90 seconds", "the lock was there after 90 seconds"),
    "no-logins": ("the server ran without logins", "the server ran with two logins"),
    "kept-over-restart": ("the lock was there after a restart", "the lock was gone after a restart"),
    "broken": ("the administrator's commands ended the lock", "the administrator's commands did not end the lock"),
    "breaks-one": ("they end one lock", "they end all locks"),
}
"""What no check says, and `make compatibility` tries by itself: the words if it is true, and if it is not."""


AVOID = (
    ("lock", ("fail",), "Locks. The server grants none."),
    ("lock-protects", ("fail",), "Trust in a granted lock. LOCK succeeds here, and others can still write."),
    ("if-match-wrong", ("fail",), "Trust in `If-Match`. The server writes although the condition is false."),
    ("if-none-match-star", ("fail",), "Trust in `If-None-Match: *`. The server overwrites the file."),
    ("if-evaluated", ("fail",), "Entity tags in `If`. The server does not look at them."),
    ("if-match-right", ("fail",), "`If-Match` at all: the server refuses also the right entity tag."),
    ("lock-discovered", ("fail",), "Trust in an empty lockdiscovery. The server does not show its locks."),
    ("delete-over-locked", ("fail",), "DELETE of a folder, if somebody may hold a lock in it. The file goes, too."),
    ("refresh", ("fail",), "Renewal. Take locks that are long enough, or a new lock each time."),
    ("refresh-without-timeout", ("fail", "warn"), "A renewal without `Timeout`. The lock can become endless."),
    ("unlock-wrong-token", ("warn", "fail"), "Trust in the answer to UNLOCK. Read lockdiscovery afterwards."),
    (
        "refresh-unlocked",
        ("fail",),
        "Trust in a renewal: the server renews locks that are gone. Read lockdiscovery afterwards.",
    ),
    ("depth-0", ("fail",), "Locks on a folder with `Depth: 0`: they also lock the files in it."),
    (
        "unmapped-lock",
        ("fail",),
        "LOCK of a new name. Write an empty file first, with `If-None-Match: *` if the server looks at it.",
    ),
    ("name-slash", ("fail",), "Two spellings of a folder. Send its URL with the final slash, always."),
    ("shared-lock", ("skip", "fail"), "Shared locks."),
    ("timeout-header", ("fail",), "Trust in the timeout that you asked for. Read the one that was granted."),
    ("lockroot", ("fail",), "Trust in lockroot: it is not there, or it names something else."),
    ("owner-kept", ("fail",), "Trust in `owner`: the server drops or damages what you write there."),
    ("other-writes-with-token", ("fail",), "Tokens in logs: everybody who has one can write."),
    ("scratch", ("fail",), "Files. The server did not let davlock create a folder with files."),
    ("put", ("fail",), "Files. The server did not let davlock write one."),
)
"""A check, the outcomes that count, and what a client must avoid then."""


def observed(record: Mapping[str, Any], *, breaks_one: bool) -> dict[str, bool]:
    """What a record says, by the names that answers use."""
    seen = {name: _OUTCOMES[outcome] for name, (outcome, _) in record["checks"].items() if outcome in _OUTCOMES}
    facts = record["facts"]
    experiments = {
        "lock-granted": facts["locked"],
        "owner-shown": facts["owner_shown"],
        "second-lock-refused": _opposite(facts["second_lock_granted"]),
        "foreign-put-refused": _opposite(facts["foreign_write"]),
        "new-file-kept-out": _opposite(facts.get("new_file_made")),
        "new-folder-kept-out": _opposite(facts.get("new_folder_made")),
        "second-shared-granted": facts["second_shared_granted"],
        "ends-later": facts["ends_later"],
        "no-logins": record["login"] == "none",
        "kept-over-restart": {"kept": True, "gone": False}.get(record["restart"]),
        "broken": {"gone": True, "kept": False}.get(record["broken"]),
        "breaks-one": breaks_one,
    }
    return seen | {name: value for name, value in experiments.items() if value is not None}


def to_avoid(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Check ids, and what a client must avoid because of them."""
    checks = record["checks"]
    return [(name, words) for name, outcomes, words in AVOID if name in checks and checks[name][0] in outcomes]


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value
