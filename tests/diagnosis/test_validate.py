"""What somebody else's code made is looked at part by part before it is shown."""

from dataclasses import replace
from typing import Any

import pytest

from davlock.diagnosis.finding import (
    AFTER_CHANGE,
    Alternative,
    Certainty,
    Quote,
    Remedy,
    Retry,
    RetryVerdict,
    Risk,
    Who,
    after_wait,
)
from davlock.diagnosis.rule import Match
from davlock.diagnosis.rules.registry import RULES
from davlock.diagnosis.validate import checked
from davlock.servers import PROFILES
from davlock.servers.profile import Profile

QUOTE = Quote("status", "423")
ODD: dict[str, Any] = {"text": 423}
MATCH = Match(
    certainty=Certainty.LIKELY,
    headline="h",
    explanation="e",
    retry=after_wait(1.5),
    evidence=(Quote("status", "423", 0), QUOTE),
    remedies=(Remedy(Who.YOU, "ask"), Remedy(Who.YOU, "look", ("davlock", "locks"), Risk.SAFE)),
    facts=(("a", 1), ("b", 1.5), ("c", True), ("d", None), ("e", "x"), ("f", ("x", "y"))),
    alternatives=(Alternative("other", "a look"),),
)


def test_what_is_right_comes_back_as_it_is() -> None:
    assert checked(MATCH, Match, "match") is MATCH
    bare = replace(MATCH, retry=AFTER_CHANGE, evidence=(), remedies=(), facts=(), alternatives=())
    assert checked(bare, Match, "match") is bare


def test_all_of_davlocks_own_are_right() -> None:
    for rule in RULES:
        assert checked(rule, type(rule), "rule") is rule
    for profile in PROFILES:
        assert checked(profile, Profile, "profile") is profile


def remedy(**more: Any) -> dict[str, Any]:
    return {"remedies": (replace(Remedy(Who.YOU, "ask"), **more),)}


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"certainty": 2}, "match.certainty is 2 and not Certainty"),
    ({"headline": None}, "match.headline is None and not str"),
    ({"explanation": b"e"}, "match.explanation is of type bytes and not str"),
    ({"retry": RetryVerdict.NEVER}, "match.retry is of type RetryVerdict and not Retry"),
    ({"retry": Retry(RetryVerdict.AFTER_WAIT, float("nan"))}, "match.retry.after_seconds is nan and not float | None"),
    ({"retry": Retry(RetryVerdict.AFTER_WAIT, True)}, "match.retry.after_seconds is True and not float | None"),
    ({"evidence": [QUOTE]}, "match.evidence is of type list and not tuple["),
    ({"evidence": ("423",)}, "match.evidence[0] is of type str and not Quote"),
    ({"evidence": (replace(QUOTE, **ODD),)}, "match.evidence[0].text is 423 and not str"),
    (remedy(who="you"), "match.remedies[0].who is of type str and not Who"),
    (remedy(command=["davlock"]), "match.remedies[0].command is of type list and not tuple[str, ...] | None"),
    (remedy(command=("davlock", 1)), "match.remedies[0].command[1] is 1 and not str"),
    (remedy(risk=None), "match.remedies[0].risk is None and not Risk"),
    ({"facts": (("a",),)}, "match.facts[0] has 1 parts and not 2"),
    ({"facts": (("a", {}),)}, "match.facts[0][1] is of type dict and not str | int | float"),
    ({"facts": (("a", (1,)),)}, "match.facts[0][1][0] is 1 and not str"),
    ({"alternatives": ("other",)}, "match.alternatives[0] is of type str and not Alternative"),
)


@pytest.mark.parametrize(("wrong", "complaint"), WRONG, ids=[complaint for _, complaint in WRONG])
def test_the_first_part_that_is_wrong_is_named(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(TypeError) as caught:
        checked(replace(MATCH, **wrong), Match, "match")
    assert str(caught.value).startswith(complaint)
