"""The journal of ``davlock cleanup`` as input: what is damaged in it leads to no other lock, and to no traceback."""

import contextlib
import json
import os
import random
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from davlock.operations.cleanup import journal_lines
from davlock.operations.cleanup.journal import read
from davlock.own_files.fields import Damage
from tests.cli.answers import active_lock, element, multistatus
from tests.cli.command import Done, run
from tests.transport.scripted import Conversation, ScriptedServer, response

Serve = Callable[..., ScriptedServer]
Steps = list[dict[str, Any]]

LOCKS = 4


class World:
    """A server with a few locks below /t/, one of them released by an earlier run, and a journal of that."""

    def __init__(self, serve: Serve, folder: Path) -> None:
        self.unlocked: list[str] = []
        self.asked: list[str] = []
        self.path = folder / "journal.jsonl"
        self.server = serve(self._play)
        self.url = f"{self.server.url}/t/"

    def _play(self, conversation: Conversation) -> None:
        while (request := conversation.request()) is not None:
            method, target = request.split(b" ")[:2]
            path = target.decode("latin-1")
            self.asked.append(path)
            if method == b"UNLOCK":
                self.unlocked.append(path)
                conversation.say(response("204 No Content"))
            elif method == b"OPTIONS":
                conversation.say(response("200 OK", b"", "DAV: 1, 2"))
            elif path == "/t/":
                own = element("/t/", more="<D:resourcetype><D:collection/></D:resourcetype>")
                members = [self._member(f"/t/{number}.txt") for number in range(LOCKS)]
                conversation.say(multistatus(own, *(members if b"Depth: 0" not in request else ())))
            else:
                conversation.say(multistatus(self._member(path)))

    def _member(self, path: str) -> str:
        lock = active_lock(f"urn:x:{path}", root=path, timeout="Infinite") if path not in self.unlocked else ""
        return element(path, locks=lock)

    def write(self) -> bytes:
        """A journal whose first lock was released, whose second may have been, and whose others were not begun."""
        assert run("cleanup", "--all", "--yes", "--jobs", "1", "--journal", str(self.path), self.url).code == 0
        lines = self.path.read_bytes().splitlines(keepends=True)
        kept, second = [], False
        for line in lines:
            step = json.loads(line)
            if step.get("step") == "outcome" and step["n"] > 1:
                continue
            if step.get("step") == "unlock" and step["n"] > 2:
                continue
            if step.get("step") == "end":
                continue
            kept.append(line)
            second = second or (step.get("step") == "unlock" and step["n"] == 2)
        assert second
        self.unlocked[:] = ["/t/0.txt"]
        self.asked.clear()
        return b"".join(kept)

    def resume(self, content: bytes) -> Done:
        """``--resume`` with this journal."""
        self.path.write_bytes(content)
        self.unlocked[:] = ["/t/0.txt"]
        self.asked.clear()
        return run("cleanup", "--json", "--resume", str(self.path))


@pytest.fixture
def world(serve: Serve, tmp_path: Path) -> World:
    return World(serve, tmp_path)


def steps_of(content: bytes) -> Steps:
    """The lines, without their checksums."""
    steps = [json.loads(line) for line in content.splitlines()]
    for step in steps:
        step.pop("crc", None)
    return steps


def lines_of(steps: Steps) -> bytes:
    """Lines as davlock 0.1.0 wrote them, so that a test need not keep their checksums true."""
    return b"".join(json.dumps(step).encode() + b"\n" for step in steps)


def place_of(steps: Steps, kind: str, n: int | None = None) -> int:
    """Where the step is, from 0."""
    return next(at for at, step in enumerate(steps) if step.get("step") == kind and n in (None, step.get("n")))


def refused(done: Done, world: World, number: int, why: str) -> None:
    """Exit status 2, one line that names the line, and nothing sent."""
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done
    assert f"line {number} is damaged" in done.err
    assert why in done.err
    assert world.asked == []


def test_without_damage_the_rest_is_released(world: World) -> None:
    done = world.resume(world.write())
    assert done.code == 0, done
    assert sorted(world.unlocked) == [f"/t/{number}.txt" for number in range(LOCKS)]


