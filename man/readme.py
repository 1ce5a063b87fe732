"""The generated blocks of the README."""

import re

from davlock.cli.examples import EXAMPLES
from davlock.cli.main import COMMANDS
from man.commands import all_codes, tree, typed


def readme(text: str) -> str:
    """Returns ``text`` with fresh generated blocks."""
    for name, block in (("exit codes", _exit_codes()), ("commands", _commands()), ("pastes", _pastes())):
        pattern = re.compile(rf"(?<=<!-- generated: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no block <!-- generated: {name} -->")
        # Once only: an empty block would match a second time, up to the end of the next one.
        text = pattern.sub((block + "\n").replace("\\", r"\\"), text, count=1)
    return text


def _exit_codes() -> str:
    rows = (
        f"| {int(code)} | {words} |"
        for code, words in all_codes(leaf for name, command in tree().items() for leaf in typed(name, command).values())
    )
    return "\n".join(("| code | meaning |", "|---|---|", *rows))


def _pastes() -> str:
    """The three pastes among the examples of ``davlock explain``."""
    shown = [
        (title, line)
        for title, line in EXAMPLES["explain"]
        if title.startswith(("A line", "An exception", "An answer"))
    ]
    lines = (f"# {title}\n{line}" for title, line in shown)
    return "\n".join(("```sh", *lines, "```"))


def _commands() -> str:
    rows = (f"| `davlock {name}` | {job} |" for name, job in COMMANDS.items())
    return "\n".join(("| command | job |", "|---|---|", *rows))
