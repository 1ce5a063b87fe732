"""docs/compatibility.md says only what was observed: which words lead to which cell, and the records that are kept."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from compatibility.exchanges import PROOFS
from compatibility.products import CANDIDATES
from compatibility.questions import (
    AVOID,
    EXPERIMENTS,
    NO,
    NO_LOCKS,
    QUESTIONS,
    UNKNOWN,
    YES,
    Question,
    observed,
    to_avoid,
)
from davlock.checks.registry import CHECKS
from davlock.checks.results import Level
from davlock.servers import PROFILES
from davlock.servers.profile import Profile
from man import compatibility

BY_KEY = {question.key: question for question in QUESTIONS}
IDS = {check.about.id for check in CHECKS}
LOCKING = {"lock": True, "lock-protects": True, "lock-excludes": True}
DEEP = {**LOCKING, "depth-infinity": True, "deep-protects-members": True, "deep-keeps-out-new": False}
BY_NAME = {candidate.name: candidate for candidate in CANDIDATES}
RECORDS = compatibility.load()


def record(**checks: str) -> dict[str, Any]:
    """A record of a run in which these checks had these outcomes, and nothing else was tried."""
    facts = ("owner_shown", "locked", "second_lock_granted", "foreign_write", "second_shared_granted", "ends_later")
    outcomes = {name.replace("_", "-"): [outcome, ""] for name, outcome in checks.items()}
    return {
        "checks": outcomes,
        "facts": dict.fromkeys(facts),
        "login": "basic",
        "restart": "not known",
        "broken": "not known",
    }


def test_every_name_is_a_check_or_an_experiment() -> None:
    """A check that was renamed would silently turn a column into “not known”."""
    names = {name for question in QUESTIONS for name in question.evidence}
    assert names <= IDS | set(EXPERIMENTS)
    assert {name for name, _, _ in AVOID} <= IDS
    assert not IDS & set(EXPERIMENTS)


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.key for question in QUESTIONS])
def test_a_yes_needs_all_that_it_rests_on(question: Question) -> None:
    """Without one of the observations, whether missing or skipped, the word is another one."""
    for answer in question.answers:
        complete = {**dict.fromkeys(answer.seen, True), **dict.fromkeys(answer.missed, False)}
        assert complete, f"{answer.word} rests on nothing"
        assert question.word(complete) == answer.word
        for name in (*answer.seen, *answer.missed):
            without = {key: value for key, value in complete.items() if key != name}
            assert question.word(without) != YES, name
    assert question.word({}) == UNKNOWN


def test_skipped_and_undecided_checks_are_no_observations() -> None:
    """A warning is one: the effect is right."""
    run = record(lock="pass", lock_protects="warn", lock_excludes="skip", refresh="unknown", token_in_if="fail")
    seen = observed(run, breaks_one=True)
    assert seen == {
        "lock": True,
        "lock-protects": True,
        "token-in-if": False,
        "no-logins": False,
        "breaks-one": True,
    }
    assert BY_KEY["apart"].word(seen) == UNKNOWN
    assert BY_KEY["renew"].word(seen) == UNKNOWN
    assert BY_KEY["save"].word(seen) == NO


@pytest.mark.parametrize(
    ("key", "seen", "word"),
    [
        ("apart", LOCKING, YES),
        ("apart", {"lock": False}, NO),
        ("apart", {"lock-granted": False}, NO),
        ("apart", {"lock": True, "lock-protects": False}, NO),
        (
            "apart",
            {"lock-protects": False, "second-lock-refused": True, "foreign-put-refused": True},
            "only different users",
        ),
        ("holder", {"lock": True, "lock-protects": False}, NO_LOCKS),
        ("holder", {**LOCKING, "lock-discovered": False}, NO),
        ("conditions", {"lock": False}, UNKNOWN),
        ("conditions", {"if-match-wrong": True, "if-none-match-star": False}, "only If-Match"),
        ("restart", {"lock": True, "lock-protects": False, "foreign-put-refused": False}, NO_LOCKS),
        ("break", {**LOCKING, "broken": True, "breaks-one": False}, "only all at once"),
        ("break", {**LOCKING, "broken": False, "breaks-one": True}, NO),
        ("ends", {**LOCKING, "timeout-ends": False, "ends-later": True}, "only later"),
        (
            "folder",
            {**DEEP, "new-file-kept-out": True, "new-folder-kept-out": False},
            "yes, but others can add folders",
        ),
        ("folder", {**DEEP, "new-file-kept-out": False, "new-folder-kept-out": False}, "only those it has"),
        ("folder", DEEP, UNKNOWN),
        ("other", {**LOCKING, "other-unlocks": True}, NO),
        ("other", {**LOCKING, "other-unlocks": False}, YES),
    ],
)
def test_words(key: str, seen: dict[str, bool], word: str) -> None:
    assert BY_KEY[key].word(seen) == word


def test_what_a_client_must_avoid_comes_from_failures() -> None:
    run = record(if_match_wrong="fail", unlock_wrong_token="warn", refresh="skip", lock="pass")
    assert [name for name, _ in to_avoid(run)] == ["if-match-wrong", "unlock-wrong-token"]


def test_there_are_records_of_enough_products() -> None:
    assert len(RECORDS) >= 15
    assert set(RECORDS) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_the_words_agree_with_what_two_plain_clients_saw(name: str) -> None:
    """davlock's own checks and the clients beside it are two witnesses."""
    kept, facts = RECORDS[name], RECORDS[name]["facts"]
    seen = observed(kept, breaks_one=BY_NAME[name].breaks.one)
    words = {question.key: question.word(seen) for question in QUESTIONS}
    expected = {
        "apart": (YES, "only different users") if facts["foreign_write"] is False else (NO, UNKNOWN),
        "conditions": (NO, "only If-None-Match") if facts["condition_ignored"] else (YES, "only If-Match", UNKNOWN),
        "save": (YES,) if facts["holder_write"] and words["apart"] == YES else (YES, NO, NO_LOCKS, UNKNOWN),
        "restart": {"kept": (YES,), "gone": (NO,)}.get(kept["restart"], (NO_LOCKS, UNKNOWN)),
    }
    if facts["foreign_unlock"] is not None and kept["login"] != "none" and words["other"] != UNKNOWN:
        expected["other"] = (YES,) if facts["foreign_unlock"] else (NO,)
    if facts.get("new_file_made"):
        expected["folder"] = (NO, "only those it has", NO_LOCKS)
    elif facts.get("new_folder_made"):
        expected["folder"] = ("yes, but others can add folders",)
    if facts.get("deleted_from_above") is not None:
        expected["above"] = (NO, NO_LOCKS) if facts["deleted_from_above"] else (YES,)
    if words["holder"] in (YES, "only a plain name"):
        assert facts["owner_shown"] is True
    assert {key: words[key] for key, allowed in expected.items() if words[key] not in allowed} == {}