# -- what cannot be trusted


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("owner", 5, "owner: it is not text"),
        ("infinite", "no", "infinite: it is neither true nor false"),
        ("older_than", float("nan"), "NaN"),
        ("wait", float("inf"), "Infinity"),
        ("limit", -1, "limit: it is out of range"),
        ("jobs", 1000, "jobs: it is out of range"),
        ("jobs", 10**25, "a number of 26 digits"),
        ("scope", "both", "not a valid LockScope"),
        ("urls", ["/t/"], "urls: it is not an http or https URL"),
        ("urls", "http://h/", "urls: it is no array"),
        ("under", "\ud800", "under: it has half of a character"),
        ("under", "a\0b", "under: it has a NUL"),
    ],
)
def test_settings_that_cannot_be_trusted_are_refused(world: World, name: str, value: object, why: str) -> None:
    steps = steps_of(world.write())
    steps[0]["settings"][name] = value
    done = world.resume(lines_of(steps))
    refused(done, world, 1, why)
    assert "cannot trust its settings" in done.err or "digits" in done.err or "number" in done.err


def test_a_criterion_is_not_lost_with_its_name(world: World) -> None:
    """Without ``owner`` more locks would be selected."""
    first, *others = lines_of(steps_of(world.write())).splitlines(keepends=True)
    refused(world.resume(b"".join([first.replace(b'"owner"', b'"ownes"'), *others])), world, 1, "settings: owne")
    refused(world.resume(b"".join([first.replace(b'"owner"', b'"scope"'), *others])), world, 1, "a name twice")
    cut = json.loads(first)
    del cut["settings"]["owner"]
    refused(world.resume(b"".join([json.dumps(cut).encode() + b"\n", *others])), world, 1, "owner: it is missing")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("n", 1, "n: it stands twice"),
        ("n", 0, "n: it is out of range"),
        ("n", True, "n: it is not a whole number"),
        ("n", 1e400, "Infinity"),
        ("decision", "releas", "decision: it is not one of"),
        ("target", 7, "target: it is not text"),
        ("why", ["x"], "why: it is not text"),
        ("lock", [], "lock: it is no object"),
        ("lock.token", None, "token: it is missing"),
        ("lock.token", "a\nb", "token: it has a control character"),
        ("lock.scope", "both", "scope: it is not one of"),
        ("lock.owner", ["a"], "owner: it has 1 values"),
        ("lock.timeout", ["a", "b"], "timeout: it is not a number"),
        ("lock.vendor", [["a", 5]], "vendor: it is not text"),
        ("lock.vendor", {"a": "b"}, "vendor: it is no array"),
        ("lock.inside", "yes", "inside: it is neither"),
        ("lock.seen", [1.0, 2.0, "2026-01-01T00:00:00"], "seen: its moment has no time zone"),
        ("lock.seen", [1.0, 2.0, "yesterday"], "seen: it is no moment"),
        ("lock.seen", [1e300, 2.0, None], "seen: it is out of range"),
        ("lock.url", "mailto:x", "url: it is not an http or https URL"),
    ],
)
def test_a_plan_that_cannot_be_trusted_is_refused(world: World, name: str, value: object, why: str) -> None:
    steps = steps_of(world.write())
    at = place_of(steps, "plan", 3)
    holder = steps[at]["lock"] if name.startswith("lock.") else steps[at]
    holder[name.removeprefix("lock.")] = value
    done = world.resume(lines_of(steps))
    refused(done, world, at + 1, why)


@pytest.mark.parametrize("name", ["root", "url"])
@pytest.mark.parametrize(
    "path",
    [
        "/precious.txt",
        "/t/%2e%2e/precious.txt",
        "/t/../precious.txt",
        "/t/a%2f..%2f..%2fprecious.txt",
        "/t/..%5cp",
        "/tt/p",
    ],
)
def test_no_lock_outside_of_what_was_typed_is_released(world: World, name: str, path: str) -> None:
    steps = steps_of(world.write())
    at = place_of(steps, "plan", 3)
    steps[at]["lock"][name] = world.server.url + path
    refused(world.resume(lines_of(steps)), world, at + 1, f"{name}: ")


