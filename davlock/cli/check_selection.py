"""Which checks run, and which are known to fail: --profile, --select, --ignore, --expect."""

import difflib

import click

from davlock.checks.check import Check
from davlock.checks.registry import CHECKS, GROUND, PROFILES, groups
from davlock.checks.results import CheckOutcome
from davlock.errors import LocalProtocolError


class CheckNames(click.ParamType[tuple[str, ...]]):
    """Names of checks or groups, separated by commas."""

    name = "ids"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        return tuple(word for word in str(value).replace(",", " ").split() if word)


def flatten(words: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(word for some in words for word in some)


def selected_checks(profile: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[Check, ...]:
    """Returns the checks in their order. If any of them writes, the one that creates the collection is there, too."""
    if profile not in PROFILES:
        raise LocalProtocolError(f"--profile {profile}: there is no such profile", f"there are {', '.join(PROFILES)}")
    names = {*groups(), *(check.id for check in CHECKS)}
    for word in (*select, *ignore):
        if word not in names:
            close = difflib.get_close_matches(word, names, n=1)
            hint = f"did you mean {close[0]}?" if close else "davlock check --list shows them"
            raise LocalProtocolError(f"{word}: there is no such check or group", hint)
    wanted = set(PROFILES[profile])

    def named(check: Check, words: tuple[str, ...]) -> bool:
        return check.id in words or check.about.group in words

    chosen = [
        check
        for check in CHECKS
        if (check.id in wanted or named(check, select))
        and (not select or named(check, select))
        and not named(check, ignore)
    ]
    if profile == "read-only" and (writing := [check.id for check in chosen if check.about.writes]):
        raise LocalProtocolError(f"{writing[0]} writes, but --read-only forbids that", "omit one of the two")
    if not chosen:
        raise LocalProtocolError("no check is left", "select others, or ignore fewer")
    if any(check.about.writes for check in chosen) and not any(check.id == GROUND for check in chosen):
        chosen = [check for check in CHECKS if check in chosen or check.id == GROUND]
    return tuple(chosen)


def expected_outcomes(path: str) -> dict[str, CheckOutcome]:
    """Reads a baseline: one id a line, followed by its outcome if that is not ``fail``."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.partition("#")[0].split() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        missing = isinstance(error, FileNotFoundError)
        hint = f"write it first: davlock check URL --report expect={path}" if missing else "name a readable file"
        raise LocalProtocolError(f"--expect {path}: {why}", hint) from None
    expected = {}
    ids = {check.id for check in CHECKS}
    for number, words in enumerate(lines, 1):
        if not words:
            continue
        outcome = words[1] if len(words) == 2 else CheckOutcome.FAIL.value
        if words[0] not in ids or len(words) > 2 or outcome not in [known.value for known in CheckOutcome]:
            raise LocalProtocolError(
                f"--expect {path}, line {number}: {' '.join(words)!r:.60} is not a check", "write one id a line"
            )
        expected[words[0]] = CheckOutcome(outcome)
    return expected
