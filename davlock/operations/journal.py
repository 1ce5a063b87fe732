"""The journal of a clean-up: a line of JSON for each step, on the disk before the step that cannot be taken back.

After a kill at any moment it tells which locks were to be released, which UNLOCK may have been sent, and what is known
to have come of it. A last line that was cut off is none.
"""

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from davlock.errors import LocalProtocolError
from davlock.operations.results import Decision, FoundLock, Outcome, Planned, Seen
from davlock.protocol.lock import ActiveLock, Depth, LockRoot, LockScope, LockToken, LockType, Owner, Timeout

FORMAT = "davlock-cleanup/1"


class Journal:
    """Written by any thread. Raises LocalProtocolError where the disk does not take it: then nothing more is sent."""

    def __init__(self, path: Path, *, now: Callable[[], float], append: bool = False) -> None:
        self.path = path
        self._now = now
        self._guard = threading.Lock()
        with self._stating():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            how = os.O_APPEND if append else os.O_EXCL | os.O_CREAT
            self._file = os.open(path, os.O_WRONLY | how, 0o600)
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
        self._write({"step": "planning"})

    def plan(self, planned: Planned) -> None:
        """One lock, and what is to be done about it."""
        self._write(
            {
                "step": "plan",
                "n": planned.number,
                "target": planned.target,
                "decision": planned.decision.value,
                "why": planned.why,
                "may_be_alive": planned.may_be_alive,
                "lock": _as_dict(planned.found),
            }
        )

    def planned(self, counts_down: dict[str, bool | None]) -> None:
        """The plan is whole: only now may anything be sent. ``counts_down`` is what was learned of each server."""
        self._write({"step": "planned", "counts_down": counts_down}, safe=True)

    def before_unlock(self, planned: Planned) -> None:
        """UNLOCK is about to be sent."""
        self._write({"step": "unlock", "n": planned.number}, safe=True)

    def outcome(self, planned: Planned, outcome: Outcome, why: str) -> None:
        """What came of it."""
        self._write({"step": "outcome", "n": planned.number, "outcome": outcome.value, "why": why})

    def resumed(self) -> None:
        """Another run goes on with it."""
        self._write({"step": "resumed"}, safe=True)

    def end(self, *, whole: bool) -> None:
        """The run is over; ``whole`` if nothing of the plan is left."""
        self._write({"step": "end", "whole": whole}, safe=True)

    def _write(self, step: dict[str, object], *, safe: bool = False) -> None:
        line = json.dumps({"at": datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="milliseconds"), **step})
        with self._guard, self._stating():
            data = (line + "\n").encode()
            while data:
                data = data[os.write(self._file, data) :]
            if safe:
                os.fsync(self._file)

    def _end_cut_line(self) -> None:
        with open(self.path, "rb") as file:
            if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                os.write(self._file, b"\n")

    @contextlib.contextmanager
    def _stating(self) -> Iterator[None]:
        try:
            yield
        except FileExistsError:
            raise LocalProtocolError(
                f"the journal {self.path} is there already", "name a new file, or go on: --resume"
            ) from None
        except OSError as error:
            raise LocalProtocolError(
                f"the journal {self.path} cannot be written: {error.strerror}",
                "make room or name another with --journal FILE; nothing more was sent",
            ) from None


@dataclass(slots=True)
class Read:
    """What a journal says."""

    settings: dict[str, Any]
    plan: dict[int, Planned] = field(default_factory=dict)
    whole: bool = False
    """Whether the plan was finished; before that nothing was sent."""
    counts_down: dict[str, bool | None] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    """Locks for which an UNLOCK may have been sent."""
    outcomes: dict[int, tuple[Outcome, str]] = field(default_factory=dict)

    @property
    def left(self) -> tuple[Planned, ...]:
        """What was to be released, and of which nothing is known to have come, or nothing for certain."""
        settled = {number for number, (outcome, _) in self.outcomes.items() if outcome is not Outcome.UNSURE}
        return tuple(
            planned
            for number, planned in sorted(self.plan.items())
            if planned.decision is Decision.RELEASE and number not in settled
        )


def read(path: Path) -> Read:
    """A journal. Raises LocalProtocolError for a file that is none."""
    hint = "name a journal that davlock cleanup wrote"
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise LocalProtocolError(f"--resume {path}: {error.strerror}", hint) from None
    found: Read | None = None
    for number, line in enumerate(lines, 1):
        try:
            step = json.loads(line)
        except ValueError:
            if number == len(lines) or line == b"" or found is not None:
                continue  # cut off by a kill, and followed by those of a run that went on
            raise LocalProtocolError(f"--resume {path}: line {number} is no JSON", hint) from None
        try:
            if found is None:
                if step.get("journal") != FORMAT:
                    raise LocalProtocolError(f"--resume {path}: it is no journal of a clean-up", hint)
                found = Read(settings=step["settings"])
            else:
                _take(found, step)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise LocalProtocolError(f"--resume {path}: line {number} makes no sense", hint) from None
    if found is None:
        raise LocalProtocolError(f"--resume {path}: it is empty", hint)
    return found


def _take(found: Read, step: dict[str, Any]) -> None:
    kind = step.get("step")
    if kind == "planning":
        found.plan.clear()
    elif kind == "plan":
        found.plan[step["n"]] = Planned(
            number=step["n"],
            target=step["target"],
            found=_found(step["lock"]),
            decision=Decision(step["decision"]),
            why=step["why"],
            may_be_alive=step.get("may_be_alive", False),
        )
    elif kind == "planned":
        found.whole = True
        found.counts_down = dict(step["counts_down"])
    elif kind == "unlock":
        found.begun.add(step["n"])
    elif kind == "outcome":
        found.outcomes[step["n"]] = (Outcome(step["outcome"]), step["why"])


def _as_dict(found: FoundLock) -> dict[str, object]:
    lock, seen = found.lock, found.seen
    return {
        "url": found.url,
        "root": found.root,
        "inside": found.inside,
        "token": lock.token.uri if lock.token else None,
        "scope": lock.scope.value if lock.scope else None,
        "type": lock.type.value if lock.type else None,
        "depth": lock.depth.value if lock.depth else None,
        "owner": [lock.owner.text, lock.owner.xml] if lock.owner else None,
        "timeout": [lock.timeout.seconds, lock.timeout.as_sent] if lock.timeout else None,
        "lockroot": [lock.root.url, lock.root.as_sent] if lock.root else None,
        "vendor": lock.vendor,
        "seen": [seen.sent, seen.received, seen.at.isoformat() if seen.at else None] if seen else None,
    }


def _found(record: dict[str, Any]) -> FoundLock:
    def made(name: str, kind: Callable[..., Any]) -> Any:
        value = record[name]
        return None if value is None else kind(*value) if isinstance(value, list) else kind(value)

    lock = ActiveLock(
        scope=made("scope", LockScope),
        type=made("type", LockType),
        depth=made("depth", Depth),
        owner=made("owner", Owner),
        timeout=made("timeout", Timeout),
        token=made("token", LockToken),
        root=made("lockroot", LockRoot),
        vendor=tuple((name, value) for name, value in record["vendor"]),
    )
    return FoundLock(
        lock=lock,
        url=record["url"],
        root=record["root"],
        inside=record["inside"],
        seen=made("seen", _seen),
    )


def _seen(sent: float, received: float, at: str | None) -> Seen:
    return Seen(sent=sent, received=received, at=datetime.fromisoformat(at) if at is not None else None)