def test_no_lock_of_another_server_is_released(world: World) -> None:
    steps = steps_of(world.write())
    at = place_of(steps, "plan", 3)
    steps[at]["lock"]["root"] = "http://127.0.0.2:1/t/2.txt"
    refused(world.resume(lines_of(steps)), world, at + 1, "another server")


def test_a_plan_with_a_lock_less_is_refused(world: World) -> None:
    steps = steps_of(world.write())
    at = place_of(steps, "planned")
    del steps[place_of(steps, "plan", LOCKS)]
    refused(world.resume(lines_of(steps)), world, at, "locks of the plan are missing")


@pytest.mark.parametrize("kind", ["planning", "plan", "planned"])
def test_a_plan_that_goes_on_after_its_end_is_refused(world: World, kind: str) -> None:
    steps = steps_of(world.write())
    steps.append(steps[place_of(steps, kind)])
    done = world.resume(lines_of(steps))
    assert (done.code, "goes on after its end" in done.err, world.asked) == (2, True, []), done


# -- what changes nothing of the plan


@pytest.mark.parametrize(
    ("kind", "n", "change", "why"),
    [
        ("outcome", 1, {"outcome": "released!"}, "outcome: it is not one of"),
        ("outcome", 1, {"why": None}, "why: it is missing"),
        ("outcome", 1, {"n": 99}, "n: the plan releases no lock of this number"),
        ("unlock", 2, {"n": "2"}, "n: it is not a whole number"),
        ("unlock", 2, {"step": "unlocj"}, "step: it is no step of a clean-up"),
    ],
)
def test_a_damaged_step_is_named_and_its_lock_is_read_again(
    world: World, kind: str, n: int, change: dict[str, object], why: str
) -> None:
    steps = steps_of(world.write())
    at = place_of(steps, kind, n)
    steps[at].update(change)
    done = world.resume(lines_of(steps))
    assert done.code == 0, done
    (line,) = [line for line in done.err.splitlines() if "is damaged" in line]
    assert f"line {at + 1} of the journal is damaged ({why}" in line
    assert line.endswith("is read again")
    assert sorted(world.unlocked) == [f"/t/{number}.txt" for number in range(LOCKS)]


@pytest.mark.parametrize("junk", [b"\xff\xfe\x00", b"{" * 9, b'"half', b"[" * 100_000, b'{"a":' * 100_000, b"\0" * 50])
def test_a_line_of_junk_among_the_steps_is_named(world: World, junk: bytes) -> None:
    content = world.write()
    number = len(content.splitlines())
    first, _, last = content.rpartition(b'{"at"')
    done = world.resume(first + junk + b"\n" + b'{"at"' + last)
    assert (done.code, f"line {number} of the journal is damaged" in done.err) == (0, True), done


@pytest.mark.parametrize("again", [b"", b"\n"])
def test_a_line_that_a_kill_cut_is_none(world: World, again: bytes) -> None:
    content = world.write()
    resumed = journal_lines.sealed({"at": "2026-01-01T00:00:00.000+00:00", "step": "resumed"})
    for end in (b'{"at": "2026-01-01T00:00', b'{"at": "2026-01-01T00:00\n' + resumed):
        done = world.resume(content + end + again)
        assert (done.code, "damaged" in done.err) == (0, end.endswith(b"00:00") and again == b"\n"), done


def test_a_cut_plan_is_begun_anew(world: World) -> None:
    content = world.write()
    done = world.resume(content[: content.index(b'"planned"') - 5])
    assert done.code == 0, done
    assert sorted(world.unlocked) == [f"/t/{number}.txt" for number in range(LOCKS)]


