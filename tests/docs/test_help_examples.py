"""The examples in the help of each command do what they say, on a server where nobody else holds a lock."""

from collections.abc import Callable
from pathlib import Path

import pytest

from davlock.cli.examples import EXAMPLES
from tests.conftest import ServerFor
from tests.docs.pages import Command
from tests.docs.stage import EXAMPLE, Stage

NOT_RUN = {
    "Does somebody renew the lock?": "it follows a lock without end",
    "A notification for each change": "the same",
    "Locks of a crashed program, one by one": "it asks at a terminal",
    "Continue after an interruption": "it needs a journal: tests/operations/cleanup",
    "Forget the locks that have ended": "none has ended: tests/cli/test_ledger_command.py",
    "Run the demonstration": "tests/cli/test_demo.py runs it",
    "Keep the server, and try it yourself": "the same",
}

BEFORE = {
    "diagnose: Many URLs, from a list": f"echo {EXAMPLE}a.odt > urls.txt",
    "refresh: Half an hour more": f"davlock lock {EXAMPLE}a.odt",
    "unlock: Release your lock": f"davlock lock {EXAMPLE}team/report.odt",
    "unlock: Release a lock whose holder is surely gone": f"davlock lock --no-ledger {EXAMPLE}a.odt",
    "put: Only if the file does not exist yet": f"curl -s -X DELETE {EXAMPLE}a.odt",
    "cleanup: Compare with an earlier listing": f"davlock locks -r --json {EXAMPLE} > old",
    "ledger: An If header for another client": f"davlock lock {EXAMPLE}a.odt",
}
"""What somebody typed before, where an example supposes it."""

ALL = [(name, *example) for name, examples in EXAMPLES.items() for example in examples]


@pytest.mark.parametrize(("name", "what", "line"), [example for example in ALL if example[1] not in NOT_RUN])
def test_an_example_works(
    name: str, what: str, line: str, server_for: ServerFor, programs_of: Callable[[str], None], tmp_path: Path
) -> None:
    lines = (BEFORE.get(f"{name}: {what}", ""), line)
    programs_of("\n".join(lines))
    stage = Stage(server_for("apache"), tmp_path)
    for typed in filter(None, lines):
        outcome = stage.run(Command(typed, ""))
        assert outcome.code == 0, f"{typed}\n{outcome.shown}"


def test_no_reason_is_left_over() -> None:
    assert NOT_RUN.keys() <= {what for _, what, _ in ALL}
    assert BEFORE.keys() <= {f"{name}: {what}" for name, what, _ in ALL}
