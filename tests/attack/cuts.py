"""Good answers that end at every byte: ``python -m tests.attack.cuts COMMAND PART PARTS``.

Each command first meets an honest server, which records its answers. Then one answer after the other is cut at a byte,
and the connection ends there. All of it happens in this process: a start of Python for each byte would take hours.
What went wrong is on stdout, a line each; the last line is the number of executions.
"""

import functools
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.attack.answers import COMMANDS, STAGES, Meeting, order_of, seen_faults
from tests.attack.behaviours.forms import doing
from tests.attack.scene import Behaviour, Scene, Turn
from tests.attack.victim import DOCUMENTED, control_faults
from tests.cli.command import Done, run


def _recording(lengths: list[int]) -> Behaviour:
    """An honest server; ``lengths`` gets the length of each answer."""

    def act(turn: Turn) -> bool:
        answer = turn.honest()
        lengths.append(len(answer))
        turn.say(answer)
        return True

    return doing("honest", act)


def _cutting(number: int, size: int, turn: Turn) -> bool:
    answer = turn.honest()
    if turn.number != number:
        turn.say(answer)
        return True
    turn.say(answer[:size])
    if size % 2:
        turn.conversation.reset()
    return False


def lengths(command: str, folder: Path) -> list[int]:
    """How long each answer is that ``command`` gets."""
    found: list[int] = []
    _run(command, _recording(found), folder)
    return found


def places(command: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Every number of an answer, with every number of bytes that may be left of it."""
    for number, length in enumerate(lengths(command, folder), start=1):
        for size in range(length):
            yield number, size


def _run(command: str, behaviour: Behaviour, folder: Path) -> tuple[Done, list[str]]:
    meeting = Meeting(command=command, behaviour=behaviour, stage="all", user=False, form="tsv")
    with Scene(behaviour, STAGES["all"], locked=COMMANDS[command].locked) as scene:
        order = order_of(meeting, scene.url)
        done = run(*order.arguments, stdin=order.stdin, env={"XDG_STATE_HOME": str(folder), "HOME": str(folder)})
        (folder / "out").write_text(done.out)
        (folder / "err").write_text(done.err)
        return done, seen_faults(meeting, scene, folder)


def main(command: str, part: int, parts: int) -> None:
    """Cut at every place of this part, from 0 on; the places are dealt to the parts like cards."""
    count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stdin").write_bytes(b"new content")
        os.chdir(folder)
        for number, size in list(places(command, folder))[part::parts]:
            behaviour = doing(f"cut-{number}-{size}", functools.partial(_cutting, number, size))
            done, faults = _run(command, behaviour, folder)
            count += 1
            if done.code not in DOCUMENTED:
                faults.append(f"exit status {done.code}")
            faults += control_faults(done.out.encode(), done.err.encode())
            for fault in faults:
                print(f"{command}, answer {number} after {size} bytes: {fault}")
        os.chdir("/")
    print(count)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