def test_a_line_that_is_too_long_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    content = world.write()
    number = len(content.splitlines()) + 1
    monkeypatch.setattr("davlock.operations.cleanup.journal_lines.LONGEST_LINE", 5000)
    monkeypatch.setattr("davlock.operations.cleanup.journal.LONGEST_LINE", 5000)
    for size in (4999, 5000, 5001, 10_001, 20_000):
        end = journal_lines.sealed({"step": "end", "whole": False})
        done = world.resume(content + b"x" * size + b"\n" + end)
        assert (done.code, f"line {number} of the journal is damaged" in done.err) == (0, True), done
        assert f"line {number + 1}" not in done.err
    steps = steps_of(content)
    steps[place_of(steps, "plan", 2)]["why"] = "x" * 6000
    refused(world.resume(lines_of(steps)), world, place_of(steps, "plan", 2) + 1, "it is longer than")


def test_a_line_of_100_mb_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with open(path, "wb") as file:
        for _ in range(100):
            file.write(b"[" * 1_000_000)
    done = run("cleanup", "--resume", str(path))
    assert (done.code, "longer than 16 MiB" in done.err, len(done.err.splitlines())) == (2, True, 1)


def test_what_could_not_be_read_again_is_not_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("davlock.operations.cleanup.journal.LONGEST_LINE", 400)
    done = run("cleanup", "--all", "--yes", "--journal", str(world.path), world.url)
    assert (done.code, world.unlocked) == (2, []), done


# -- what stands in the place of a journal


def link(path: Path) -> None:
    target = path.parent / "target"
    target.write_text("theirs")
    target.chmod(0o644)
    path.symlink_to(target)


def foreign(path: Path) -> None:
    path.write_text("")
    os.chown(path, 65534, 65534)


INTRUDERS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "link": link,
    "foreign": foreign,
}


@pytest.mark.parametrize("kind", INTRUDERS)
def test_what_is_no_file_of_ours_is_not_opened(world: World, tmp_path: Path, kind: str) -> None:
    if kind == "foreign" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = tmp_path / "other"
    INTRUDERS[kind](path)
    for arguments in (
        ("--resume", str(path)),
        ("--all", "--yes", "--journal", str(path), world.url),
    ):
        done = run("cleanup", *arguments)
        assert (done.code, len(done.err.splitlines())) == (2, 1), done
        assert str(path) in done.err
    assert world.unlocked == []
    if kind == "link":
        target = tmp_path / "target"
        assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("theirs", 0o644)


def test_a_journal_that_others_can_write_is_not_followed(world: World) -> None:
    content = world.write()
    world.path.chmod(0o666)
    done = world.resume(content)
    assert (done.code, "others can write" in done.err, world.asked) == (2, True, [])


def test_a_file_that_is_no_journal_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no journal")
    path.chmod(0o644)
    assert run("cleanup", "--resume", str(path)).code == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_journals_are_in_a_folder_that_only_their_owner_can_read(world: World) -> None:
    assert run("cleanup", "--all", "--yes", world.url).code == 0
    folder = Path(os.environ["XDG_STATE_HOME"]) / "davlock"
    (journal,) = (folder / "journals").iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, journal.parent, journal)] == [0o700, 0o700, 0o600]


def test_journals_are_not_written_through_a_link(world: World, tmp_path: Path) -> None:
    folder = Path(os.environ["XDG_STATE_HOME"]) / "davlock"
    folder.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (folder / "journals").symlink_to(tmp_path / "elsewhere")
    done = run("cleanup", "--all", "--yes", world.url)
    assert (done.code, "symbolic link" in done.err, world.unlocked) == (2, True, [])
    assert list((tmp_path / "elsewhere").iterdir()) == []


# -- any damage


SEED = 20261129
COUNT = 500

TOKENS = (
    *(
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"9" * 30,
        b"9" * 5000,
        b"-1",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b'"\\ud800"',
    ),
    *(b'"\\u0000"', b"[" * 3000 + b"]" * 3000, b'"../../x"', b'"http://127.0.0.2/t/"', b"0.5", b'["a", 1, null]'),
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """``content`` with one damage of some kind."""
    at = chance.randrange(len(content))
    lines = content.splitlines(keepends=True)
    kind = chance.randrange(9)
    if kind == 0:
        return content[:at] + bytes([content[at] ^ chance.randrange(1, 256)]) + content[at + 1 :]
    if kind == 1:
        return content[:at] + content[at + chance.randrange(1, 40) :]
    if kind == 2:
        return content[:at] + bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20))) + content[at:]
    if kind == 3:
        return content[:at]
    if kind == 4:
        return content[:at] + bytes(chance.randrange(1, 512)) + content[at + 512 :]
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 5:
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == 6:
        lines.insert(one, lines[other])
    elif kind == 7:
        del lines[one]
    else:
        values = [*re_values(lines[one])]
        begin, end = chance.choice(values)
        lines[one] = lines[one][:begin] + chance.choice(TOKENS) + lines[one][end:]
    return b"".join(lines)


