"""Write anew what the pages show below their commands: python -m tests.docs.outputs [PAGE…]

Only outputs that no longer match are written, so that times and tokens do not change with every run. Read the diff.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import PAGES, Section, sections
from tests.docs.stage import Stage, matches, stage_for
from tests.servers import Server, start, temporary_directory


def rewritten(section: Section, stage: Stage) -> dict[int, tuple[int, str]]:
    """By the line at which a block's text begins: how many lines it has, and the text that it should have."""
    texts = {}
    for block in section.blocks:
        if block.language != "console" or block.elsewhere:
            continue
        for state in block.states:
            stage.prepare(state)
        parts = []
        for command in block.commands:
            outcome = stage.run(command)
            sys.stderr.write(f"{section}: {outcome.code}: {command.typed.splitlines()[0]}\n")
            wanted = bool(command.output)
            same = not wanted or matches(command.output, outcome.shown)
            parts += [f"$ {command.typed}"]
            parts += [] if not wanted else [command.output if same else _trimmed(outcome.shown)]
        texts[block.line] = (len(block.text.splitlines()), "\n".join(parts))
    return texts


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def main() -> None:
    """Write the pages that are named, or all."""
    pages = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    with contextlib.ExitStack() as stack:
        servers: dict[tuple[str, str, str], Server] = {}

        def server_for(kind: str, auth: str, variant: str) -> Server:
            key = (kind, auth, variant)
            if key not in servers:
                directory = stack.enter_context(temporary_directory())
                servers[key] = stack.enter_context(start(kind, auth=auth, variant=variant, directory=directory))
            return servers[key]

        for page in pages:
            lines = page.read_text(encoding="utf-8").splitlines()
            texts: dict[int, tuple[int, str]] = {}
            for section in sections(page):
                with tempfile.TemporaryDirectory() as here, stage_for(section, server_for, Path(here)) as stage:
                    texts |= rewritten(section, stage)
            for line, (length, text) in sorted(texts.items(), reverse=True):
                lines[line : line + length] = text.splitlines()
            page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
