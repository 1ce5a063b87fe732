"""The form of a manual page: paragraphs, each with its heading and a colon first."""

from collections.abc import Iterable

RETRY_WORDS = {
    "never": "never helps",
    "after-wait": "after a wait",
    "after-change": "after something changed",
    "not-needed": "not needed",
}
"""What is said of a retry on a page, by its verdict."""

LONGEST = 20
"""Characters of a heading: what is longer before a colon is the beginning of a sentence."""


def title_and_sections(page: str) -> tuple[str, dict[str, str]]:
    """A rule's page: the first paragraph is its title."""
    title, _, body = page.strip().partition("\n\n")
    return _flat(title), sections(body)


def sentence(title: str) -> str:
    """Returns a title as the heading of its page: it begins with a capital and ends with a full stop."""
    return f"{title[:1].upper()}{title[1:].removesuffix('.')}."


def sections(body: str) -> dict[str, str]:
    """Heading to words, in order, the words on one line. A paragraph without a heading goes on with the one above."""
    paragraphs: dict[str, str] = {}
    heading = "More"
    for paragraph in filter(None, map(_flat, body.split("\n\n"))):
        name, colon, words = paragraph.partition(": ")
        if colon and len(name) <= LONGEST:
            heading = name
        else:
            words = paragraph
        paragraphs[heading] = f"{paragraphs[heading]} {words}" if heading in paragraphs else words
    return paragraphs


def retries(verdicts: Iterable[str]) -> str:
    """Whether a retry helps, in words: all the verdicts that a finding comes with."""
    return ", or ".join(RETRY_WORDS[verdict] for verdict in verdicts)


def _flat(paragraph: str) -> str:
    return " ".join(paragraph.split())
