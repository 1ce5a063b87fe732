"""Find stilted words in what people read: ``python -m man.plain_words``. It exits with 1 and names each of them.

The patterns are in ``plain_words.tsv``: a regular expression, a tab, and the better wording. A space in a pattern also
matches the end of a line. A pattern that has a rightful use is too wide: narrow it.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from man.generate import ROOT

PATTERNS = Path(__file__).with_name("plain_words.tsv")

PLACES = (
    "davlock/**/*.py",
    "davlock/**/*.txt",
    "compatibility/**/*.py",
    "man/*.py",
    "docs/*.md",
    "docs/compatibility/*.md",
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)

QUOTES = ("davlock/capture/shapes/", "davlock/servers/phrases.py")
"""What other programs say, word for word."""

_RELEASE = "\n## ["

_SPACE = r"""(?:\s|["']\s*\n\s*f?["']|\n\s*#\s)+"""
"""Between two words: blanks, the end of a line, of a comment's line, or of a piece of a string."""


def patterns(text: str) -> list[tuple[re.Pattern[str], str]]:
    """The patterns of the file and the better wording of each. Lines that begin with ``#`` are comments."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(re.compile(pattern.replace(" ", _SPACE)), better) for pattern, better in rows]


def complaints(text: str, known: list[tuple[re.Pattern[str], str]]) -> Iterator[tuple[int, str]]:
    """Of each stilted word: the number of its line, and what to say."""
    for pattern, better in known:
        for match in pattern.finditer(text):
            words = " ".join(match[0].split())
            yield text.count("\n", 0, match.start()) + 1, f"“{words}”: {better}"


def unreleased(text: str) -> str:
    """The changelog up to the end of the part that can still change."""
    first, *rest = text.split(_RELEASE)
    return _RELEASE.join((first, *rest[:1]))


def main() -> int:
    """Name each stilted word; the exit status."""
    known = patterns(PATTERNS.read_text(encoding="utf-8"))
    count = 0
    for path in sorted({path for place in PLACES for path in ROOT.glob(place)}):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(QUOTES):
            continue
        text = path.read_text(encoding="utf-8")
        for line, words in sorted(complaints(unreleased(text) if name == "CHANGELOG.md" else text, known)):
            print(f"{name}:{line}: {words}", file=sys.stderr)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