def re_values(line: bytes) -> list[tuple[int, int]]:
    """Where the plain values of a line are."""
    return [match.span(1) for match in re.finditer(rb': ("[^"]*"|[0-9.]+|true|false|null)', line)]


def test_a_line_that_was_changed_is_noticed(world: World) -> None:
    """A URL that lost a few letters is still a URL: without a checksum, its lock would count as gone."""
    steps = world.write()
    line = next(line for line in steps.splitlines(keepends=True) if b'"n": 3' in line)
    done = world.resume(steps.replace(line, line.replace(b"/t/2.txt", b"/t/t")))
    refused(done, world, steps[: steps.index(line)].count(b"\n") + 1, "its checksum is another")
    done = world.resume(steps.replace(line, lines_of(steps_of(line))))
    refused(done, world, steps[: steps.index(line)].count(b"\n") + 1, "it has no checksum")


def test_an_old_journal_may_go_on_with_checksums(world: World) -> None:
    content = world.write()
    old = lines_of(steps_of(content))
    assert world.resume(old).code == 0
    assert world.path.read_bytes().startswith(old)
    assert b"crc" in world.path.read_bytes()
    done = run("cleanup", "--json", "--resume", str(world.path))
    assert (done.code, done.err.count("damaged")) == (0, 0), done


@pytest.mark.parametrize("has_checksums", [True, False])
def test_no_damage_ends_with_a_traceback_or_releases_another_lock(world: World, has_checksums: bool) -> None:
    chance = random.Random(SEED)  # noqa: S311 -- to be the same each time
    print("seed", SEED)  # noqa: T201 -- shown where the test fails
    content = world.write()
    if not has_checksums:
        content = lines_of(steps_of(content))
    codes: dict[int, int] = {}
    for turn in range(COUNT if has_checksums else COUNT // 3):
        spoilt = damaged(content, chance)
        done = world.resume(spoilt)
        codes[done.code] = codes.get(done.code, 0) + 1
        assert done.code in (0, 1, 2, 3, 5, 7), (turn, spoilt, done)
        assert "Traceback" not in done.err
        assert "a bug in" not in done.err
        if done.code == 2:
            assert (len(done.err.splitlines()), world.unlocked) == (1, ["/t/0.txt"]), (turn, spoilt, done)
        assert set(world.unlocked) <= {f"/t/{number}.txt" for number in range(LOCKS)}, (turn, spoilt)
        if has_checksums:
            assert set(world.asked) <= {"/t/", *(f"/t/{number}.txt" for number in range(LOCKS))}, (turn, spoilt)
        assert all(path.startswith("/t/") for path in world.asked), (turn, spoilt)
    assert codes[2] > turn / 4
    assert codes[0] > turn / 10


def test_any_bytes_are_a_line_or_damage() -> None:
    chance = random.Random(SEED)  # noqa: S311 -- to be the same each time
    print("seed", SEED)  # noqa: T201 -- shown where the test fails
    for _ in range(2000):
        line = b"".join(
            chance.choice((*TOKENS, b"{", b"}", b'"n"', b":", b",", b"\xff", b"\xed\xa0\x80", b" "))
            for _ in range(chance.randrange(1, 12))
        )
        with contextlib.suppress(Damage):
            journal_lines.planned_of(journal_lines.parse(line))


def test_read_tells_what_is_left(world: World) -> None:
    world.path.write_bytes(world.write())
    found = read(world.path)
    assert [planned.number for planned in found.left] == [2, 3, 4]
    assert (found.whole, found.begun, found.damage) == (True, {1, 2}, [])
