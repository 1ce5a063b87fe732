"""Options and commands of other tools get what does the same here, and never what merely looks alike."""

import importlib

import click
import pytest

from davlock.cli.main import COMMANDS as THERE
from davlock.cli.main import cli
from davlock.cli.other_tools import ADVICE, COMMANDS, OPTIONS
from davlock.cli.suggestions import option_hint
from tests.cli.command import run


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("locks", "-R", "http://h/"), "use -r to read the whole tree"),
        (("watch", "--recursive", "http://h/"), "use --depth infinity"),
        (("diagnose", "--recursive", "http://h/"), "davlock locks -r URL"),
        (("lock", "--shared", "http://h/"), "use --scope shared"),
        (("unlock", "--force", "http://h/"), "use --steal"),
        (("put", "--force", "a", "http://h/"), "davlock wait URL"),
        (("cleanup", "--confirm", "http://h/"), "use -y"),
        (("unlock", "-y", "http://h/"), "only cleanup wants a yes"),
        (("unlock", "-n", "http://h/"), "to look first: davlock diagnose URL"),
        (("diagnose", "--dry-run", "http://h/"), "diagnose only reads"),
        # curl and wget
        (("-XPROPFIND", "http://h/"), "davlock propfind URL; to read locks: davlock locks URL"),
        (("-X", "UNLOCK", "http://h/"), "to release a lock: davlock unlock URL"),
        (("diagnose", "--request=LOCK", "http://h/"), "to take a lock: davlock lock URL"),
        (("diagnose", "--method=DELETE", "http://h/"), 'curl -X DELETE -H "$(davlock lock --print if URL)" URL'),
        (("diagnose", "-X", "delete", "http://h/"), "use --for-method DELETE to ask if it works; davlock does not"),
        (("locks", "-X", "DELETE", "http://h/"), "; davlock does not; with curl"),
        (("-T", "a.txt", "http://h/"), "to upload: davlock put FILE URL"),
        (("put", "-T", "a.txt", "http://h/"), "name the file first: davlock put FILE URL"),
        (("propfind", "-d", "<x/>", "http://h/"), "use -p NAME"),
        (("-I", "http://h/"), "davlock diagnose URL; -v shows"),
        (("diagnose", "-i", "http://h/"), "use -v"),
        (("diagnose", "-L", "http://h/"), "follows redirects where that is safe"),
        (("locks", "-s", "http://h/"), "use -q"),
        (("lock", "-s", "http://h/"), "use --scope shared"),
        (("-sS", "http://h/"), "use -q"),
        (("diagnose", "--anyauth", "http://h/"), "Basic or Digest, as the server offers"),
        (("diagnose", "-n", "http://h/"), "use --netrc"),
        (("lock", "-n", "http://h/"), "without --wait, lock gives up at once"),
        (("diagnose", "-K", "c", "http://h/"), "davlock help profiles"),
        (("diagnose", "--no-proxy", "http://h/"), "use --noproxy '*'"),
        (("diagnose", "-m", "5", "http://h/"), "use --max-time"),
        (("diagnose", "-O", "f", "http://h/"), "use -o FILE"),
        # svn, flock, kubectl, rclone
        (("lock", "-m", "mine", "http://h/"), "use --owner TEXT"),
        (("unlock", "--non-interactive", "http://h/"), "use --no-input"),
        (("run", "-c", "make", "http://h/"), "davlock run URL -- CMD"),
        (("locks", "--watch", "http://h/"), "davlock watch URL"),
        (("locks", "--transfers", "4", "http://h/"), "use -j N"),
        (("diagnose", "-p", "x", "http://h/"), "use -u USER"),
        (("diagnose", "--password=x", "http://h/"), "use -u USER"),
        (("explain", "--password", "x", "423"), "needs no login"),
        (("lock", "--ttl", "5", "http://h/"), "use --timeout DURATION"),
        (("locks", "--since", "1h", "http://h/"), "use --older-than DURATION"),
        (("diagnose", "--since", "1h", "http://h/"), "davlock locks -r --older-than DURATION URL"),
        (("cleanup", "--age", "1h", "http://h/"), "use --older-than DURATION"),
        (("cleanup", "--prune", "http://h/"), "use -y to release what the plan shows"),
        (("wait", "--for=delete", "http://h/"), "wait ends when nothing is locked"),
        (("lock", "--force", "http://h/"), "lock -w DURATION; or release that of somebody else"),
        (("-V", "-v", "-o", "f"), "davlock -V -v > FILE"),
        (("profile", "list"), "did you mean config list?"),
        (("curl", "-i", "http://h/"), "curl -i URL | davlock explain"),
        (("svn", "unlock", "http://h/"), "davlock has diagnose, lock, unlock"),
        (("ls", "http://h/"), "did you mean locks?"),
        (("force-unlock", "http://h/"), "did you mean unlock --steal?"),
        (("who", "http://h/"), "did you mean diagnose?"),
        (("is-locked", "http://h/"), "did you mean diagnose?"),
        (("stale", "http://h/"), "did you mean cleanup?"),
        (("free", "http://h/"), "until it is: davlock wait URL; to free it: davlock unlock URL"),
        (("version",), "type: davlock --version"),
        (("files:lock", "--unlock", "42"), "to release a lock: davlock unlock URL"),
        (("discover", "/a"), "did you mean diagnose?"),
        (("showlocks",), "did you mean ledger list?"),
        (("cd", "/a"), "no session"),
        (("rm", "http://h/"), "to release a lock: davlock unlock URL; davlock deletes no files"),
        (("mv", "http://h/", "http://h/b"), "davlock lock --print if URL"),
        (("litmus", "http://h/"), "did you mean check?"),
        (("flock", "x", "make"), "did you mean run?"),
    ],
)
def test_a_word_of_another_tool_gets_what_does_the_same(typed: tuple[str, ...], words: str) -> None:
    done = run(*typed)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err


@pytest.mark.parametrize(
    "typed", [("lock", "--shraed"), ("unlock", "--forec"), ("diagnose", "--zzz"), ("decode", "-5")]
)
def test_letters_that_are_merely_alike_suggest_nothing(typed: tuple[str, ...]) -> None:
    done = run(*typed, "http://h/")
    assert done.code == 2
    assert done.err.startswith(f"davlock {typed[0]}: there is no option '{typed[1]}'; see")


def test_a_slip_of_the_finger_is_still_mended() -> None:
    assert "the nearest is --depth" in run("locks", "--dept", "1", "http://h/").err
    assert "did you mean diagnose?" in run("diagnos", "http://h/").err


def test_each_advice_can_be_followed_somewhere() -> None:
    commands = [importlib.import_module(f"davlock.cli.commands.{name}").command for name in THERE]
    commands.append(cli)
    commands += [each for group in commands if isinstance(group, click.Group) for each in group.commands.values()]
    for needed in {needed for advices in OPTIONS.values() for needed, _ in advices if needed}:
        assert any(needed in all_options(command) for command in commands), needed
    given = {option_hint(word, command) for word in OPTIONS for command in commands if word not in all_options(command)}
    assert {advice for advices in OPTIONS.values() for _, advice in advices} <= given


def all_options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_each_command_that_is_meant_exists() -> None:
    assert {meant.split()[0] for meant in COMMANDS.values()} <= set(THERE)
    assert not (set(COMMANDS) | set(ADVICE)) & set(THERE)
    assert not set(COMMANDS) & set(ADVICE)