def test_each_doubted_word_is_proved() -> None:
    assert set(compatibility.SHOWN) <= set(BY_KEY)
    assert {step for steps in compatibility.SHOWN.values() for step in steps} <= set(PROOFS)
    for name, key in compatibility.DOUBTED:
        assert set(compatibility.SHOWN[key]) & set(RECORDS[name]["exchanges"]), name


OF_THE_PAGE = re.findall(
    r"(?m)^\| \[[^]]+\]\(compatibility/([\w-]+)\.md\)[^|]* \| (\d+) \|",
    (compatibility.RECORDS.parent / "check.md").read_text(),
)


def test_the_page_about_check_counts_as_the_records_do() -> None:
    levels = {check.about.id: check.about.level for check in CHECKS}
    counted = {
        name: sum(
            outcome == "fail" and levels[id_] is Level.MUST for id_, (outcome, _) in RECORDS[name]["checks"].items()
        )
        for name, _ in OF_THE_PAGE
    }
    assert len(OF_THE_PAGE) >= 15
    assert {name: int(number) for name, number in OF_THE_PAGE} == counted


MEASURED: tuple[tuple[str, Callable[[Profile], bool | None]], ...] = (
    ("delete-over-locked", lambda profile: _opposite(profile.removes_locked_members)),
    ("if-match-wrong", lambda profile: profile.honours_if_match),
    ("other-unlocks", lambda profile: _opposite(profile.foreign_token_works)),
    ("timeout-counts-down", lambda profile: profile.counts_down),
    ("shared-one-of-two", lambda profile: profile.shared_token_suffices),
    ("deep-shown", lambda profile: profile.shows_inherited),
    ("refresh-tagged", lambda profile: profile.takes_tagged_refresh),
)
"""A check, and what a profile says of the same: true if it passes; None if nobody measured it."""


def _opposite(value: bool | None) -> bool | None:
    return None if value is None else not value


def test_the_profiles_say_what_the_checks_saw() -> None:
    profiles = {profile.name: profile for profile in PROFILES}
    compared, wrong = 0, []
    for name, kept in RECORDS.items():
        if (profile := profiles.get(kept["recognised"])) is None:
            continue
        seen = observed(kept, breaks_one=False)
        for check, claim in MEASURED:
            if check in seen and (said := claim(profile)) is not None:
                compared += 1
                wrong += [f"{name}: {check}"] if said is not seen[check] else []
    assert wrong == []
    assert compared > 60
