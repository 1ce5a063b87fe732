"""The journal of a clean-up: a line of JSON for each step, on the disk before the step that cannot be taken back.

After a kill at any moment it tells which locks were to be released, which UNLOCK may have been sent, and what is known
to have come of it. A last line that was cut off does not count.
"""

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from davlock.errors import LocalProtocolError, OutputFailed
from davlock.operations.cleanup.journal_lines import (
    LONGEST_LINE,
    lock_number,
    parse,
    plan_line,
    planned_of,
    sealed,
    unsealed,
)
from davlock.operations.cleanup.plan import CleanupPlan
from davlock.operations.results import Decision, Planned, ReleaseOutcome
from davlock.own_files.fields import Damage, choice, flag, optional, prose, record, web_address, whole
from davlock.own_files.private import UnsafeFile, make_private_folder, open_private
from davlock.values import dataclass

FORMAT = "davlock-cleanup/1"


def new_path(state: Path, now: float) -> Path:
    """The path of a new journal in the folder of the ledger. Raises LocalProtocolError for a folder that is unsafe."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    path = state / "journals" / f"cleanup-{stamp}-{secrets.token_hex(4)}.jsonl"
    with _stating(path):
        make_private_folder(state, may_be_linked=True)
        make_private_folder(path.parent)
    return path


class Journal:
    """Written by any thread. Raises OutputFailed where the disk does not take it: then nothing more is sent."""

    def __init__(self, path: Path, *, now: Callable[[], float], append: bool = False) -> None:
        self.path = path
        self._now = now
        self._guard = threading.Lock()
        self._written = 0
        """Lines so far."""
        self._disk = threading.Lock()
        self._safe = 0
        """Lines that are on the disk for certain."""
        self._lost = False
        """True if the disk did not take a line: which of them it has is not known then."""
        self._planned = 0
        with _stating(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = open_private(path, os.O_RDWR | (os.O_APPEND if append else os.O_EXCL | os.O_CREAT))
            if append:
                self._end_cut_line()

    def close(self) -> None:
        """At the end."""
        os.close(self._file)

    def begin(self, settings: dict[str, object]) -> None:
        """What the person asked for."""
        self._write({"journal": FORMAT, "settings": settings})

    def planning(self) -> None:
        """The plan begins; one that was begun before, and never finished, is void."""
        self._planned = 0
        self._write({"step": "planning"})

    def plan(self, planned: Planned) -> None:
        """One lock, and what is to be done about it."""
        self._planned += 1
        self._write(plan_line(planned))

    def planned(self, counts_down: dict[str, bool | None]) -> None:
        """The plan is whole: only now may anything be sent. ``counts_down`` is what was learned of each server."""
        self._write({"step": "planned", "locks": self._planned, "counts_down": counts_down}, safe=True)

    def write_plan(self, plan: CleanupPlan) -> None:
        """The whole plan. Afterwards anything may be sent."""
        self.planning()
        for planned in plan.planned.values():
            self.plan(planned)
        self.planned({target.url: target.terms.counts_down for target in plan.targets.values()})

    def before_unlock(self, planned: Planned) -> None:
        """UNLOCK is about to be sent."""
        self._write({"step": "unlock", "n": planned.number}, safe=True)

    def outcome(self, planned: Planned, outcome: ReleaseOutcome, why: str) -> None:
        """What came of it."""
        self._write({"step": "outcome", "n": planned.number, "outcome": outcome.value, "why": why})

    def resumed(self) -> None:
        """Another run goes on with it."""
        self._write({"step": "resumed"}, safe=True)

    def end(self, *, whole: bool) -> None:
        """The run is over; ``whole`` if nothing of the plan is left."""
        self._write({"step": "end", "whole": whole}, safe=True)

    def _write(self, step: dict[str, object], *, safe: bool = False) -> None:
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds")
        data = sealed({"at": at, **step})
        if len(data) > LONGEST_LINE:  # it could not be read again
            raise LocalProtocolError(
                f"the journal {self.path} cannot keep a lock of {len(data)} bytes",
                "leave that lock out; nothing was sent",
            )
        with _stating(self.path):
            with self._guard:
                while data:
                    data = data[os.write(self._file, data) :]
                self._written += 1
                number = self._written
            if safe:
                self._wait_for_the_disk(number)

    def _wait_for_the_disk(self, number: int) -> None:
        """Return once the first ``number`` lines are on the disk.

        One ``fsync`` keeps all lines that were written before it, so workers that wait for one share the next.
        """
        with self._disk:
            if self._safe >= number:
                return
            if self._lost:  # a second fsync succeeds, although the first one lost lines
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            with self._guard:
                written = self._written
            try:
                os.fsync(self._file)
            except OSError:
                self._lost = True
                raise
            self._safe = written

    def _end_cut_line(self) -> None:
        size = os.fstat(self._file).st_size
        if not size:
            return
        os.lseek(self._file, -1, os.SEEK_END)
        if os.read(self._file, 1) != b"\n":
            os.write(self._file, b"\n")


@contextlib.contextmanager
def _stating(path: Path) -> Iterator[None]:
    """What keeps a journal from being written, in one line.

    Raises LocalProtocolError for a name that cannot be a journal, and OutputFailed for a write that fails.
    """
    try:
        yield
    except FileExistsError:
        raise LocalProtocolError(
            f"the journal {path} is there already", "name a new file, or go on: --resume"
        ) from None
    except (UnsafeFile, FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise LocalProtocolError(
            f"the journal {path} cannot be opened: {error.strerror}", "name another with --journal FILE"
        ) from None
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP):
            raise LocalProtocolError(
                f"the journal {path}: {error.strerror}", "name another with --journal FILE"
            ) from None
        raise OutputFailed(
            f"the journal {path}",
            error.strerror or str(error),
            hint="make room or name another with --journal FILE; nothing more was sent",
        ) from None


@dataclass(slots=True)
class JournalRead:
    """What a journal says."""

    settings: dict[str, object]
    plan: dict[int, Planned] = field(default_factory=dict)
    whole: bool = False
    """True if the plan was finished; before that nothing was sent."""
    counts_down: dict[str, bool | None] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    """Locks for which an UNLOCK may have been sent."""
    outcomes: dict[int, tuple[ReleaseOutcome, str]] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)
    """Damaged lines that change nothing of the plan: which, and what that means."""

    @property
    def left(self) -> tuple[Planned, ...]:
        """What was to be released, and whose end is not known, or not for certain."""
        settled = {number for number, (outcome, _) in self.outcomes.items() if outcome is not ReleaseOutcome.UNSURE}
        return tuple(
            planned
            for number, planned in sorted(self.plan.items())
            if planned.decision is Decision.RELEASE and number not in settled
        )


def read(path: Path) -> JournalRead:
    """A journal. Raises LocalProtocolError for another file, and for a plan that cannot be trusted."""
    try:
        file = open_private(path, os.O_RDONLY)
    except OSError as error:
        raise LocalProtocolError(f"--resume {path}: {error.strerror}", _HINT) from None
    with open(file, "rb") as opened:
        if os.fstat(file).st_mode & 0o022:
            raise LocalProtocolError(f"--resume {path}: others can write to it", "start again, or close it: chmod 600")
        return _Reader(path).read(_lines(opened))


_HINT = "name a journal that davlock cleanup wrote"

_outcome = choice(ReleaseOutcome)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Each line with its line feed; of one that is too long, the beginning."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)
            if not line:
                return


class _Reader:
    """Reads line by line. A damaged line before the plan is finished ends it; a later one is noted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: JournalRead | None = None
        self._is_sealed = False
        """True if each line has a checksum; journals of earlier versions have none."""
        self._broken: tuple[int, Damage] | None = None
        """A line that is no JSON, as a kill leaves it: the next one tells."""

    def read(self, lines: Iterator[bytes]) -> JournalRead:
        """The whole journal."""
        ended = True
        for number, line in enumerate(lines, 1):
            ended = line.endswith(b"\n")
            if not line.strip():
                continue
            try:
                step = self._parsed(line)
            except Damage as damage:
                if self._found is None:
                    raise self._refusal(f"line {number} is damaged ({damage})") from None
                self._settle_broken(cut=False)
                self._broken = (number, damage)
                continue
            if self._found is None:
                self._found = self._begun(number, step)
                continue
            # A run that goes on ends the line that was cut, and says so.
            self._settle_broken(cut=step.get("step") == "resumed")
            try:
                self._take(self._found, step)
            except Damage as damage:
                self._note(number, damage, step)
        if self._found is None:
            raise self._refusal("it is empty")
        self._settle_broken(cut=not ended or not self._found.whole)
        return self._found

    def _parsed(self, line: bytes) -> dict[str, object]:
        """The object in ``line``. Raises Damage if it has no checksum, and the first line has one."""
        text, is_sealed = unsealed(line)
        if self._found is None:
            self._is_sealed = is_sealed
        elif self._is_sealed and not is_sealed:
            raise Damage("", "it has no checksum")
        return parse(text)

    def _refusal(self, why: str, hint: str = _HINT) -> LocalProtocolError:
        return LocalProtocolError(f"--resume {self._path}: {why}", hint)

    def _begun(self, number: int, step: dict[str, object]) -> JournalRead:
        if step.get("journal") != FORMAT:
            raise self._refusal("it is no journal of a clean-up")
        try:
            return JournalRead(settings=record("settings", step.get("settings")))
        except Damage as damage:
            raise self._refusal(f"line {number} is damaged ({damage})") from None

    def _settle_broken(self, *, cut: bool) -> None:
        """What to make of a line that is no JSON: nothing where a kill ``cut`` it."""
        if self._broken is not None and not cut:
            self._note(*self._broken, {})
        self._broken = None

    def _note(self, number: int, damage: Damage, step: dict[str, object]) -> None:
        assert self._found is not None  # noqa: S101 -- the first line is refused elsewhere
        if not self._found.whole:
            raise self._refusal(f"line {number} is damaged ({damage}): its plan cannot be trusted", "start again")
        n = step.get("n")
        lock = f"lock {n}" if isinstance(n, int) and n in self._found.plan else "the lock that it is about"
        self._found.damage.append(f"line {number} of the journal is damaged ({damage}): {lock} is read again")

    def _take(self, journal: JournalRead, step: dict[str, object]) -> None:
        kind = step.get("step")
        if kind in ("planning", "plan", "planned"):
            if journal.whole:
                raise self._refusal("its plan goes on after its end", "start again")
            self._take_plan(journal, step, str(kind))
        elif kind == "unlock":
            journal.begun.add(self._released(journal, step))
        elif kind == "outcome":
            number = self._released(journal, step)
            journal.outcomes[number] = (_outcome("outcome", step.get("outcome")), prose("why", step.get("why")))
        elif kind == "end":
            flag("whole", step.get("whole"))
        elif kind != "resumed":
            raise Damage("step", "it is no step of a clean-up")

    def _take_plan(self, journal: JournalRead, step: dict[str, object], kind: str) -> None:
        if kind == "planning":
            journal.plan.clear()
        elif kind == "plan":
            planned = planned_of(step)
            if planned.number in journal.plan:
                raise Damage("n", "it stands twice")
            journal.plan[planned.number] = planned
        else:
            count = optional(whole, "locks", step.get("locks"))  # earlier versions did not tell
            if (count is not None and count != len(journal.plan)) or set(journal.plan) != set(
                range(1, len(journal.plan) + 1)
            ):
                raise Damage("locks", "locks of the plan are missing")
            counts = record("counts_down", step.get("counts_down"))
            journal.counts_down = {
                web_address("counts_down", url): optional(flag, "counts_down", value) for url, value in counts.items()
            }
            journal.whole = True

    def _released(self, journal: JournalRead, step: dict[str, object]) -> int:
        """The number of a lock that was to be released."""
        number = lock_number(step)
        if not journal.whole:
            raise Damage("step", "it comes before the end of the plan")
        if number not in journal.plan or journal.plan[number].decision is not Decision.RELEASE:
            raise Damage("n", "the plan releases no lock of this number")
        return number
