"""The generated blocks of the guide."""

from davlock.cli.examples import EXAMPLES
from davlock.cli.main import COMMANDS
from man.blocks import fresh, table
from man.commands import all_codes, tree, typed


def guide(text: str) -> str:
    """Returns ``text`` with fresh generated blocks."""
    blocks = {"exit codes": _exit_codes(), "commands": _commands(), "pastes": _pastes()}
    return fresh("docs/guide.md", text, blocks)


def _exit_codes() -> str:
    codes = all_codes(leaf for name, command in tree().items() for leaf in typed(name, command).values())
    return table(("code", "meaning"), *((str(int(code)), words) for code, words in codes))


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
    return table(("command", "job"), *((f"`davlock {name}`", job) for name, job in COMMANDS.items()))
