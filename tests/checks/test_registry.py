"""What is said of the checks holds: names, grounds, clauses, profiles, and their counterparts in litmus."""

import ast
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from davlock.checks.check import Check, CheckGroup
from davlock.checks.registry import CHECKS, DIAGNOSTIC, GROUND, GROUPS, PROFILES, check_descriptions, groups
from davlock.checks.results import Level
from tests.checks.world import World, context, run_in

# The tests of litmus 0.13 locks, in its order.
LITMUS = (
    "init", "begin", "options", "precond", "init_locks", "put", "lock_excl", "discover", "refresh", "notowner_modify",
    "notowner_lock", "owner_modify", "copy", "cond_put", "fail_cond_put", "cond_put_with_not",
    "cond_put_corrupt_token", "complex_cond_put", "fail_complex_cond_put", "unlock", "fail_cond_put_unlocked",
    "lock_shared", "double_sharedlock", "prep_collection", "lock_collection", "indirect_refresh", "unmapped_lock",
    "finish",
)  # fmt: skip

IDS = [check.id for check in CHECKS]

CONTRACT = Path(__file__).parent / "contract.tsv"


def twice(words: Iterable[str]) -> list[str]:
    return [word for word, count in Counter(words).items() if count > 1]


def row(check: Check) -> str:
    """What scripts rely on: id, level, marks, the checks that it needs, the profiles that it is in."""
    about = check.about
    marks = {
        "reads": not about.writes,
        "hostile": about.hostile,
        "two-users": about.two_users,
        "diagnostic": about.diagnostic,
    }
    lists = (
        [mark for mark, holds in marks.items() if holds],
        check.needs,
        [name for name, ids in PROFILES.items() if about.id in ids],
    )
    return "\t".join((about.id, about.level.value, *(",".join(names) or "-" for names in lists)))


def test_the_contract() -> None:
    """A row for each check, in the order of a run. A level that changes breaks somebody's build."""
    assert [row(check) for check in CHECKS] == CONTRACT.read_text("utf-8").splitlines()


def test_no_check_is_there_twice() -> None:
    """Nor under another name: not the same title, story or statements."""

    def statements(check: Check) -> str:
        (function,) = ast.parse(textwrap.dedent(inspect.getsource(check.act))).body
        assert isinstance(function, ast.FunctionDef)
        return "\n".join(ast.dump(statement) for statement in function.body[1:])

    assert twice(IDS) == []
    assert twice(about.title for about in check_descriptions()) == []
    assert twice(about.story for about in check_descriptions()) == []
    assert twice(statements(check) for check in CHECKS if check.about.group != "names") == []


def test_an_id_cannot_be_given_twice() -> None:
    group = CheckGroup("g")
    group.check("some-id", "T", Level.MUST, "RFC 4918 §7")(lambda context: None)
    with pytest.raises(ValueError, match="some-id"):
        group.check("some-id", "U", Level.MUST, "RFC 4918 §7")(lambda context: None)


def test_a_function_has_the_name_of_its_check() -> None:
    assert [check.id for check in CHECKS if check.act.__name__ != check.id.replace("-", "_")] == []


def test_diagnostic_checks_stand_on_diagnostic_checks() -> None:
    """Else ``diagnose --scratch`` would run a check whose ground it never tried. What only reads needs no ground."""
    ids = {check.id for check in DIAGNOSTIC}
    assert {need for check in DIAGNOSTIC if check.about.writes for need in check.needs} <= ids
    assert not any(check.about.hostile or check.about.two_users for check in DIAGNOSTIC)


def test_every_id_is_in_kebab_case() -> None:
    assert [id for id in IDS if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", id)] == []


def test_no_group_has_the_name_of_a_check() -> None:
    """``--select`` takes both."""
    assert not {*IDS} & {*groups()}


def test_groups() -> None:
    assert len(set(groups())) == len(GROUPS)
    assert {check.about.group for check in CHECKS} == set(groups())
    assert all(group.checks for group in GROUPS)


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_a_check_explains_itself(check: Check) -> None:
    about = check.about
    assert about.title
    assert not about.title.endswith(".")
    assert about.story.endswith(".")
    assert "\n" not in about.story
    assert re.fullmatch(r"RFC (3986|4918|9110|9112) §\d+(\.\d+)*", about.reference)
    assert about.litmus is None or about.litmus in LITMUS


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_what_it_needs_comes_before_it(check: Check) -> None:
    before = IDS[: IDS.index(check.id)]
    assert set(check.needs) <= set(before)
    assert len(set(check.needs)) == len(check.needs)
    assert GROUND in (*check.needs, check.id) or not check.about.writes


def test_litmus_has_no_test_that_is_not_asked_here() -> None:
    """Those that only prepare, end or look at litmus itself aside."""
    asked = {about.litmus for about in check_descriptions()}
    assert set(LITMUS) - asked == {"init", "precond", "init_locks", "prep_collection", "finish"}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_checks(name: str) -> None:
    profile = PROFILES[name]
    assert profile
    assert set(profile) <= set(IDS)
    assert len(set(profile)) == len(profile)


@pytest.mark.parametrize("name", PROFILES)
def test_what_a_profile_needs_is_in_it(name: str) -> None:
    """Else a check would fail for what another one is there to say."""
    profile = set(PROFILES[name])
    lacking = {(check.id, need) for check in CHECKS if check.id in profile for need in check.needs}
    assert {(id, need) for id, need in lacking if need not in profile} == set()


def test_the_read_only_profile_writes_nothing() -> None:
    chosen = tuple(check for check in CHECKS if check.id in PROFILES["read-only"])
    assert chosen
    assert not any(check.about.writes for check in chosen)
    world = World()
    run_in(context(world), chosen)
    assert set(world.methods) == {"OPTIONS", "PROPFIND"}


def test_no_profile_but_the_whole_one_needs_two_users() -> None:
    """They are what one client does."""
    two = {about.id for about in check_descriptions() if about.two_users}
    assert [name for name, ids in PROFILES.items() if two & set(ids)] == ["class2"]
