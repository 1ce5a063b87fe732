"""Reads the examples of a page: fenced blocks, by section.

The first word behind the fence is the block's language, as GitHub reads it. More words say how to run it:

    ```console locked exit=1
    $ davlock diagnose -u bob https://dav.example/team/report.odt
    report.odt is LOCKED by Alice Miller for 10 more minutes (until 11:51 CET),
    …
    ```

``locked`` is a state of the server (see :mod:`tests.docs.stage`), ``exit=1`` the status of the last command,
``on=nginx`` another server than Apache. ``elsewhere`` marks what only another machine can run: then davlock's own
lines are parsed. The blocks of one section are one story: they share a folder on the server, and what one leaves there,
the next one meets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed after one prompt, and what a page shows below it."""

    typed: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block. ``line`` is that of its first line below the fence, counted from 0."""

    language: str
    text: str
    line: int
    states: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> bool:
        """Whether only another machine can run it."""
        return "elsewhere" in self.states

    @property
    def commands(self) -> list[Command]:
        """What a reader types, one after the other."""
        if self.language == "console":
            return list(_commands(self.text))
        if re.search(r"(?m)^\w+=", self.text):
            return [Command(self.text, "")]  # one script: its lines share a variable
        typed = [line for line in self.text.splitlines() if not line.startswith("#")]
        return list(_commands("\n".join(_with_prompts(typed))))


@dataclass(frozen=True, slots=True)
class Section:
    """What is between two headings: the blocks, and davlock's commands within the text and its tables."""

    page: Path
    heading: str
    blocks: tuple[Block, ...]
    named: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.name}: {self.heading}"


def sections(page: Path) -> Iterator[Section]:
    """The sections of ``page``, in order."""
    heading, blocks, named = "", list[Block](), list[str]()
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and before.type == "heading_open":
            yield Section(page, heading, tuple(blocks), tuple(named))
            heading, blocks, named = token.content, [], []
        elif token.type == "fence" and token.map is not None:
            blocks.append(_block(token.info, token.content, token.map[0] + 1))
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("davlock "):
                named.append(child.content)
    yield Section(page, heading, tuple(blocks), tuple(named))


def _block(info: str, text: str, line: int) -> Block:
    language, *words = info.split() or [""]
    states = tuple(word for word in words if "=" not in word)
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    return Block(language=language, text=text, line=line, states=states, settings=settings)


def _commands(text: str) -> Iterator[Command]:
    lines = text.splitlines()
    while lines:
        line = lines.pop(0)
        if not line.startswith(_PROMPT):
            raise ValueError(f"output without a command: {line}")
        typed = [line.removeprefix(_PROMPT)]
        while lines and (_goes_on(typed[-1]) or _here_document(typed)):
            typed.append(lines.pop(0))
        output = []
        while lines and not lines[0].startswith(_PROMPT):
            output.append(lines.pop(0))
        yield Command("\n".join(typed), "\n".join(output))


def _with_prompts(lines: list[str]) -> Iterator[str]:
    """The lines of a script, with a prompt where a command begins."""
    command: list[str] = []
    for line in lines:
        yield line if command else _PROMPT + line
        command.append(line)
        if not _goes_on(line) and not _here_document(command):
            command = []


def _goes_on(line: str) -> bool:
    return line.rstrip().endswith(("\\", "|", "&&", "--"))


def _here_document(typed: list[str]) -> bool:
    """Whether a here-document begins in ``typed`` and its end is still missing."""
    begun = re.search(r"<<'?(\w+)'?", "\n".join(typed))
    return begun is not None and typed[-1] != begun[1]
